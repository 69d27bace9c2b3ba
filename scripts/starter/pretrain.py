"""Train the starter kit's tokenizer and base model on generated documents."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch
from codem_ray.starter.families.code import signature_text
from codem_ray.starter.families.pages import PageFamily
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from codem_ray.starter import rows
from codem_ray.starter.assets import model_path

END = "<|endoftext|>"
PAD = "<pad>"
VOCABULARY = 1024
CONTEXT = 512
MARKDOWN_SHARE = 0.28
TOKENIZER_DOCUMENTS = 20_000
POOL_BATCHES = 64
DESCRIPTION_WEIGHT = 0.1
HTML_SHARE = 1 / 8

# One digit a token, so that a constant is never seen for the first time. A line break stands
# alone, so that a prompt that ends with one is cut where the document was cut.
_PIECES = Regex(r"\n| ?[A-Za-z_]+| ?[0-9]| ?[^\sA-Za-z0-9_]+|\t+| +(?= )| +")


def _code(drawn: rows.Draw, language: str, *, is_commented: bool) -> str:
    head = rows.opening(drawn, language, is_commented=is_commented)
    return head + rows.solution(drawn.family, drawn.parameters, language)


def _fence(drawn: rows.Draw, language: str) -> str:
    return rows.fenced(_code(drawn, language, is_commented=False), language)


def _named(drawn: rows.Draw, language: str) -> str:
    if isinstance(drawn.family, PageFamily):
        return "a whole HTML page"
    signature = f"`{signature_text(drawn.family.signature, language)}`"
    if language == "java":
        signature += " as a public static method of the class Solution"
    return f"the {rows.DISPLAY_NAMES[language]} function {signature}"


def markdown(drawn: rows.Draw, language: str, rng: Random) -> str:
    """Write a page of notes in which a language's name and its fence stand with its code."""
    name, words, code = rows.DISPLAY_NAMES[language], drawn.description, _fence(drawn, language)
    form = rng.randrange(6)
    if form == 0:
        return f"## {name}\n\n{words}\n\n{code}"
    if form == 1:
        return f"### {name} notes\n{words}\n\n### In {name} we write:\n{code}"
    if form == 2:
        return f"Here this is {_named(drawn, language)}. {words}\n\n{code}"
    if form == 3:
        return f"{words} We write this in {name}, {_named(drawn, language)}:\n\n{code}"
    if form == 4:
        return f"{words} In {name}:\n{code}"
    others = ["html"] if language == "html" else list(rows.CODE_LANGUAGES)
    chosen = [language, *(other for other in rng.sample(others, 1) if other != language)]
    parts = [f"## {rows.DISPLAY_NAMES[part]}\n\n{_fence(drawn, part)}" for part in chosen]
    return "\n\n".join([words, *parts])


def documents(seed: int, html_share: float) -> Iterator[tuple[str, str]]:
    """Make documents without end, each with the description inside it.

    Most are commented code, some are notes in Markdown.
    """
    rng = Random(seed)
    draws = {language: rows.free_draws(language, rng) for language in rows.LANGUAGES}
    while True:
        # Code helps code in the other six languages; pages stand alone and need more of a share.
        language = "html" if rng.random() < html_share else rng.choice(rows.CODE_LANGUAGES)
        drawn = next(draws[language])
        if rng.random() < MARKDOWN_SHARE:
            yield markdown(drawn, language, rng), drawn.description
        else:
            yield _code(drawn, language, is_commented=True), drawn.description


