"""Special tokens and dates in prompts, in training and in generation."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from codem_ray.config import GenerationConfig, parse_sweep
from codem_ray.corpora.pair_store import PairsInMemory
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import ConfigError
from codem_ray.generation.engine import Request, prompt_tokens
from codem_ray.generation.generate import generate
from codem_ray.prompting.encoding import encode_prompts
from codem_ray.records import Completion, Problem, Progress, PromptStyle
from codem_ray.tokens.prompt_encoding import encode_instructions
from codem_ray.tokens.prompt_template import has_dated_chat, render_prompt, template_key
from codem_ray.tokens.store_encoding import EncodedPairs, encode_store

transformers = pytest.importorskip("transformers", reason="the light install has no tokenizers")

BOS, EOS, FIM, TURN = "<s>", "</s>", "<fim_prefix>", "<|turn|>"
TEXTS = [
    "Add two numbers.",
    f"Split a log at {EOS}, which ends a text.",
    f"{FIM}def f():{TURN} {BOS}",
    "The sequence \ue0000\ue001 is ordinary.",
]
CHAT_TEMPLATE = "<s><|turn|>user\n{{ messages[0]['content'] | trim }}</s>\n<|turn|>assistant\n"
TEMPLATES = [
    "alpaca",
    "short",
    "chat",
    "<|turn|>Q: {{ instruction }}</s>A:",
    "Q: {{ instruction }}",
]


def make_tokenizer(*, has_start: bool = False, has_end: bool = False) -> Any:
    """Return a tokenizer of bytes; it can add `<s>` and `</s>` to a text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {BOS: 0, EOS: 1, FIM: 2, TURN: 3} | {c: at + 4 for at, c in enumerate(alphabet)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(TURN, rstrip=True, special=True)])
    pieces = [*([BOS] if has_start else []), "$A", *([EOS] if has_end else [])]
    backend.post_processor = processors.TemplateProcessing(
        single=" ".join(pieces), special_tokens=[(BOS, 0), (EOS, 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=BOS,
        eos_token=EOS,
        extra_special_tokens=[FIM],
        chat_template=CHAT_TEMPLATE,
    )


TOKENIZERS = [make_tokenizer(), make_tokenizer(has_start=True, has_end=True)]


class Recorder:
    """An engine that keeps the token ids of its requests."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.ids: list[list[int]] = []

    def complete(
        self, requests: list[Request], config: GenerationConfig, progress: Progress | None = None
    ) -> list[Completion]:
        self.ids += [prompt_tokens(request, self.tokenizer) for request in requests]
        return [
            Completion(
                task_id=request.task_id,
                sample=0,
                text="",
                prompt_tokens=1,
                completion_tokens=1,
                is_truncated=False,
            )
            for request in requests
        ]

    def close(self) -> None:
        pass


def trained_on(texts: list[str], tokenizer: Any, template: str) -> tuple[list[list[int]], int]:
    pairs = [
        Pair(id=str(at), language="python", instruction=text, response=text, origin="test")
        for at, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = PairsInMemory(pairs)
        _, num_special = encode_store(store, Path(folder), tokenizer=tokenizer, template=template)
        with EncodedPairs(Path(folder)) as encoded:
            return [encoded.prompt(at).tolist() for at in range(len(texts))], num_special


def asked(texts: list[str], tokenizer: Any, template: str, style: PromptStyle) -> list[list[int]]:
    engine = Recorder(tokenizer)
    problems = [
        Problem(
            benchmark="b",
            task_id=f"b/{at}",
            language="python",
            prompt=text,
            instruction=text,
            tests="",
        )
        for at, text in enumerate(texts)
    ]
    generate(engine, problems, style, template, GenerationConfig())
    return engine.ids


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_prompt_has_the_same_tokens_in_training_and_in_generation(
    template: str, tokenizer: Any
) -> None:
    trained, num_special = trained_on(TEXTS, tokenizer, template)
    assert trained == asked(TEXTS, tokenizer, template, PromptStyle.INSTRUCTION)
    assert num_special == 2


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_only_the_special_tokens_of_the_template_are_special(template: str, tokenizer: Any) -> None:
    def special(text: str) -> list[int]:
        (ids,) = encode_instructions([text], tokenizer, template)
        # The text itself is complete, whatever the tokens.
        assert text.strip() in tokenizer.decode(ids)
        return [token for token in ids if token < 4]

    assert {tuple(special(text)) for text in TEXTS} == {tuple(special("plain"))}


def test_a_text_without_special_tokens_is_encoded_as_the_tokenizer_does() -> None:
    tokenizer = make_tokenizer(has_start=True)
    text = render_prompt("chat", TEXTS[0], tokenizer)
    expected = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert encode_instructions([TEXTS[0]], tokenizer, "chat") == [expected]
    # In parts, the result is the same: `<|turn|>` takes the white space on its right.
    spoken = encode_instructions([f"{TEXTS[0]}{EOS}"], tokenizer, "chat")[0]
    at = len(TEXTS[0]) + expected.index(3) + len("user\n")
    assert spoken[:at] == expected[:at]
    assert len(spoken) == len(expected) + len(EOS)
    assert spoken[-12:] == expected[-12:]


def test_a_completion_prompt_is_text_and_stays_open() -> None:
    tokenizer = make_tokenizer(has_start=True, has_end=True)
    (ids,) = asked([f"# {EOS}\n"], tokenizer, "alpaca", PromptStyle.COMPLETION)
    assert [token for token in ids if token < 4] == [0]
    assert encode_prompts([""], tokenizer) == [[0]]


def test_a_template_that_rewrites_the_instruction_decides_for_itself() -> None:
    tokenizer = make_tokenizer()
    (ids,) = encode_instructions([f"a {EOS}"], tokenizer, "{{ instruction | tojson }}")
    assert tokenizer.decode(ids) == '"a \\u003c/s\\u003e"'


@pytest.mark.parametrize(
    "chat_template",
    [
        "{{ strftime_now('%Y-%m-%d') }} {{ messages[0]['content'] }}",
        "{% if not date_string %}1{% endif %}{{ date_string }} {{ messages[0].content }}",
    ],
)
def test_a_dated_chat_template_states_the_recorded_date(chat_template: str, tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = chat_template
    default, other = (
        render_prompt("chat", "Hi.", tokenizer, *chosen) for chosen in ((), (date(2031, 2, 3),))
    )
    assert default in ("2024-07-26 Hi.", "26 Jul 2024 Hi.")
    assert other in ("2031-02-03 Hi.", "03 Feb 2031 Hi.")
    (ids,) = encode_instructions(["Hi."], tokenizer, "chat", date(2031, 2, 3))
    assert tokenizer.decode(ids) == other
    tokenizer.save_pretrained(tmp_path)
    assert has_dated_chat(tmp_path)


def test_a_chosen_date_is_part_of_the_template_key_and_needs_a_chat_template() -> None:
    def key(**data: str) -> str:
        raw = {
            "name": "x",
            "sources": ["python"],
            "base_model": {"path": "starter"},
            "data": {"corpora": [{"path": "starter"}], **data},
            "evaluation": {"benchmarks": ["starter-python"]},
        }
        return template_key(parse_sweep(raw, [], "test").data)

    assert [key(), key(template="short"), key(template="chat")] == ["alpaca", "short", "chat"]
    assert key(template="chat", chat_date="2024-07-26") == "chat"
    assert key(template="chat", chat_date="2031-02-03") == "chat on 2031-02-03"
    with pytest.raises(ConfigError, match="chat_date is 2031-02-03, but template is 'short'"):
        key(template="short", chat_date="2031-02-03")
