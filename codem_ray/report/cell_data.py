"""Packs outcomes and texts of all samples of a benchmark for the page's cell view."""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.sample_texts import BenchmarkTexts, SampleKey, SampleText

if TYPE_CHECKING:
    import pandas as pd

OUTCOME_CODES = {str(outcome): code for code, outcome in enumerate(Outcome)}
_MAX_MESSAGE = 600
"""Characters of a verdict's message on the page; `codem-ray show` prints all of it."""


class _Row(NamedTuple):
    """The fields of a ProblemResult that the cell view shows."""

    task_id: str
    source: str
    prompt_style: str
    seed: int
    trial_id: str
    sample: int
    outcome: str
    message: str
    is_quarantined: bool
    is_truncated: bool


class _Pool:
    """Replaces a text that occurred before by its number; the page does the reverse."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> str | int:
        if (number := self._numbers.get(text)) is not None:
            return number
        self._numbers[text] = len(self._numbers)
        return text


def pack_benchmark(results: pd.DataFrame, texts: BenchmarkTexts) -> str:
    """Return the samples of one benchmark as JSON, deflated (RFC 1950) and in base64.

    The samples of all models on one problem are adjacent, because similar texts pack well: on
    mutated HumanEval references this took 35 % less than packing each cell by itself. The JSON is
    `{note, problems: [[task_id, is_quarantined, tests, {style: prompt}]], runs: [[source, style,
    seed]], samples: [problem][run][sample]}` with samples `[outcome, is_truncated, message,
    completion, answer]`. Messages, completions and answers are numbers where the text occurred
    before. An answer is `[start, end]` where it is a part of its completion.
    """
    rows = [_Row(*row) for row in results[list(_Row._fields)].itertuples(index=False, name=None)]
    runs = {run: number for number, run in enumerate(dict.fromkeys(map(_run, rows)))}
    problems: dict[str, list[list[_Row]]] = defaultdict(lambda: [[] for _ in runs])
    for row in rows:
        problems[row.task_id][runs[_run(row)]].append(row)
    pool = _Pool()
    document = {
        "note": texts.note,
        "problems": [_problem(task_id, by_run, texts) for task_id, by_run in problems.items()],
        "runs": [run[:3] for run in runs],
        "samples": [
            [
                [_sample(row, texts, pool) for row in sorted(samples, key=lambda row: row.sample)]
                for samples in by_run
            ]
            for by_run in problems.values()
        ],
    }
    # ASCII escapes keep half a surrogate pair, which a model may write, and need no declaration.
    content = json.dumps(document, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(content, 9)).decode()


def _run(row: _Row) -> tuple[str, str, int, str]:
    return row.source, str(row.prompt_style), row.seed, row.trial_id


def _problem(task_id: str, by_run: list[list[_Row]], texts: BenchmarkTexts) -> list[object]:
    text = texts.problems.get(task_id)
    is_quarantined = any(row.is_quarantined for samples in by_run for row in samples)
    return [
        task_id,
        int(is_quarantined),
        text.tests if text else "",
        {str(style): prompt for style, prompt in text.prompts.items()} if text else {},
    ]


def _sample(row: _Row, texts: BenchmarkTexts, pool: _Pool) -> list[object]:
    message = row.message
    if len(message) > _MAX_MESSAGE:
        message = f"{message[:_MAX_MESSAGE]} …"
    facts: list[object] = [OUTCOME_CODES[row.outcome], int(row.is_truncated), pool(message)]
    style = PromptStyle(row.prompt_style)
    text = texts.samples.get(SampleKey(row.trial_id, style, row.task_id, row.sample))
    if text is None:
        return facts
    return [*facts, pool(text.completion), _answer(text, pool)]


def _answer(text: SampleText, pool: _Pool) -> object:
    if text.answer is None:
        return None
    answer = text.answer.strip("\n")
    start = text.completion.find(answer)
    # The page counts in units of UTF-16, in which these texts have the same length as here.
    if start >= 0 and max(text.completion, default="") <= "\uffff":
        return [start, start + len(answer)]
    return pool(text.answer)
