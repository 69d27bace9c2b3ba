"""Files and stages of a sweep on any fsspec URI, with atomic writes."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fsspec
from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from pydantic import TypeAdapter

from codem_ray.errors import StorageError

MANIFEST = "manifest.json"
FORMAT_VERSION = 1
LOCK_SECONDS = 4 * 3600.0
"""Limit for the wait for another process that is writing the same stage."""
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or set storage.path elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or set storage.path elsewhere",
    errno.EACCES: "no permission; choose another storage.path or change the folder's permissions",
    errno.EPERM: "no permission; choose another storage.path or change the folder's permissions",
    errno.EROFS: "the file system is read-only; choose another storage.path",
}


def digest_of(value: object) -> str:
    """Return a hash of JSON-like data as 12 hex digits, equal on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _json_bytes(value: object) -> bytes:
    return f"{json.dumps(value, indent=2, sort_keys=True, default=str)}\n".encode()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def storage_errors(action: str) -> Iterator[None]:
    """Turn an OSError of the block into a StorageError with the next step."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, str(error))
        file = f" ({error.filename})" if error.filename else ""
        raise StorageError(f"cannot {action}{file}: {reason}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` if the block ends without an error."""
    with storage_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name that does not contain the file's: that one may be as long as a name can be.
        temporary = path.with_name(f".codem-ray-{uuid.uuid4().hex}.tmp")
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """Record of a finished stage; its presence is the only sign that the stage is done."""

    stage: str
    inputs: Mapping[str, Any]
    """Everything that the stage's result depends on."""
    files: Mapping[str, str]
    """SHA-256 of every file, by path relative to the stage's folder."""
    facts: Mapping[str, Any]
    """Measurements: steps, tokens, seconds of parts."""
    seconds: float
    """Wall time of the stage."""
    finished_at: float
    """Seconds since the epoch."""
    format_version: int = FORMAT_VERSION


_MANIFEST = TypeAdapter(Manifest)


class Storage:
    """A sweep's folder on a local path or any fsspec URI."""

    def __init__(self, root: str) -> None:
        if "://" not in root:
            # Ray workers change their directory, so paths are made absolute in the driver.
            try:
                root = str(Path(root).expanduser().resolve())
            except RuntimeError as error:
                raise StorageError(f"{root}: {error}: there is no such user; write ./~") from error
        self.root = root.rstrip("/")
        with storage_errors(f"open {root}"):
            try:
                self._fs, self._base = fsspec.core.url_to_fs(self.root)
            except (ImportError, ValueError) as error:
                raise StorageError(f"cannot open {root!r}: {error}") from error

    def __reduce__(self) -> tuple[type[Storage], tuple[str]]:
        return Storage, (self.root,)

    @property
    def is_local(self) -> bool:
        """Whether files can be opened by a local path."""
        protocol = self._fs.protocol
        return "file" in (protocol if isinstance(protocol, tuple | list) else (protocol,))

    def uri(self, name: str = "") -> str:
        """Return the full URI of a file below the root."""
        return f"{self.root}/{name}".rstrip("/")

    def local_path(self, name: str = "") -> Path:
        """Return a file's local path; StorageError on remote storage."""
        if not self.is_local:
            raise StorageError(
                f"{self.uri(name)} has no local path: this needs storage.path on a local disk"
            )
        return Path(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}".rstrip("/")

    def check_writable(self) -> None:
        """Write and remove a small file; StorageError if that fails."""
        name = f".write-check-{uuid.uuid4().hex}"
        self.write_bytes(name, b"codem_ray")
        with storage_errors(f"write to {self.root}"):
            self._fs.rm_file(self._path(name))

    def exists(self, name: str) -> bool:
        """Whether a file or folder exists."""
        return bool(self._fs.exists(self._path(name)))

    def read_bytes(self, name: str) -> bytes:
        """Return a file's content."""
        with storage_errors(f"read {self.uri(name)}"):
            return bytes(self._fs.cat_file(self._path(name)))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file atomically: readers see the old content or the new one."""
        if self.is_local:
            with replacing(self.local_path(name)) as temporary:
                temporary.write_bytes(content)
            return
        with storage_errors(f"write {self.uri(name)}"):
            # An object store shows an object only once its upload is complete.
            self._fs.pipe_file(self._path(name), content)

    def read_json(self, name: str) -> Any:
        """Return the value of a JSON file; StorageError if it is damaged."""
        try:
            return json.loads(self.read_bytes(name))
        except ValueError as error:
            raise StorageError(
                f"{self.uri(name)} is damaged ({error}); delete it and run again"
            ) from error

    def write_json(self, name: str, value: object) -> None:
        """Write JSON-like data atomically."""
        self.write_bytes(name, _json_bytes(value))

    def names(self, folder: str, pattern: str = "*") -> list[str]:
        """Return the sorted names, relative to the root, that match a glob pattern in a folder."""
        if self.is_local:
            # fsspec would take "?" and "[" in the root for wildcards, too.
            root = self.local_path()
            found = (path.relative_to(root) for path in (root / folder).glob(pattern))
            return sorted(map(str, found))
        base = self._path("")
        found = self._fs.glob(f"{self._path(folder)}/{pattern}")
        return sorted(str(path).removeprefix(base).lstrip("/") for path in found)

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it exists."""
        with storage_errors(f"remove {self.uri(name)}"):
            if self.exists(name):
                self._fs.rm(self._path(name), recursive=True)

    def put_folder(self, source: Path, name: str) -> None:
        """Copy a local folder to a folder of this storage."""
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self.write_bytes(f"{name}/{path.relative_to(source)}", path.read_bytes())

    def stage(self, name: str) -> Stage:
        """Return the stage that is stored in a folder of this storage."""
        return Stage(self, name)


