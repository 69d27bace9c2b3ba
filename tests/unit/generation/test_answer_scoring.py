"""Likelihoods of reference answers, compared with the loss that transformers computes."""

from __future__ import annotations

import pytest
import torch
from text_engine import TextEngine
from tiny_llama import write_tiny_llama

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.generation.answer_scoring import Answers, score_all, score_requests
from codem_ray.generation.engine import ModelSpec, ScoreRequest
from codem_ray.generation.likelihoods import batches
from codem_ray.generation.transformers_engine import TransformersEngine
from codem_ray.prompting.encoding import encode_answers, encode_prompts
from codem_ray.records import PromptStyle, ReferenceAnswer
from codem_ray.tokens.prompt_encoding import encode_instructions

ANSWERS = [
    ReferenceAnswer(
        task_id=f"t{at}",
        instruction="Add two numbers" + " please" * (at % 3),
        given="def f(x):\n" if at % 2 else "",
        answer="    return " + "x + " * (1 + at % 5) + str(at),
    )
    for at in range(9)
]
CONFIG = GenerationConfig(batch_size=4)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """A model whose weights are random but sharp."""
    folder = write_tiny_llama(tmp_path_factory.mktemp("model"), seed=7, initializer_range=0.5)
    return TransformersEngine(ModelSpec(path=str(folder), num_threads=1, precision="fp32"))


def transformers_losses(
    engine: TransformersEngine, requests: list[ScoreRequest], *, padding: str
) -> list[float]:
    """Return the loss of each request by `labels`, padded on one side to a common width."""
    width = max(len(one.prompt) + len(one.answer) for one in requests) + 3
    losses = []
    for one in requests:
        ids = [*one.prompt, *one.answer]
        fill = [0] * (width - len(ids))
        row = torch.tensor([fill + ids if padding == "left" else ids + fill])
        mask = torch.tensor(
            [
                [0] * len(fill) + [1] * len(ids)
                if padding == "left"
                else [1] * len(ids) + [0] * len(fill)
            ]
        )
        labels = row.clone()
        labels[mask == 0] = -100
        start = len(fill) if padding == "left" else 0
        labels[0, start : start + len(one.prompt)] = -100
        with torch.inference_mode():
            output = engine._model(
                input_ids=row,
                attention_mask=mask,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                labels=labels,
            )
        losses.append(float(output.loss))
    return losses


@pytest.mark.parametrize("style", PromptStyle)
@pytest.mark.parametrize("padding", ["left", "right"])
def test_mean_losses_are_those_of_transformers_for_either_padding_and_unequal_lengths(
    engine: TransformersEngine, style: PromptStyle, padding: str
) -> None:
    answers = [one for one in ANSWERS if one.given or style is PromptStyle.INSTRUCTION]
    requests = score_requests(answers, style, engine.tokenizer, "short")
    assert len({len(one.prompt) + len(one.answer) for one in requests}) > 3
    [(at, scores)] = score_all(engine, [Answers(answers, style)], "short", CONFIG)
    means = [-sum(one.log_likelihoods) / len(one.log_likelihoods) for one in scores]
    assert at == 0
    assert [one.task_id for one in scores] == [one.task_id for one in answers]
    assert means == pytest.approx(transformers_losses(engine, requests, padding=padding), abs=1e-5)


def test_prompts_and_answers_are_those_of_training_without_the_end_of_sequence(
    engine: TransformersEngine,
) -> None:
    tokenizer = engine.tokenizer
    pair = ReferenceAnswer(task_id="t", instruction="Say <|endoftext|>", given="", answer="<s> x")
    [request] = score_requests([pair], PromptStyle.INSTRUCTION, tokenizer, "alpaca")
    assert list(request.prompt) == encode_instructions([pair.instruction], tokenizer, "alpaca")[0]
    assert [*request.answer, tokenizer.eos_token_id] == encode_answers([pair.answer], tokenizer)[0]
    [given] = score_requests(ANSWERS[1:2], PromptStyle.COMPLETION, tokenizer, "alpaca")
    assert list(given.prompt) == encode_prompts([ANSWERS[1].given], tokenizer)[0]


def test_out_of_memory_halves_the_batch_and_changes_nothing(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = score_requests(ANSWERS, PromptStyle.INSTRUCTION, engine.tokenizer, "short")
    expected = engine.score(requests, CONFIG)
    last_logits = engine._last_logits

    def limited(ids: torch.Tensor, mask: torch.Tensor, count: int) -> torch.Tensor:
        if len(ids) > 1:
            raise torch.OutOfMemoryError
        return last_logits(ids, mask, count)

    monkeypatch.setattr(engine, "_last_logits", limited)
    done: list[int] = []
    scores = engine.score(requests, CONFIG, done.append)
    assert sum(done) == len(ANSWERS)
    for one, other in zip(scores, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_batches_hold_each_request_once_and_stay_within_their_limits() -> None:
    requests = [
        ScoreRequest(prompt=(1,) * (7 * at % 900 + 1), answer=(1,) * (11 * at % 500 + 1))
        for at in range(100)
    ]
    found = list(batches(requests, 16, 50_000))
    assert sorted(at for batch in found for at in batch) == list(range(100))
    assert max(map(len, found)) > 1
    for batch in found:
        width = max(len(requests[at].prompt) + len(requests[at].answer) for at in batch)
        longest = max(len(requests[at].answer) for at in batch)
        assert len(batch) <= 16
        assert len(batch) == 1 or len(batch) * width <= 8192
        assert len(batch) == 1 or len(batch) * longest * 50_000 <= 1 << 26


def test_an_engine_that_only_writes_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no method `score`"):
        next(score_all(TextEngine(context=9), [], "short", CONFIG))
