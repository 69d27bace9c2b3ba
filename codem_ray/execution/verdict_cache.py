"""Verdicts stored on disk by program, so that equal programs run once on a node."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from codem_ray import __version__
from codem_ray.errors import ToolchainError
from codem_ray.execution.pages import needs_browser
from codem_ray.execution.programs import ProgramKey, ProgramVerdicts
from codem_ray.languages.spec import LanguageSpec, Unit
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Limits, Outcome, Problem, Verdict

FORMAT_VERSION = 2
FILE_NAME = "verdicts.sqlite"
MAX_BYTES = 256 << 20
"""The oldest tenth is deleted once the file holds more."""
_BUSY_SECONDS = 30.0
_KEYS_PER_QUERY = 500
_LOG = logging.getLogger(__name__)
_VERDICT = TypeAdapter(Verdict)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    key TEXT NOT NULL UNIQUE, verdict TEXT NOT NULL, checksum TEXT NOT NULL
)
"""


def stored_key(program: ProgramKey, conditions: str) -> str:
    """Return the key under which a verdict reached under these conditions is stored."""
    return _digest((*program, conditions))


def judging_conditions(
    spec: LanguageSpec, problem: Problem, *, limits: Limits, expected_checks: int, sandbox: str
) -> str:
    """Return a hash of everything besides problem and answer that a verdict depends on.

    These are the versions of the tools, the code of this package that compiles and runs, the
    limits, the number of checks that the reference does, and `sandbox`: the backend and how it
    limits memory.

    Raises:
        ToolchainError: a tool of the language is missing.
    """
    return _digest(
        (
            str(FORMAT_VERSION),
            spec.name,
            toolchain_digest(spec, uses_browser=needs_browser(problem)),
            code_digest(),
            _module_digest(spec.assemble.__module__),
            # `Problem.digest` does not cover the entry point.
            problem.entry_point or "",
            sandbox,
            repr(limits),
            str(expected_checks),
        )
    )


class VerdictCache:
    """Verdicts in one SQLite file that many processes of a node share.

    The cache never causes a failure: with a damaged, locked or read-only file it logs one warning
    and behaves as if it were empty.
    """

    def __init__(
        self, folder: Path, *, is_memory_polled: bool = False, max_bytes: int = MAX_BYTES
    ) -> None:
        """`folder` must be on a local disk: SQLite's locks do not work over a network.

        With `is_memory_polled`, a memory limit is not stored: on a busy machine a program may
        exceed it unnoticed.
        """
        self.path = folder / FILE_NAME
        self._is_memory_polled = is_memory_polled
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_unusable = False

    def look_up(self, keys: Iterable[str]) -> dict[str, Verdict]:
        """Return the known verdicts, marked as cached, with the times of the original run."""
        wanted = list(dict.fromkeys(keys))
        rows: list[tuple[str, str, str]] = []
        with self._lock:
            try:
                connection = self._open()
                for at in range(0, len(wanted), _KEYS_PER_QUERY):
                    part = wanted[at : at + _KEYS_PER_QUERY]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, verdict, checksum FROM verdicts WHERE key IN ({marks})"
                    rows += connection.execute(query, part)
            except _UnusableFileError:
                return {}
            except sqlite3.Error as error:
                self._disable(error)
                return {}
        found = {key: _verdict(key, text, checksum) for key, text, checksum in rows}
        return {key: verdict for key, verdict in found.items() if verdict is not None}

    def add(self, verdicts: Mapping[str, Verdict]) -> None:
        """Store those verdicts that another run of the program would repeat."""
        rows = []
        for key, verdict in verdicts.items():
            is_polled = self._is_memory_polled and verdict.outcome is Outcome.MEMORY_LIMIT
            if verdict.is_settled and not is_polled:
                text = json.dumps(asdict(replace(verdict, is_cached=True)))
                rows.append((key, text, _checksum(key, text)))
        if not rows:
            return
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", rows)
                self._prune(connection)
            except _UnusableFileError:
                return
            except sqlite3.Error as error:
                self._disable(error)

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._is_unusable:
            raise _UnusableFileError
        if self._connection is None:
            connection = sqlite3.connect(
                self.path,
                timeout=_BUSY_SECONDS,
                check_same_thread=False,
                isolation_level="DEFERRED",
            )
            self._connection = connection
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode=WAL")
            # A row that a power cut loses costs one more run of a program.
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(_SCHEMA)
            connection.commit()
            self.path.chmod(0o600)
        return self._connection

    def _prune(self, connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        if (pages - free) * size <= self._max_bytes:
            return
        with connection:
            # Rows are stored in the order in which they were written, so deleting the oldest frees
            # whole pages.
            connection.execute(
                "DELETE FROM verdicts WHERE rowid IN (SELECT rowid FROM verdicts ORDER BY rowid "
                "LIMIT (SELECT 1 + COUNT(*) / 10 FROM verdicts))"
            )

    def _disable(self, error: sqlite3.Error) -> None:
        self._is_unusable = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        _LOG.warning(
            "the verdict cache %s cannot be used (%s); every program is run again: free "
            "space, correct the file's permissions, or remove it with its -wal and -shm files",
            self.path,
            error,
        )


class _UnusableFileError(Exception):
    """The file failed before; the warning has been logged."""


class StoredVerdicts:
    """The cached verdicts on the programs of one call; none without a cache."""

    def __init__(
        self,
        cache: VerdictCache | None,
        units: Mapping[ProgramKey, Unit],
        conditions_of: Callable[[Problem], str],
    ) -> None:
        """`conditions_of` returns the `judging_conditions` of a problem."""
        self._cache = cache
        self._keys: dict[ProgramKey, str] = {}
        for key, unit in units.items() if cache is not None else ():
            # Where a tool is missing, the verdict will name it.
            with suppress(ToolchainError):
                self._keys[key] = stored_key(key, conditions_of(unit.problem))

    def look_up(self, programs: Iterable[ProgramKey]) -> dict[ProgramKey, Verdict]:
        """Return the known verdicts on these programs."""
        if self._cache is None:
            return {}
        wanted = {key: self._keys[key] for key in programs if key in self._keys}
        known = self._cache.look_up(wanted.values())
        return {key: known[stored] for key, stored in wanted.items() if stored in known}

    def add(self, verdicts: ProgramVerdicts) -> None:
        """Store the first verdict on each program."""
        if self._cache is not None:
            self._cache.add(
                {self._keys[key]: runs[0] for key, runs in verdicts.items() if key in self._keys}
            )


@functools.cache
def code_digest(*more: str) -> str:
    """Return a hash of the code that produces verdicts: another version may judge otherwise.

    `more` names further folders of this package whose code is included.
    """
    package = Path(__file__).resolve().parents[1]
    content = hashlib.sha256(__version__.encode())
    for folder in ("execution", "languages", "sandbox", *more):
        for path in sorted((package / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                content.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return content.hexdigest()


@functools.cache
def _module_digest(name: str) -> str:
    """Return a hash of a module's file: a language may come from another package."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def _digest(parts: Iterable[str]) -> str:
    content = hashlib.sha256()
    for part in parts:
        # A model may write half of a surrogate pair, which UTF-8 refuses.
        data = part.encode("utf-8", "surrogatepass")
        content.update(b"%d:" % len(data) + data)
    return content.hexdigest()


def _checksum(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}{text}".encode()).hexdigest()[:16]


def _verdict(key: str, text: str, checksum: str) -> Verdict | None:
    """Parse a row that `add` wrote. None if it is damaged."""
    if checksum != _checksum(key, text):
        return None
    try:
        return _VERDICT.validate_json(text)
    except ValidationError:
        return None
