"""Rows of completions with their outcomes: written as they are judged, read to go on or compare."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from codem_ray.analysis.scores import RESULT_COLUMNS
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Outcome, Problem, PromptStyle
from codem_ray.scoring.completion_files import bytes_of
from codem_ray.scoring.judging import JudgedCompletion, text_digest
from codem_ray.storage import storage_errors

if TYPE_CHECKING:
    import pandas

Key = tuple[str, int]
"""Task id and sample."""
_NEEDED = ("task_id", "sample", "benchmark", "benchmark_digest", "outcome", "completion_digest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """What the sums need of one judged completion."""

    task_id: str
    sample: int
    outcome: Outcome
    wrong_language: str | None
    """The language that it is in, where that is not the one asked for."""
    completion_digest: str

    @property
    def key(self) -> Key:
        """Task id and sample."""
        return self.task_id, self.sample


def scored_row(
    kept: Mapping[str, Any],
    one: JudgedCompletion,
    problem: Problem,
    *,
    benchmark_digest: str,
    wrong_language: str | None,
    is_limited: bool,
) -> dict[str, Any]:
    """Return the row that came in with what was found out about it."""
    verdict, task_id = one.verdict, one.completion.task_id
    given = kept.get("task_id", task_id)
    return {
        **kept,
        **({"given_task_id": given} if given != task_id else {}),
        "task_id": task_id,
        "sample": one.completion.sample,
        "benchmark": problem.benchmark,
        "benchmark_digest": benchmark_digest,
        "language": problem.language,
        "group": problem.group,
        "quarantine": problem.quarantine,
        "is_limited": is_limited,
        "outcome": str(verdict.outcome),
        "passed": verdict.outcome is Outcome.PASSED,
        "message": verdict.message,
        "answer": one.answer,
        "wrong_language": wrong_language,
        "completion_digest": text_digest(one.completion.text),
        "compile_cpu_seconds": verdict.compile_cpu_seconds,
        "run_cpu_seconds": verdict.run_cpu_seconds,
        "is_cached": verdict.is_cached,
        "wall_seconds": verdict.wall_seconds,
    }


def read_scored(path: Path, *, may_be_cut: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the rows of a scored file.

    Args:
        path: JSON lines, gzipped or not.
        may_be_cut: A last line without its end, as an interrupted call leaves it, is passed over.

    Raises:
        DataError: it cannot be read, or a row has not what a scored one has; names the line.
    """
    with bytes_of(path) as stream:
        for at, line in enumerate(stream, start=1):
            if may_be_cut and not line.endswith(b"\n"):
                return
            if line.strip():
                yield _row(f"{path}, line {at}", line)


