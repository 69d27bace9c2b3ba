"""The stages between completions and scores, on files of a local folder."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_type_hints

from codem_ray.errors import DataError
from codem_ray.extraction.answers import extract_answer
from codem_ray.records import (
    Completion,
    Job,
    Outcome,
    Problem,
    ProblemResult,
    PromptStyle,
    Verdict,
)
from codem_ray.storage import storage_errors

if TYPE_CHECKING:
    import pandas
    import pyarrow

T = TypeVar("T")
Execute = Callable[[Sequence[Job]], list[Verdict]]
"""Judges jobs, in their order: a pool's `execute`, or an executor's."""


class Judged(NamedTuple):
    """A completion with what was taken out of it and what became of that."""

    completion: Completion
    answer: str | None
    verdict: Verdict


class Score(NamedTuple):
    """What one benchmark came to; quarantined problems are in none of the three."""

    passed: int
    total: int
    """Rows that count, those without a finding included."""
    incomplete: int
    """Rows about which nothing was found out: infrastructure errors, and what could not run."""


def write_completions(path: Path, completions: Iterable[Completion]) -> None:
    """Write completions as JSON lines, gzipped when the name ends in `.gz`."""
    _write_lines(path, (asdict(one) for one in completions))


def read_completions(path: Path) -> list[Completion]:
    """Read what `write_completions` wrote; DataError names a damaged line."""
    return [_parse(path, at, row, _completion) for at, row in _read_lines(path)]


def write_judged(path: Path, judged: Iterable[Judged]) -> None:
    """Write completions, answers and verdicts as JSON lines: what `replay` needs."""
    _write_lines(
        path,
        (
            {
                "completion": asdict(one.completion),
                "answer": one.answer,
                "verdict": asdict(one.verdict),
            }
            for one in judged
        ),
    )


def read_judged(path: Path) -> list[Judged]:
    """Read what `write_judged` wrote; DataError names a damaged line."""
    return [_parse(path, at, row, _judged) for at, row in _read_lines(path)]


def judge(
    problems: Sequence[Problem],
    completions: Sequence[Completion],
    style: PromptStyle,
    execute: Execute,
) -> list[Judged]:
    """Take the answer out of each completion of one benchmark and execute it.

    The same answer to the same problem is executed once; its other verdicts are marked as cached.
    """
    by_id = {problem.task_id: problem for problem in problems}
    unknown = sorted({one.task_id for one in completions} - by_id.keys())
    if unknown:
        raise DataError(
            f"completions for problems that the benchmark does not have: {', '.join(unknown[:5])}"
            + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        )
    answers = [extract_answer(by_id[one.task_id], one.text, style) for one in completions]
    first: dict[tuple[str, str | None], int] = {}
    jobs: list[Job] = []
    for one, answer in zip(completions, answers, strict=True):
        if (one.task_id, answer) not in first:
            first[one.task_id, answer] = len(jobs)
            jobs.append(Job(problem=by_id[one.task_id], answer=answer, sample=one.sample))
    verdicts = execute(jobs)
    judged = []
    for one, answer in zip(completions, answers, strict=True):
        at = first[one.task_id, answer]
        is_first = jobs[at].sample == one.sample
        verdict = verdicts[at] if is_first else replace(verdicts[at], is_cached=True)
        judged.append(Judged(one, answer, verdict))
    return judged


def to_results(
    judged: Sequence[Judged],
    problems: Sequence[Problem],
    *,
    trial_id: str,
    source: str,
    seed: int,
    benchmark_digest: str,
    style: PromptStyle,
    is_limited: bool = False,
) -> list[ProblemResult]:
    """Make the rows of `results/` for one trial, benchmark and prompt style."""
    by_id = {problem.task_id: problem for problem in problems}
    rows = []
    for one in judged:
        problem, completion, verdict = by_id[one.completion.task_id], one.completion, one.verdict
        rows.append(
            ProblemResult(
                trial_id=trial_id,
                source=source,
                seed=seed,
                target=problem.language,
                benchmark=problem.benchmark,
                benchmark_digest=benchmark_digest,
                prompt_style=style,
                task_id=problem.task_id,
                group=problem.group or problem.task_id,
                sample=completion.sample,
                outcome=verdict.outcome,
                is_quarantined=problem.quarantine is not None,
                message=verdict.message,
                completion_digest=text_digest(completion.text),
                answer_digest="" if one.answer is None else text_digest(one.answer),
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=completion.completion_tokens,
                is_truncated=completion.is_truncated,
                compile_cpu_seconds=verdict.compile_cpu_seconds,
                run_cpu_seconds=verdict.run_cpu_seconds,
                wall_seconds=verdict.wall_seconds,
                peak_memory_bytes=verdict.peak_memory_bytes,
                is_limited=is_limited,
                is_cached=verdict.is_cached,
                common_id=problem.common_id,
            )
        )
    return rows


def write_results(path: Path, rows: Sequence[ProblemResult]) -> None:
    """Write rows as Parquet whose schema is the fields of ProblemResult."""
    import pyarrow
    from pyarrow import parquet

    plain = [{name: _plain(value) for name, value in asdict(row).items()} for row in rows]
    table = pyarrow.Table.from_pylist(plain, schema=results_schema())
    with _replacing(path) as temporary:
        parquet.write_table(table, temporary)


def read_results(paths: Iterable[Path]) -> pandas.DataFrame:
    """Read result files into one frame; without files, an empty one with the same columns."""
    import pyarrow
    from pyarrow import parquet

    schema = results_schema()
    tables = [schema.empty_table()]
    for path in paths:
        with storage_errors(f"read {path}"):
            try:
                table = parquet.ParquetFile(path).read()
                # Columns that files of earlier versions lack.
                for name, value in (("is_cached", False), ("common_id", "")):
                    if name not in table.column_names:
                        column = pyarrow.array([value] * len(table), schema.field(name).type)
                        table = table.append_column(name, column)
                tables.append(table.select(schema.names).cast(schema))
            except (pyarrow.ArrowInvalid, KeyError) as error:
                raise DataError(
                    f"{path} is no file of results: {error}; `codem-ray run` with the sweep's "
                    "file makes it anew"
                ) from error
    frame: pandas.DataFrame = pyarrow.concat_tables(tables).to_pandas()
    return frame


def results_schema() -> pyarrow.Schema:
    """Return the Arrow schema of `results/`."""
    import pyarrow

    kinds = {bool: pyarrow.bool_(), int: pyarrow.int64(), float: pyarrow.float64()}
    hints = get_type_hints(ProblemResult)
    return pyarrow.schema(
        [
            pyarrow.field(one.name, kinds.get(hints[one.name], pyarrow.string()), nullable=False)
            for one in fields(ProblemResult)
        ]
    )


def score(rows: Iterable[ProblemResult]) -> dict[str, Score]:
    """Count, for each benchmark, the rows that passed, that count, and that are unknown."""
    passed, total, incomplete = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        if row.is_quarantined:
            continue
        total[row.benchmark] += 1
        passed[row.benchmark] += row.outcome is Outcome.PASSED
        incomplete[row.benchmark] += row.outcome in (Outcome.INFRASTRUCTURE_ERROR, Outcome.NOT_RUN)
    return {name: Score(passed[name], total[name], incomplete[name]) for name in total}


def text_digest(text: str) -> str:
    """Return a hash of what a model wrote, as 16 hex digits."""
    # A model may write half a surrogate pair, which UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _completion(row: Mapping[str, Any]) -> Completion:
    return Completion(**row)


def _judged(row: Mapping[str, Any]) -> Judged:
    verdict = row["verdict"]
    return Judged(
        _completion(row["completion"]),
        row["answer"],
        Verdict(**verdict | {"outcome": Outcome(verdict["outcome"])}),
    )


def _parse(path: Path, at: int, row: Any, make: Callable[[Any], T]) -> T:
    try:
        return make(row)
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(f"{path}, line {at}: {error!r}") from error


def _read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with storage_errors(f"read {path}"):
        content = path.read_bytes()
        if path.suffix == ".gz":
            try:
                content = gzip.decompress(content)
            except EOFError as error:
                raise DataError(f"{path} ends in the middle of its compressed data") from error
    for at, line in enumerate(content.splitlines(), start=1):
        try:
            yield at, json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {at}: not JSON: {error}") from error


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if path.suffix == ".gz":
        # Without a time stamp, equal completions make equal files and equal digests.
        content = gzip.compress(content, compresslevel=6, mtime=0)
    with _replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path that takes the place of `path` when all went well."""
    with storage_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