class Stage:
    """A stage's folder: finished, with a manifest, or treated as absent."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self.name = storage, name

    @property
    def uri(self) -> str:
        """URI of the stage's folder."""
        return self._storage.uri(self.name)

    def manifest(self, *, is_checked: bool = False) -> Manifest | None:
        """Return the manifest of a finished stage, or None.

        A stage counts as absent if its manifest is damaged, has another format version or lists a
        missing file. With `is_checked` the content of local files is verified, too.
        """
        try:
            raw = json.loads(self._storage.read_bytes(f"{self.name}/{MANIFEST}"))
            manifest = _MANIFEST.validate_python(raw)
        except (StorageError, ValueError):
            return None
        if manifest.format_version != FORMAT_VERSION:
            return None
        if not all(self._storage.exists(f"{self.name}/{file}") for file in manifest.files):
            return None
        return None if is_checked and self._is_damaged(manifest) else manifest

    def _is_damaged(self, manifest: Manifest) -> bool:
        # An object store returns whole objects; a local file can be truncated.
        if not self._storage.is_local:
            return False
        folder = self._storage.local_path(self.name)
        with storage_errors(f"read {self.uri}"):
            return any(file_digest(folder / name) != sha for name, sha in manifest.files.items())

    @contextmanager
    def writing(self, inputs: Mapping[str, Any]) -> Iterator[StageWriter]:
        """Provide a private local folder to fill; commit it if the block raises no error."""
        writer = StageWriter(self._temporary_folder())
        started = time.monotonic()
        try:
            yield writer
            files = {
                str(path.relative_to(writer.folder)): file_digest(path)
                for path in sorted(writer.folder.rglob("*"))
                if path.is_file()
            }
            manifest = Manifest(
                stage=self.name,
                inputs=dict(inputs),
                files=files,
                facts=dict(writer.facts),
                seconds=round(time.monotonic() - started, 3),
                finished_at=time.time(),
            )
            self._commit(writer.folder, manifest)
        finally:
            shutil.rmtree(writer.folder, ignore_errors=True)

    def made_once(
        self,
        inputs: Mapping[str, Any],
        make: Callable[[StageWriter], None],
        *,
        log: Callable[[str], None] = lambda text: None,
    ) -> Manifest:
        """Return the manifest of a shared stage; make the stage if it is absent.

        On local storage one process makes it while the others wait.
        """
        manifest = self.manifest()
        if manifest is not None:
            return manifest
        with self._exclusive(log):
            manifest = self.manifest()
            if manifest is None:
                with storage_errors(f"write {self.uri}"), self.writing(inputs) as writer:
                    make(writer)
                manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} was written but cannot be read back")
        return manifest

    @contextmanager
    def _exclusive(self, log: Callable[[str], None]) -> Iterator[None]:
        if not self._storage.is_local:
            # Two processes would write equal files there, with the manifest last.
            yield
            return
        target = self._storage.local_path(self.name)
        with storage_errors(f"write to {self.uri}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(target.with_name(f".{target.name}.lock"))
            try:
                lock.acquire(blocking=False)
            except Timeout:
                log(f"waiting for another process that is writing {self.uri}")
                try:
                    lock.acquire(timeout=LOCK_SECONDS, poll_interval=1.0)
                except Timeout as error:
                    raise StorageError(
                        f"another process has been writing {self.uri} for {LOCK_SECONDS:.0f} s: "
                        "end it, or wait and run this again"
                    ) from error
        try:
            yield
        finally:
            lock.release()

    def _temporary_folder(self) -> Path:
        with storage_errors(f"write to {self.uri}"):
            if not self._storage.is_local:
                return Path(tempfile.mkdtemp(prefix="codem-ray-stage-"))
            target = self._storage.local_path(self.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Only one process writes a stage at a time, so these belong to a killed one.
            for left in target.parent.glob(f".{glob.escape(target.name)}.????????.tmp"):
                shutil.rmtree(left, ignore_errors=True)
            # In the target's parent, so that the final rename stays on one file system.
            return Path(
                tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
            )

    def _commit(self, folder: Path, manifest: Manifest) -> None:
        content = _json_bytes(asdict(manifest))
        self._storage.remove(self.name)
        with storage_errors(f"write {self.uri}"):
            if self._storage.is_local:
                (folder / MANIFEST).write_bytes(content)
                folder.chmod(0o755)
                folder.replace(self._storage.local_path(self.name))
                return
        self._storage.put_folder(folder, self.name)
        # Last, because its presence means that the stage is complete.
        self._storage.write_bytes(f"{self.name}/{MANIFEST}", content)

    def folder(self) -> Path:
        """Return a local folder with the finished stage's files; download remote ones."""
        manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} is not finished")
        if self._storage.is_local:
            return self._storage.local_path(self.name)
        cached = (
            user_cache_path("codem_ray") / "stages" / digest_of([self.uri, dict(manifest.files)])
        )
        for name, expected in manifest.files.items():
            path = cached / name
            if not path.is_file() or file_digest(path) != expected:
                with replacing(path) as temporary:
                    temporary.write_bytes(self._storage.read_bytes(f"{self.name}/{name}"))
        return cached


class StageWriter:
    """The folder and the facts of a stage that is being written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = {}
