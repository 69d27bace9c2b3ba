"""The likelihood of reference answers, by an engine that scores them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.generation.engine import Engine, ScoreRequest, ScoringEngine
from codem_ray.prompting.encoding import encode_prompts
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.records import AnswerScore, Progress, PromptStyle, ReferenceAnswer
from codem_ray.tokens.prompt_encoding import encode_instructions


@dataclass(frozen=True, slots=True)
class Answers:
    """The reference answers of one benchmark, asked for in one prompt style."""

    answers: Sequence[ReferenceAnswer]
    style: PromptStyle


def score_requests(
    answers: Sequence[ReferenceAnswer],
    style: PromptStyle,
    tokenizer: Any,
    template: str,
    chat_date: date = CHAT_DATE,
) -> list[ScoreRequest]:
    """Encode prompts and answers as in training, the end of sequence excepted.

    With the prompt style `instruction` the prompt is the template with the instruction, then the
    given text; with `completion` it is the given text alone. The end of sequence does not count,
    because it tells whether a model knows the format of the tuning data, not whether it knows the
    answer.
    """
    if not answers:
        return []
    given = [one.given for one in answers]
    if style is PromptStyle.COMPLETION:
        prompts = encode_prompts(given, tokenizer)
    else:
        instructions = [one.instruction for one in answers]
        starts = encode_instructions(instructions, tokenizer, template, chat_date)
        prompts = [
            [*start, *more] for start, more in zip(starts, _plain(given, tokenizer), strict=True)
        ]
    targets = _plain([one.answer for one in answers], tokenizer)
    return [
        ScoreRequest(prompt=tuple(prompt), answer=tuple(target))
        for prompt, target in zip(prompts, targets, strict=True)
    ]


def score_all(
    engine: Engine,
    groups: Sequence[Answers],
    template: str,
    config: GenerationConfig,
    progress: Progress | None = None,
    chat_date: date = CHAT_DATE,
) -> Iterator[tuple[int, list[AnswerScore]]]:
    """Score the answers of each group; yield its index with the scores in its order.

    Raises ConfigError for an engine that cannot score.
    """
    if not isinstance(engine, ScoringEngine):
        raise ConfigError(
            f"the engine {type(engine).__name__} has no method `score`: set generation.engine to "
            "one that has it, or remove evaluation.loss"
        )
    for at, group in enumerate(groups):
        requests = score_requests(group.answers, group.style, engine.tokenizer, template, chat_date)
        found = engine.score(requests, config, progress) if requests else []
        yield (
            at,
            [
                AnswerScore(task_id=one.task_id, log_likelihoods=scores)
                for one, scores in zip(group.answers, found, strict=True)
            ],
        )


def _plain(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """Encode texts without any added token; special tokens that they name are ordinary text."""
    encoded = tokenizer(list(texts), add_special_tokens=False, split_special_tokens=True)
    return [list(ids) for ids in encoded["input_ids"]]
