"""Stages and manifests on any fsspec URI, written so that a reader never sees half a result."""

from __future__ import annotations

import errno
import fcntl
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
from platformdirs import user_cache_path

from codem_ray.errors import StorageError

MANIFEST = "manifest.json"
FORMAT_VERSION = 1
LOCK_SECONDS, LOCK_POLL_SECONDS = 4 * 3600.0, 1.0
"""How long a process waits for another that makes a stage which both want."""
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or set storage.path elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or set storage.path elsewhere",
    errno.EACCES: "no permission; choose another storage.path or mend the folder's rights",
    errno.EPERM: "no permission; choose another storage.path or mend the folder's rights",
    errno.EROFS: "the file system is read-only; choose another storage.path",
}


def digest_of(value: object) -> str:
    """Return a hash of plain data as 12 hex digits, the same on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def storage_errors(action: str) -> Iterator[None]:
    """Turn an OSError inside into a StorageError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, str(error))
        where = f" ({error.filename})" if error.filename else ""
        raise StorageError(f"cannot {action}{where}: {reason}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a finished stage left behind; its presence is the only sign that the stage is done."""

    stage: str
    inputs: Mapping[str, Any]
    """What the stage's result depends on."""
    files: Mapping[str, str]
    """SHA-256 of every file, by path below the stage's folder."""
    facts: Mapping[str, Any]
    """What was measured on the way: steps, tokens, seconds of parts."""
    seconds: float
    """Wall time of the stage."""
    finished_at: float
    """Seconds since the epoch."""
    format_version: int = FORMAT_VERSION


class Storage:
    """A sweep's folder on a local path or any fsspec URI."""

    def __init__(self, root: str) -> None:
        if "://" not in root:
            # Ray workers change directory, so a relative path must not outlive the driver.
            root = str(Path(root).expanduser().resolve())
        self.root = root.rstrip("/")
        with storage_errors(f"open {root}"):
            try:
                self._fs, self._base = fsspec.core.url_to_fs(self.root)
            except (ImportError, ValueError) as error:
                raise StorageError(f"storage.path {root!r}: {error}") from error

    def __reduce__(self) -> tuple[type[Storage], tuple[str]]:
        return Storage, (self.root,)

    @property
    def is_local(self) -> bool:
        """Whether files can be opened by path."""
        protocol = self._fs.protocol
        return "file" in (protocol if isinstance(protocol, tuple | list) else (protocol,))

    def uri(self, name: str = "") -> str:
        """Return the full URI of a file below the root."""
        return f"{self.root}/{name}".rstrip("/")

    def local_path(self, name: str = "") -> Path:
        """Return a file's path; StorageError on remote storage."""
        if not self.is_local:
            raise StorageError(f"{self.uri(name)} is not on a local path")
        return Path(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}".rstrip("/")

    def check_writable(self) -> None:
        """Write, read and remove a small file; StorageError when that is not possible."""
        name = f".write-check-{uuid.uuid4().hex}"
        self.write_bytes(name, b"codem_ray")
        with storage_errors(f"write to {self.root}"):
            self._fs.rm_file(self._path(name))

    def exists(self, name: str) -> bool:
        """Say whether a file or folder is there."""
        return bool(self._fs.exists(self._path(name)))

    def read_bytes(self, name: str) -> bytes:
        """Return a file's content."""
        with storage_errors(f"read {self.uri(name)}"):
            return bytes(self._fs.cat_file(self._path(name)))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file so that readers see the old content or the new, never a part."""
        path = self._path(name)
        with storage_errors(f"write {self.uri(name)}"):
            if not self.is_local:
                # Object stores make an object visible when its upload is complete.
                self._fs.pipe_file(path, content)
                return
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
            try:
                with temporary.open("wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def read_json(self, name: str) -> Any:
        """Return a JSON file's value; StorageError when it is damaged."""
        try:
            return json.loads(self.read_bytes(name))
        except ValueError as error:
            raise StorageError(
                f"{self.uri(name)} is damaged ({error}); remove it and run again"
            ) from error

    def write_json(self, name: str, value: object) -> None:
        """Write plain data as JSON, atomically."""
        text = json.dumps(value, indent=2, sort_keys=True, default=str) + "\n"
        self.write_bytes(name, text.encode())

    def names(self, folder: str, pattern: str = "*") -> list[str]:
        """Return the names below the root that match a glob in a folder, sorted."""
        base = self._path("")
        found = self._fs.glob(f"{self._path(folder)}/{pattern}")
        return sorted(str(path).removeprefix(base).lstrip("/") for path in found)

    def remove(self, name: str) -> None:
        """Remove a file or a folder with all below it, if it is there."""
        with storage_errors(f"remove {self.uri(name)}"):
            if self.exists(name):
                self._fs.rm(self._path(name), recursive=True)

    def put_folder(self, source: Path, name: str) -> None:
        """Copy a local folder's files to a folder below the root."""
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self.write_bytes(f"{name}/{path.relative_to(source)}", path.read_bytes())

    def stage(self, name: str) -> Stage:
        """Return the stage kept in a folder below the root."""
        return Stage(self, name)


class Stage:
    """One stage's folder: either finished, with a manifest, or as good as absent."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self.name = storage, name

    @property
    def uri(self) -> str:
        """Where the stage's files are."""
        return self._storage.uri(self.name)

    def manifest(self, *, is_checked: bool = False) -> Manifest | None:
        """Return the manifest of a finished stage, else None.

        A manifest that is damaged, of another format, or names a missing file counts as absent;
        with `is_checked` also one of whose files, on local storage, is not what was written.
        """
        try:
            raw = json.loads(self._storage.read_bytes(f"{self.name}/{MANIFEST}"))
            found = Manifest(**raw)
        except (StorageError, ValueError, TypeError):
            return None
        if found.format_version != FORMAT_VERSION:
            return None
        present = all(self._storage.exists(f"{self.name}/{file}") for file in found.files)
        is_whole = present and not (is_checked and self._is_damaged(found))
        return found if is_whole else None

    def _is_damaged(self, manifest: Manifest) -> bool:
        # An object store hands out whole objects; a local file may have been cut off by anything.
        if not self._storage.is_local:
            return False
        folder = self._storage.local_path(self.name)
        with storage_errors(f"read {self.uri}"):
            return any(file_digest(folder / name) != sha for name, sha in manifest.files.items())

    @contextmanager
    def writing(self, inputs: Mapping[str, Any]) -> Iterator[StageWriter]:
        """Give a private local folder to fill; commit it when the block ends without an error."""
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
        say: Callable[[str], None] = lambda text: None,
    ) -> Manifest:
        """Return the manifest of a stage that several sweeps share; make it where it is absent.

        On local storage only one process makes it, and the others wait for that one.
        """
        manifest = self.manifest()
        if manifest is not None:
            return manifest
        with self._alone(say):
            manifest = self.manifest()
            if manifest is None:
                with storage_errors(f"write {self.uri}"), self.writing(inputs) as writer:
                    make(writer)
                manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} was written, but cannot be read back")
        return manifest

    @contextmanager
    def _alone(self, say: Callable[[str], None]) -> Iterator[None]:
        if not self._storage.is_local:
            # What two processes write there is the same, and the manifest comes last.
            yield
            return
        target = self._storage.local_path(self.name)
        with storage_errors(f"write to {self.uri}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            stream = target.with_name(f".{target.name}.lock").open("a")
        with stream:
            started = time.monotonic()
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    waited = time.monotonic() - started
                    if waited > LOCK_SECONDS:
                        raise StorageError(
                            f"another process has been making {self.uri} for {waited:.0f} s: end "
                            "it, or wait and run this again"
                        ) from error
                    if waited < LOCK_POLL_SECONDS:
                        say(f"waiting for another process that is making {self.uri}")
                    time.sleep(LOCK_POLL_SECONDS)
            yield

    def _temporary_folder(self) -> Path:
        with storage_errors(f"write to {self.uri}"):
            if not self._storage.is_local:
                return Path(tempfile.mkdtemp(prefix="codem-ray-stage-"))
            target = self._storage.local_path(self.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            # One process at a time writes a stage, so what lies here is a killed one's.
            for left in target.parent.glob(f".{glob.escape(target.name)}.????????.tmp"):
                shutil.rmtree(left, ignore_errors=True)
            # Beside the target, so that the final rename stays on one file system.
            return Path(
                tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
            )

    def _commit(self, folder: Path, manifest: Manifest) -> None:
        text = json.dumps(asdict(manifest), indent=2, sort_keys=True, default=str) + "\n"
        self._storage.remove(self.name)
        with storage_errors(f"write {self.uri}"):
            if self._storage.is_local:
                (folder / MANIFEST).write_text(text, encoding="utf-8")
                folder.chmod(0o755)
                folder.replace(self._storage.local_path(self.name))
                return
        self._storage.put_folder(folder, self.name)
        # Last, because its presence says that all the other files are there.
        self._storage.write_bytes(f"{self.name}/{MANIFEST}", text.encode())

    def folder(self) -> Path:
        """Return a local folder with the finished stage's files; remote ones are downloaded."""
        manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} is not finished")
        if self._storage.is_local:
            return self._storage.local_path(self.name)
        cached = (
            user_cache_path("codem_ray") / "stages" / digest_of([self.uri, dict(manifest.files)])
        )
        with storage_errors(f"download {self.uri}"):
            for name, expected in manifest.files.items():
                path = cached / name
                if path.is_file() and file_digest(path) == expected:
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
                partial.write_bytes(self._storage.read_bytes(f"{self.name}/{name}"))
                partial.replace(path)
        return cached


class StageWriter:
    """What a running stage fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = {}
