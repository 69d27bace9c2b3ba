"""Training of the starter kit's tokenizer on pretraining documents."""

from __future__ import annotations

from itertools import islice
from random import Random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from tools.starter.documents import GLOSSARY, documents

END = "<|endoftext|>"
PAD = "<pad>"
VOCABULARY = 1024
CONTEXT = 512
DOCUMENTS = 20_000

# Each digit is a token, so that no constant is new. A line break is a token of its own, so that a
# prompt that ends with one is tokenised like the document.
_PIECES = Regex(r"\n| ?[A-Za-z_]+| ?[0-9]| ?[^\sA-Za-z0-9_]+|\t+| +(?= )| +")


def train_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_PIECES, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(END, special=True), AddedToken(PAD, special=True)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = [made.text for made in islice(documents(Random(f"{seed}/vocabulary")), DOCUMENTS)]
    # Words of templates and instructions, so that they become tokens instead of bytes.
    texts += ["### Instruction:\n\n### Response:\n", *GLOSSARY] * 1000
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
