"""Stages: folders that are finished, with a manifest, or treated as absent."""

from __future__ import annotations

import glob
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from codem_ray.errors import StorageError
from codem_ray.storage.files import file_digest, json_bytes, storage_errors
from codem_ray.storage.lease import Lease, LeaseTakenError
from codem_ray.storage.node_cache import cached_folder, forget, keep, work_folder
from codem_ray.storage.storage import Storage

MANIFEST = "manifest.json"
FORMAT_VERSION = 1
LOCK_SECONDS = 4 * 3600.0
"""Limit for the wait for another process that is writing the same stage."""
POLL_SECONDS = 5.0
"""Time between two looks at the lease of another process."""


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
    stamps: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Bytes and modification time in ns of files on a local disk: one that still has both is not
    read again to verify it."""
    format_version: int = FORMAT_VERSION


_MANIFEST = TypeAdapter(Manifest)


class Stage:
    """A stage's folder: finished, with a manifest, or treated as absent."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self.name = storage, name

    @property
    def uri(self) -> str:
        """URI of the stage's folder."""
        return self._storage.uri(self.name)

    def location(self) -> str:
        """Return the path of the finished stage, or its URI on remote storage.

        Raises:
            StorageError: the stage is not finished.
        """
        if self.manifest() is None:
            raise StorageError(f"{self.uri} is not finished")
        return str(self._storage.local_path(self.name)) if self._storage.is_local else self.uri

    def manifest(self, *, is_checked: bool = False) -> Manifest | None:
        """Return the manifest of a finished stage, or None.

        A stage counts as absent if its manifest is damaged, has another format version or lists a
        missing file. With `is_checked` the content of local files is verified, too.
        """
        content = self._storage.read_optional(f"{self.name}/{MANIFEST}")
        try:
            manifest = None if content is None else _MANIFEST.validate_python(json.loads(content))
        except ValueError:
            return None
        if manifest is None or manifest.format_version != FORMAT_VERSION:
            return None
        if not self._has(manifest.files):
            return None
        return None if is_checked and self._is_damaged(manifest) else manifest

    def _has(self, files: Iterable[str]) -> bool:
        names = [f"{self.name}/{file}" for file in files]
        if self._storage.is_local:
            return all(map(self._storage.exists, names))
        # One listing instead of a request for each file.
        return self._storage.files(self.name).keys() >= set(names)

    def _is_damaged(self, manifest: Manifest) -> bool:
        # An object store returns whole objects; a local file can be truncated.
        if not self._storage.is_local:
            return False
        folder = self._storage.local_path(self.name)
        with storage_errors(f"read {self.uri}"):
            return any(
                manifest.stamps.get(name) != _stamp(folder / name)
                and file_digest(folder / name) != sha
                for name, sha in manifest.files.items()
            )

    @contextmanager
    def writing(self, inputs: Mapping[str, Any]) -> Iterator[StageWriter]:
        """Provide a private local folder to fill; commit it if the block raises no error."""
        writer = StageWriter(self._temporary_folder())
        started = time.monotonic()
        try:
            with storage_errors(f"write {self.uri}", writer.folder):
                yield writer
            manifest = Manifest(
                stage=self.name,
                inputs=dict(inputs),
                files={},
                facts=dict(writer.facts),
                seconds=round(time.monotonic() - started, 3),
                finished_at=time.time(),
            )
            commit = self._commit_locally if self._storage.is_local else self._commit_remotely
            commit(writer, manifest)
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

        One process makes it while the others wait.
        """
        manifest = self.manifest()
        if manifest is not None:
            return manifest
        with self._exclusive(log):
            manifest = self.manifest()
            if manifest is None:
                with self.writing(inputs) as writer:
                    make(writer)
                manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} was written but cannot be read back")
        return manifest

    @contextmanager
    def _exclusive(self, log: Callable[[str], None]) -> Iterator[None]:
        if not self._storage.is_local:
            with self._leased(log):
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

    @contextmanager
    def _leased(self, log: Callable[[str], None]) -> Iterator[None]:
        """Hold a lease on the stage inside the block; wait while another process has it."""
        folder, _, name = self.name.rpartition("/")
        lease = Lease(self._storage, f"{folder}/.{name}.lease".lstrip("/"))
        give_up_at, is_first = time.monotonic() + LOCK_SECONDS, True
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(lease.held())
                    break
                except LeaseTakenError as error:
                    if time.monotonic() > give_up_at:
                        raise StorageError(
                            f"{error.holder} has been writing {self.uri} for "
                            f"{LOCK_SECONDS:.0f} s: end it, or wait and run this again"
                        ) from error
                    if is_first:
                        log(f"waiting for {error.holder}, which is writing {self.uri}")
                        is_first = False
                    time.sleep(POLL_SECONDS)
            yield

    def _temporary_folder(self) -> Path:
        if not self._storage.is_local:
            folder = work_folder()
            with storage_errors(f"write to {folder}", folder):
                return Path(tempfile.mkdtemp(dir=folder))
        with storage_errors(f"write to {self.uri}"):
            target = self._storage.local_path(self.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Only one process writes a stage at a time, so these belong to a killed one.
            for left in target.parent.glob(f".{glob.escape(target.name)}.????????.tmp"):
                shutil.rmtree(left, ignore_errors=True)
            # In the target's parent, so that the final rename stays on one file system.
            return Path(
                tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
            )

    def _commit_locally(self, writer: StageWriter, manifest: Manifest) -> None:
        paths = [path for path in sorted(writer.folder.rglob("*")) if path.is_file()]
        names = [str(path.relative_to(writer.folder)) for path in paths]
        manifest = replace(
            manifest,
            files=dict(zip(names, map(file_digest, paths), strict=True)),
            stamps=dict(zip(names, map(_stamp, paths), strict=True)),
        )
        self._storage.remove(self.name)
        with storage_errors(f"write {self.uri}"):
            (writer.folder / MANIFEST).write_bytes(json_bytes(asdict(manifest)))
            writer.folder.chmod(0o755)
            writer.folder.replace(self._storage.local_path(self.name))

    def _commit_remotely(self, writer: StageWriter, manifest: Manifest) -> None:
        files = {**writer.uploaded, **self.upload(writer.folder)}
        stale = self._storage.files(self.name).keys() - {f"{self.name}/{file}" for file in files}
        for name in stale:
            self._storage.remove(name)
        # Last, because its presence means that the stage is complete.
        self._storage.write_json(f"{self.name}/{MANIFEST}", asdict(replace(manifest, files=files)))

    def upload(self, folder: Path) -> dict[str, str]:
        """Copy files of a local folder to remote storage; return their SHA-256 by name.

        The stage stays unfinished: its writer gets the result as `uploaded`. The folder is moved to
        this node's cache if it is in the work folder.
        """
        self._storage.remove(f"{self.name}/{MANIFEST}")
        files = self._storage.put_folder(folder, self.name)
        if files and work_folder() in folder.parents:
            keep(self._storage.cache_key(self.name, files), folder)
        return files

    def folder(self) -> Path:
        """Return a local folder with the finished stage's files; remote ones are downloaded.

        The copy is in this node's cache, where other processes of the node find it.

        Raises:
            StorageError: the stage is not finished, or its files are not those of its manifest.
        """
        manifest = self.manifest()
        if manifest is None:
            raise StorageError(f"{self.uri} is not finished")
        if self._storage.is_local:
            return self._storage.local_path(self.name)
        key = self._storage.cache_key(self.name, manifest.files)

        def fill(target: Path) -> None:
            files = self._storage.get_files(self.name, list(manifest.files), target)
            if damaged := [name for name, sha in files.items() if sha != manifest.files[name]]:
                raise StorageError(
                    f"{self.uri}/{damaged[0]} is not what was written there: remove "
                    f"{self.uri}/{MANIFEST} and run again"
                )

        sizes = self._storage.files(self.name)
        folder = cached_folder(key, fill, num_bytes=sum(sizes.values()))
        if not all((folder / name).is_file() for name in manifest.files):
            # Somebody has deleted files of the cache.
            forget(key)
            folder = cached_folder(key, fill, num_bytes=sum(sizes.values()))
        return folder


class StageWriter:
    """The folder and the facts of a stage that is being written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = {}
        self.uploaded: dict[str, str] = {}
        """SHA-256 of files that another process has uploaded to the stage already."""

    def has(self, name: str) -> bool:
        """Whether the stage will have a file of this name."""
        return name in self.uploaded or (self.folder / name).is_file()


def local_folder(location: str) -> Path:
    """Return a path as it is, and for the URI of a finished stage, or of a folder in one, a copy.

    Raises:
        StorageError: the URI names no finished stage.
    """
    if "://" not in location:
        return Path(location)
    for uri, below in ((location, ""), location.rstrip("/").rpartition("/")[::2]):
        root, _, name = uri.rstrip("/").rpartition("/")
        stage = Stage(Storage(root), name)
        if stage.manifest() is not None:
            return stage.folder() / below
    raise StorageError(f"{location} is not a finished stage: it has no {MANIFEST}")


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
