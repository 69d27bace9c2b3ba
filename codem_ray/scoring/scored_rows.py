"""Rows of scored completions: one input row with its verdict, as `evaluate --out` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, Strict, TypeAdapter, ValidationError

from codem_ray.analysis.scores import RESULT_COLUMNS
from codem_ray.config.validation_messages import mistakes
from codem_ray.corpora.language_labels import mismatched_language
from codem_ray.errors import DataError
from codem_ray.records import ExtractionOptions, Outcome, PromptStyle
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.formats.reading import open_bytes
from codem_ray.scoring.judging import JudgedCompletion, text_digest
from codem_ray.scoring.problem_index import ProblemIndex

if TYPE_CHECKING:
    import pandas

SampleKey = tuple[str, int]
"""Task id and sample."""
_REQUIRED = ("task_id", "sample", "benchmark", "benchmark_digest", "outcome", "completion_digest")


def _encodable(text: str) -> str:
    """Refuse half a surrogate pair, which no table can hold; UnicodeEncodeError is a ValueError."""
    text.encode()
    return text


_Text = Annotated[str, Strict(), AfterValidator(_encodable)]
_Flag = Annotated[bool, Strict()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fields:
    """The types of the fields that are read; None counts as absent."""

    task_id: _Text
    sample: Annotated[int, Field(strict=True, ge=0)]
    benchmark: _Text
    benchmark_digest: _Text
    completion_digest: _Text
    language: _Text | None = None
    group: _Text | None = None
    quarantine: _Text | None = None
    wrong_language: _Text | None = None
    is_limited: _Flag | None = None
    passed_elsewhere: _Flag | None = None


_FIELDS = TypeAdapter(_Fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredSample:
    """The part of a scored row that scores are computed from."""

    task_id: str
    sample: int
    outcome: Outcome
    wrong_language: str | None
    """The language of the completion if it is not the requested one."""
    completion_digest: str
    passed_elsewhere: bool | None = None
    """The verdict of the tool that wrote the file of completions, if the file holds it."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> ScoredSample:
        """Return the sample of a row of `read_scored`."""
        return cls(
            task_id=str(row["task_id"]),
            sample=int(row["sample"]),
            outcome=Outcome(row["outcome"]),
            wrong_language=row.get("wrong_language"),
            completion_digest=str(row["completion_digest"]),
            passed_elsewhere=row.get("passed_elsewhere"),
        )

    @property
    def key(self) -> SampleKey:
        """Task id and sample."""
        return self.task_id, self.sample


def scored_row(
    written: WrittenCompletion,
    judged: JudgedCompletion,
    benchmark: ProblemIndex,
    options: ExtractionOptions,
) -> dict[str, Any]:
    """Return the fields of an input row together with the verdict on its completion."""
    fields = written.fields
    verdict, task_id = judged.verdict, judged.completion.task_id
    problem = benchmark.problems[task_id]
    wrong_language = None
    if verdict.outcome not in (Outcome.PASSED, Outcome.NO_ANSWER):
        wrong_language = mismatched_language(judged.completion.text, problem.language)
    given_id = fields.get("task_id", task_id)
    return {
        **fields,
        **({"given_task_id": given_id} if given_id != task_id else {}),
        "task_id": task_id,
        "sample": judged.completion.sample,
        "benchmark": problem.benchmark,
        "benchmark_digest": benchmark.digest,
        "language": problem.language,
        "group": problem.group,
        "quarantine": problem.quarantine,
        "is_limited": benchmark.is_limited,
        "outcome": str(verdict.outcome),
        "passed": verdict.outcome is Outcome.PASSED,
        **({} if written.passed is None else {"passed_elsewhere": written.passed}),
        "message": verdict.message,
        "answer": judged.answer,
        "extraction": options.label,
        "wrong_language": wrong_language,
        "completion_digest": text_digest(judged.completion.text),
        "compile_cpu_seconds": verdict.compile_cpu_seconds,
        "run_cpu_seconds": verdict.run_cpu_seconds,
        "is_cached": verdict.is_cached,
        "wall_seconds": verdict.wall_seconds,
    }


def read_scored(path: Path, *, ignore_cut_line: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the rows of a scored file.

    Args:
        path: JSON lines, gzipped or not.
        ignore_cut_line: Ignore a last line without its end, as an interrupted call leaves it.

    Raises:
        DataError: the file cannot be read, or a row lacks a field; names the line.
    """
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if ignore_cut_line and not line.endswith(b"\n"):
                return
            if line.strip():
                yield _parse_row(f"{path}, line {number}", line)


def scored_frame(path: Path) -> pandas.DataFrame:
    """Return the rows of a scored file with the columns that the statistics need.

    Raises:
        DataError: the file is not a scored file, or holds a sample twice.
    """
    import pandas

    columns: dict[str, list[Any]] = {name: [] for name in (*RESULT_COLUMNS, "is_limited")}
    seen: set[SampleKey] = set()
    for row in read_scored(path):
        key = ScoredSample.from_row(row).key
        if key in seen:
            raise DataError(
                f"{path}: holds {key[0]}, sample {key[1]}, twice: two runs wrote to it, or two "
                "files were joined. Run the same `codem-ray evaluate` again with this --out, which "
                "keeps the first row of each sample; or name a new --out"
            )
        seen.add(key)
        values = {
            **row,
            "trial_id": str(path),
            "source": "",
            "seed": 0,
            "target": row.get("language") or "",
            "prompt_style": PromptStyle.COMPLETION,
            "group": row.get("group") or "",
            "is_quarantined": row.get("quarantine") is not None,
            "is_limited": bool(row.get("is_limited", False)),
        }
        for name, column in columns.items():
            column.append(values[name])
    if not columns["task_id"]:
        raise DataError(f"{path}: holds no rows")
    return pandas.DataFrame(columns)


def _parse_row(location: str, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        if not line.endswith(b"\n"):
            raise DataError(
                f"{location}: the last line is incomplete because a call was interrupted; run the "
                "same `codem-ray evaluate` again, which repairs the file and continues"
            ) from error
        raise DataError(f"{location}: broken JSON: {error}") from error
    missing = [name for name in _REQUIRED if not isinstance(row, dict) or name not in row]
    if missing:
        raise DataError(
            f"{location}: not a scored row: it lacks {', '.join(missing)}. Scored rows are "
            "written by `codem-ray evaluate --completions FILE --benchmark B --out OUT.jsonl`"
        )
    if row["outcome"] not in list(Outcome):
        raise DataError(
            f"{location}: outcome is {row['outcome']!r}; allowed are {', '.join(map(str, Outcome))}"
        )
    try:
        _FIELDS.validate_python(row)
    except ValidationError as error:
        raise DataError(
            f"{location}: not a scored row: {'; '.join(mistakes(error.errors()))}; restore the "
            "line, or remove it and run the same `codem-ray evaluate` again"
        ) from error
    return dict(row)
