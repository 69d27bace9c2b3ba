"""The file that scored rows are appended to, which an interrupted call continues."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from codem_ray.errors import ConfigError, DataError
from codem_ray.records import ExtractionOptions, Outcome
from codem_ray.scoring.scored_rows import SampleKey, ScoredSample, read_scored
from codem_ray.storage import replacing, storage_errors

DEFAULT_EXTRACTION = ExtractionOptions().label


class ScoredFile:
    """A file of scored rows, opened to append; a context manager that holds its lock.

    An existing file is continued: the samples in `done` need not be judged again. Rows with an
    infrastructure error, repeated rows and a last line that was cut off are removed first. Unless
    this call `is_limited` too, its rows are no longer marked as limited.

    Args:
        path: JSON lines.
        benchmark: Its name.
        benchmark_digest: Digest of all its problems.
        extraction: Label of the options by which answers are taken out of completions.
        quarantine: Reasons by task id, which replace those in the file.
        is_limited: Whether only some problems are scored.

    Raises:
        ConfigError: another run writes to the file, or its folder is missing.
        DataError: it is not a scored file, or one of another benchmark or extraction.
    """

    def __init__(
        self,
        path: Path,
        benchmark: str,
        benchmark_digest: str,
        *,
        extraction: str = DEFAULT_EXTRACTION,
        quarantine: Mapping[str, str] | None = None,
        is_limited: bool = False,
    ) -> None:
        self.path = path
        self._extraction = extraction
        self._quarantine = quarantine or {}
        self.done: dict[SampleKey, ScoredSample] = {}
        """Samples with a verdict in the file."""
        if path.suffix == ".gz":
            raise DataError(
                f"--out {path}: rows are appended as they are judged, so it cannot be compressed; "
                "name a .jsonl file"
            )
        # Two links to one file must meet at one lock.
        target = path.resolve()
        if not target.parent.is_dir():
            raise ConfigError(
                f"--out {path}: there is no folder {target.parent}; make it, or correct the name"
            )
        # A digest, because the name may be as long as a name can be.
        digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
        self._lock = FileLock(target.with_name(f".codem-ray-{digest}.lock"), timeout=0)
        # Only a regular file can be continued, or damaged by two runs: /dev/null cannot, and
        # /dev/stdout must be written to rather than replaced.
        is_device = path.absolute().is_relative_to("/dev") or path.absolute().is_relative_to(
            "/proc"
        )
        self._is_regular = not is_device and (path.is_file() or not path.exists())
        if self._is_regular:
            self._acquire()
            try:
                self._continue(benchmark, benchmark_digest, is_limited=is_limited)
            except BaseException:
                self._lock.release()
                raise

    def __enter__(self) -> ScoredFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows."""
        with storage_errors(f"write {self.path}"), self.path.open("ab") as stream:
            stream.write(b"".join(map(_line, rows)))

    def _acquire(self) -> None:
        with storage_errors(f"write {self.path}"):
            try:
                self._lock.acquire()
            except Timeout:
                raise ConfigError(
                    f"--out {self.path}: another run writes to it; wait until it ends and run the "
                    "same command again, which continues from its rows, or name another file"
                ) from None
            if self.path.exists():
                self.path.open("ab").close()

    def _continue(self, benchmark: str, benchmark_digest: str, *, is_limited: bool) -> None:
        """Keep the first row of each sample that has a verdict, and remember these samples."""
        if not self.path.exists():
            return
        # A link stays a link.
        with replacing(self.path.resolve()) as temporary, temporary.open("wb") as stream:
            for row in read_scored(self.path, ignore_cut_line=True):
                found = row["benchmark"], row["benchmark_digest"]
                if found != (benchmark, benchmark_digest):
                    raise DataError(
                        f"{self.path} holds rows of {found[0]} (digest {found[1]}), not of "
                        f"{benchmark} ({benchmark_digest}): name another --out, or remove it"
                    )
                used = row.get("extraction", DEFAULT_EXTRACTION)
                if used != self._extraction:
                    raise DataError(
                        f"{self.path} holds verdicts on answers taken by --extract {used}, not "
                        f"{self._extraction}: name another --out, or remove it"
                    )
                reason = self._quarantine.get(row["task_id"])
                if row.get("quarantine") != reason:
                    row["quarantine"] = reason
                if not is_limited and row.get("is_limited"):
                    row["is_limited"] = False
                sample = ScoredSample.from_row(row)
                has_verdict = sample.outcome is not Outcome.INFRASTRUCTURE_ERROR
                if has_verdict and sample.key not in self.done:
                    self.done[sample.key] = sample
                    stream.write(_line(row))


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"
