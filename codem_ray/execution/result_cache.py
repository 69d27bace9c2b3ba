"""Keeps verdicts on disk by program, so that equal programs run once over trials and sweeps."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from codem_ray import __version__
from codem_ray.languages.spec import LanguageSpec, Unit
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Limits, Outcome, Verdict

FORMAT_VERSION = 1
FILE_NAME = "results.sqlite"
MAX_BYTES = 256 << 20
"""Past it the oldest tenth goes."""
_BUSY_SECONDS = 30.0
_KEYS_PER_QUERY = 500
_UNIT = "u0"
_LOG = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    key TEXT NOT NULL UNIQUE, verdict TEXT NOT NULL, checksum TEXT NOT NULL
)
"""


class ResultCache:
    """Verdicts by the key of a program, in one file that many processes of a machine share.

    It is never a reason to fail: a file that is damaged, locked or read-only costs one warning and
    the runs that it would have saved. Keys that `program_key` makes are all that it knows of.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        """`folder` should be on a local disk: sqlite's locks do not reach over a network."""
        self.path = folder / FILE_NAME
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_given_up = False

    def look_up(self, keys: Iterable[str]) -> dict[str, Verdict]:
        """Return the verdicts that are known, marked as cached; their times are the first run's."""
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
            except _Unusable:
                return {}
            except sqlite3.Error as error:
                self._give_up(error)
                return {}
        found = {key: _verdict(key, text, checksum) for key, text, checksum in rows}
        return {key: verdict for key, verdict in found.items() if verdict is not None}

    def add(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep those verdicts that another run of the program would come to as well."""
        rows = []
        for key, verdict in verdicts.items():
            if verdict.is_settled:
                text = json.dumps(asdict(verdict) | {"is_cached": True})
                rows.append((key, text, _checksum(key, text)))
        if not rows:
            return
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", rows)
                self._prune(connection)
            except _Unusable:
                return
            except sqlite3.Error as error:
                self._give_up(error)

    def _open(self) -> sqlite3.Connection:
        if self._is_given_up:
            raise _Unusable
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
            # What a power cut loses here costs a rerun.
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
            # Rows lie in the order of their writing, so that the oldest leave whole pages free.
            connection.execute(
                "DELETE FROM verdicts WHERE rowid IN (SELECT rowid FROM verdicts ORDER BY rowid "
                "LIMIT (SELECT 1 + COUNT(*) / 10 FROM verdicts))"
            )

    def _give_up(self, error: sqlite3.Error) -> None:
        self._is_given_up = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        _LOG.warning(
            "the cache of results %s cannot be used (%s); every program runs again: mend its "
            "rights, or remove it with its -wal and -shm files",
            self.path,
            error,
        )

    def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class _Unusable(Exception):
    """The file was found unusable before; it was said once."""


def program_key(
    spec: LanguageSpec,
    unit: Unit,
    *,
    limits: Limits,
    expected_checks: int,
    sandbox: str,
) -> str:
    """Return a hash of all that a verdict depends on; ToolchainError when a tool is missing.

    These are the assembled files (under one name, whatever the place in a batch), the options that
    the benchmark pins, the versions of the tools, our own code that compiles and runs, the limits,
    the checks that the reference does, and `sandbox`: the backend and how it limits memory.
    """
    files = spec.assemble(Unit(name=_UNIT, problem=unit.problem, answer=unit.answer))
    parts = [
        str(FORMAT_VERSION),
        spec.name,
        toolchain_digest(spec),
        code_digest(),
        _module_digest(spec.assemble.__module__),
        sandbox,
        repr(limits),
        str(expected_checks),
        repr(sorted(unit.problem.options.items())),
        *(f"{name}\0{text}" for name, text in sorted(files.items())),
    ]
    content = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        content.update(b"%d:" % len(data) + data)
    return content.hexdigest()


@functools.cache
def code_digest() -> str:
    """Return a hash of the code that makes verdicts: another version may judge otherwise."""
    package = Path(__file__).resolve().parents[1]
    content = hashlib.sha256(__version__.encode())
    for folder in ("execution", "languages", "sandbox"):
        for path in sorted((package / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                content.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return content.hexdigest()


@functools.cache
def _module_digest(name: str) -> str:
    """Return a hash of a module's file: a language may come from another package."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def _checksum(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}{text}".encode()).hexdigest()[:16]


def _verdict(key: str, text: str, checksum: str) -> Verdict | None:
    """Return what `add` wrote; None: the row is damaged."""
    if checksum != _checksum(key, text):
        return None
    try:
        values = json.loads(text)
        return Verdict(**values | {"outcome": Outcome(values["outcome"])})
    except (ValueError, TypeError, KeyError):
        return None