def train_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer on documents."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_PIECES, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    made = documents(seed, HTML_SHARE)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(END, special=True), AddedToken(PAD, special=True)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = [next(made)[0] for _ in range(TOKENIZER_DOCUMENTS)]
    # Words of the tuning template, so that they are not spelled in bytes.
    texts += ["Write a\nWrite the\n### Instruction:\n### Response:\n"] * 200
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def batches(
    tokenizer: PreTrainedTokenizerFast, seed: int, size: int, html_share: float
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Make batches of `size` documents of like length: token ids and the weight of each token.

    Every document begins a row of its own, so it attends to nothing else and its positions begin
    at zero, as those of a prompt do. A description is drawn at random and cannot be foretold, so
    its tokens weigh little.
    """
    made = documents(seed, html_share)
    rng = Random(seed)
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    while True:
        drawn = [next(made) for _ in range(size * POOL_BATCHES)]
        coded = tokenizer([text for text, _ in drawn], return_offsets_mapping=True)
        encoded: list[tuple[list[int], list[float]]] = []
        for (text, words), ids, offsets in zip(
            drawn, coded["input_ids"], coded["offset_mapping"], strict=True
        ):
            first = text.index(words)
            last = first + len(words)
            weights = [DESCRIPTION_WEIGHT if first <= at < last else 1.0 for at, _ in offsets]
            encoded.append(([*ids, end], [*weights, 1.0]))
        encoded.sort(key=lambda pair: len(pair[0]))
        groups = [encoded[at : at + size] for at in range(0, len(encoded), size)]
        rng.shuffle(groups)
        for group in groups:
            length = len(group[-1][0])
            rows_of_ids = [ids + [pad] * (length - len(ids)) for ids, _ in group]
            rows_of_weights = [some + [0.0] * (length - len(some)) for _, some in group]
            yield torch.tensor(rows_of_ids), torch.tensor(rows_of_weights)


def new_model(tokenizer: PreTrainedTokenizerFast, layers: int, width: int) -> LlamaForCausalLM:
    """Make an untrained model."""
    config = LlamaConfig(
        vocab_size=math.ceil(len(tokenizer) / 64) * 64,
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 64 * 64,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        num_key_value_heads=width // 32,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.02,
    )
    return LlamaForCausalLM(config)


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model and tokenizer in half precision, each file whole at every moment."""
    temporary = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    copied = LlamaForCausalLM(model.config)
    copied.load_state_dict(model.state_dict())
    copied.generation_config.pad_token_id = tokenizer.pad_token_id
    copied.generation_config.eos_token_id = tokenizer.eos_token_id
    copied.to(torch.bfloat16).save_pretrained(temporary)
    tokenizer.save_pretrained(temporary)
    # transformers 4 and 5 both know this name; 5 alone knows the one it writes.
    settings = temporary / "tokenizer_config.json"
    named = json.loads(settings.read_text()) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    settings.write_text(json.dumps(named, indent=2) + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    for path in temporary.iterdir():
        path.replace(folder / path.name)
    temporary.rmdir()
    for path in folder.iterdir():
        # safetensors writes files that only their owner may read.
        path.chmod(0o644)


def _optimizer(model: LlamaForCausalLM, lr: float) -> torch.optim.Optimizer:
    matrices = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95), foreach=True)


def train(options: argparse.Namespace) -> None:
    """Train until the steps are done or the minutes are over, whichever is first."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    if options.start is None:
        tokenizer = train_tokenizer(options.seed)
        model = new_model(tokenizer, options.layers, options.width)
    else:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(options.start)
        model = LlamaForCausalLM.from_pretrained(options.start, dtype=torch.float32)
    num_parameters = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"parameters": num_parameters, "vocabulary": len(tokenizer)}), flush=True)
    optimizer = _optimizer(model, options.lr)
    made = batches(tokenizer, options.seed + 1, options.documents, options.html_share)
    model.train()
    began = last_saved = time.monotonic()
    losses: list[float] = []
    step = tokens = 0
    while True:
        elapsed = time.monotonic() - began
        progress = max(step / options.steps, elapsed / (options.minutes * 60))
        if progress >= 1:
            break
        warm = min(1.0, (step + 1) / options.warmup)
        lr = options.lr * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = lr
        ids, weights = next(made)
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        each = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
        )
        weight = weights[:, 1:].flatten()
        loss = (each * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += int((weights > 0).sum())
        losses.append(loss.item())
        step += 1
        if step % options.log_every == 0:
            record = {
                "step": step,
                "tokens": tokens,
                "loss": round(sum(losses) / len(losses), 4),
                "lr": round(lr, 6),
                "tokens_per_second": round(tokens / (time.monotonic() - began)),
                "minutes": round((time.monotonic() - began) / 60, 2),
            }
            print(json.dumps(record), flush=True)
            losses.clear()
        if time.monotonic() - last_saved > options.save_minutes * 60:
            save(model, tokenizer, options.out)
            last_saved = time.monotonic()
    save(model, tokenizer, options.out)
    print(json.dumps({"done": True, "step": step, "last_loss": loss.item()}), flush=True)


def main() -> None:
    """Read the options, then train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=model_path())
    parser.add_argument("--start", type=Path, help="go on from the weights in this folder")
    parser.add_argument("--html-share", type=float, default=HTML_SHARE)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=36.0)
    parser.add_argument("--save-minutes", type=float, default=4.0)
    parser.add_argument("--documents", type=int, default=24, help="documents in a batch")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--warmup", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--log-every", type=int, default=25)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
