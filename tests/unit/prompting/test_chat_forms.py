"""The template of a sweep as a chat template, and where answers end, for a logged model."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.extraction.answers import stop_strings
from codem_ray.prompting.encoding import encode_rendered, start_tokens
from codem_ray.prompting.settings import Answering
from codem_ray.prompting.templates import as_chat_template, render
from codem_ray.records import PromptStyle

transformers = pytest.importorskip("transformers", reason="the light install has no tokenizers")

DATE = date(2031, 2, 3)
DATED = "{{ strftime_now('%d.%m.%Y') }} {{ messages[0]['content'] }}\n"


def make_tokenizer() -> Any:
    """Return a tokenizer of bytes that puts `<s>` before a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": 0, "</s>": 1} | {char: at + 2 for at, char in enumerate(alphabet)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 0)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", chat_template=DATED
    )


@pytest.mark.parametrize(
    "template", ["short", "alpaca", "chat", "Q: {{ instruction | trim }}\n\n", "{{ instruction }}:"]
)
def test_a_chat_of_one_message_has_the_tokens_of_the_template(template: str) -> None:
    tokenizer = make_tokenizer()
    instruction = "Add {{ 1 }} and\n'2'."

    def rendered(text: str) -> str:
        return render(template, text, tokenizer, DATE)

    (expected,) = encode_rendered([instruction], tokenizer, template, rendered)
    start = tokenizer.decode(start_tokens(tokenizer))
    tokenizer.chat_template = as_chat_template(template, tokenizer, start, DATE)
    chat = [{"role": "user", "content": instruction}]
    asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
    assert asked == expected
    assert template != "chat" or "03.02.2031" in tokenizer.decode(asked)


def test_a_logged_model_has_the_stop_strings_of_an_evaluation() -> None:
    problem = load("starter-python", limit=1)[0]
    assert Answering().stop == stop_strings(problem, PromptStyle.INSTRUCTION)