def _row(where: str, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        if not line.endswith(b"\n"):
            raise DataError(
                f"{where}: the last line is half written, as an interrupted call leaves it; the "
                "same `codem-ray evaluate` again mends it and goes on from there"
            ) from error
        raise DataError(f"{where}: broken JSON: {error}") from error
    lacking = [name for name in _NEEDED if not isinstance(row, dict) or name not in row]
    if lacking:
        raise DataError(
            f"{where}: no scored row: it lacks {', '.join(lacking)}. Scored rows are written by "
            "`codem-ray evaluate --completions FILE --benchmark B --out OUT.jsonl`"
        )
    if row["outcome"] not in list(Outcome):
        raise DataError(
            f"{where}: outcome is {row['outcome']!r}; allowed are {', '.join(map(str, Outcome))}"
        )
    return dict(row)


def scored_frame(path: Path) -> pandas.DataFrame:
    """Return the rows of a scored file with the columns that the statistics read.

    Raises:
        DataError: it is no scored file, or holds a sample twice.
    """
    import pandas

    columns: dict[str, list[Any]] = {name: [] for name in (*RESULT_COLUMNS, "is_limited")}
    seen: set[Key] = set()
    for row in read_scored(path):
        key = _key(row)
        if key in seen:
            raise DataError(
                f"{path}: holds {key[0]}, sample {key[1]}, twice, as two runs that write to one "
                "file, or two files put together, leave it. The same `codem-ray evaluate` again, "
                "with the file as its --out, keeps the first row of each; or name a new --out"
            )
        seen.add(key)
        values = {
            **row,
            "trial_id": str(path),
            "source": "",
            "seed": 0,
            "target": row.get("language", ""),
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


class ScoredFile:
    """The file that judged rows are appended to; a context manager.

    An existing file of the same benchmark is gone on with: what it holds need not be judged again,
    but for infrastructure errors, whose rows are taken out, and the second row of any sample.
    The file is locked from here to the end of the context or `close`.

    Raises:
        ConfigError: another run writes to it.
        DataError: it is no scored file, or one of other problems.
    """

    def __init__(self, path: Path, benchmark: str, benchmark_digest: str) -> None:
        self.path = path
        self.done: dict[Key, Scored] = {}
        """What is in the file already."""
        self._stream: IO[bytes] | None = None
        if path.suffix == ".gz":
            raise DataError(
                f"--out {path}: rows are appended as they are judged, so it cannot be compressed; "
                "name a .jsonl file"
            )
        self._is_new = not path.exists()
        self._open()
        try:
            self._take_up(benchmark, benchmark_digest)
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Open and lock the file that bears the name when the lock is had."""
        with storage_errors(f"write {self.path}"):
            while self._stream is None:
                stream = self.path.open("ab")
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    # A device, /dev/null say, is no file that two runs could spoil.
                    self._stream = stream
                    return
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    stream.close()
                    raise ConfigError(
                        f"--out {self.path}: another run writes to it; wait for its end, then the "
                        "same command goes on from its rows, or name another file"
                    ) from None
                # The run that held it may have put another file in its place, or taken it away.
                if _is_at(stream, self.path):
                    self._stream = stream
                else:
                    stream.close()

    def close(self) -> None:
        """Let go of the file; one that was made here and holds nothing goes."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        with storage_errors(f"write {self.path}"):
            stream.flush()
            status = os.fstat(stream.fileno())
            if self._is_new and stat.S_ISREG(status.st_mode) and status.st_size == 0:
                self.path.unlink(missing_ok=True)
            stream.close()

    def _take_up(self, benchmark: str, benchmark_digest: str) -> None:
        whole = 0
        for row in read_scored(self.path, may_be_cut=True):
            found = (row["benchmark"], row["benchmark_digest"])
            if found != (benchmark, benchmark_digest):
                raise DataError(
                    f"{self.path} holds rows of {found[0]} (digest {found[1]}), not of {benchmark} "
                    f"({benchmark_digest}): name another --out, or remove it"
                )
            if _is_settled(row) and _key(row) not in self.done:
                one = Scored(
                    task_id=str(row["task_id"]),
                    sample=int(row["sample"]),
                    outcome=Outcome(row["outcome"]),
                    wrong_language=row.get("wrong_language"),
                    completion_digest=str(row["completion_digest"]),
                )
                self.done[one.key] = one
                whole += len(_line(row))
        if self.path.stat().st_size != whole:
            self._rewrite()

    def _rewrite(self) -> None:
        """Take out a cut line, second rows and rows to be judged again: at once or not at all."""
        seen: set[Key] = set()
        temporary = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}.tmp")
        with storage_errors(f"write {self.path}"):
            try:
                stream = temporary.open("wb")
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    for row in read_scored(self.path, may_be_cut=True):
                        if _is_settled(row) and _key(row) not in seen:
                            stream.write(_line(row))
                            seen.add(_key(row))
                    stream.flush()
                    temporary.replace(self.path)
                except BaseException:
                    stream.close()
                    raise
                # The new file was locked before it had the name.
                if self._stream is not None:
                    self._stream.close()
                self._stream = stream
            finally:
                temporary.unlink(missing_ok=True)

    def __enter__(self) -> ScoredFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows; they are on their way to the disk when this returns."""
        stream = self._stream
        if stream is None:
            raise ValueError(f"{self.path} is closed")
        with storage_errors(f"write {self.path}"):
            stream.write(b"".join(map(_line, rows)))
            stream.flush()


def _is_at(stream: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _key(row: Mapping[str, Any]) -> Key:
    return str(row["task_id"]), int(row["sample"])


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"


def _is_settled(row: Mapping[str, Any]) -> bool:
    return Outcome(row["outcome"]) is not Outcome.INFRASTRUCTURE_ERROR
