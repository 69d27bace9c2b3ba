"""A sweep's folder on a local path or any fsspec URI."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import fsspec

from codem_ray.errors import StorageError
from codem_ray.storage.files import digest_of, file_digest, json_bytes, replacing, storage_errors
from codem_ray.storage.node_cache import cached_folder, work_folder
from codem_ray.storage.store_errors import (
    CHECK_SECONDS,
    RETRY_SECONDS,
    explain_unopened,
    is_bucket_missing,
    retrying,
)

if TYPE_CHECKING:
    from codem_ray.storage.stage_folders import Stage

S = TypeVar("S")
T = TypeVar("T")
_CONCURRENT_FILES = 4
_CONCURRENT_LOOKUPS = 16


class Storage:
    """A sweep's folder on a local path or any fsspec URI.

    Every request to remote storage is repeated for `RETRY_SECONDS` while the store does not
    answer, then raises a StorageError with the next step.
    """

    def __init__(self, root: str) -> None:
        options: dict[str, Any] = {}
        root = root.removeprefix("file://")
        if "://" in root:
            # A cached listing would hide what another process has written since.
            options["use_listings_cache"] = False
        else:
            # Ray workers change their directory, so paths are made absolute in the driver.
            try:
                root = str(Path(root).expanduser().resolve())
            except RuntimeError as error:
                raise StorageError(f"{root}: {error}: there is no such user; write ./~") from error
        self.root = root.rstrip("/")
        with storage_errors(f"open {root}"):
            try:
                self._fs, self._base = fsspec.core.url_to_fs(self.root, **options)
            except (ImportError, ValueError) as error:
                raise StorageError(
                    f"cannot open {root!r}: {explain_unopened(error, root)}"
                ) from error

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

    def fsspec_location(self, name: str = "") -> tuple[Any, str]:
        """Return the fsspec file system and a file's path in it, for libraries that take them."""
        return self._fs, self._path(name)

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}".rstrip("/")

    def _request(
        self, action: str, name: str, call: Callable[[], T], retry_seconds: float = RETRY_SECONDS
    ) -> T:
        if self.is_local:
            return call()
        uri = self.uri(name)
        return retrying(call, action=f"{action} {uri}", uri=uri, retry_seconds=retry_seconds)

    def check_writable(self) -> None:
        """Write and remove a small file; StorageError if that fails."""
        name = f".write-check-{uuid.uuid4().hex}"
        self.write_bytes(name, b"codem_ray", retry_seconds=CHECK_SECONDS)
        with storage_errors(f"write to {self.root}"):
            self._request("write to", name, lambda: self._fs.rm_file(self._path(name)))

    def check_readable(self) -> None:
        """Ask remote storage for a file; StorageError unless it answers."""
        if not self.is_local:
            # The name stands in messages, and this one is understood there.
            self.read_optional("plan.json", retry_seconds=CHECK_SECONDS)

    def exists(self, name: str) -> bool:
        """Whether a file or folder exists."""
        if self.is_local:
            return bool(self._fs.exists(self._path(name)))
        try:
            # fsspec's `exists` takes any error for absence.
            self._request("read", name, lambda: self._fs.info(self._path(name)))
        except FileNotFoundError:
            return False
        return True

    def read_bytes(self, name: str, *, retry_seconds: float = RETRY_SECONDS) -> bytes:
        """Return a file's content."""
        with storage_errors(f"read {self.uri(name)}"):
            return bytes(
                self._request(
                    "read", name, lambda: self._fs.cat_file(self._path(name)), retry_seconds
                )
            )

    def read_optional(self, name: str, *, retry_seconds: float = RETRY_SECONDS) -> bytes | None:
        """Return a file's content; None if it is absent, or, on a local disk, unreadable."""
        try:
            return self.read_bytes(name, retry_seconds=retry_seconds)
        except StorageError as error:
            cause = error.__cause__
            is_absent = isinstance(cause, FileNotFoundError) and not is_bucket_missing(cause)
            if self.is_local or is_absent:
                return None
            raise

    def write_bytes(
        self, name: str, content: bytes, *, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        """Write a file atomically: readers see the old content or the new one."""
        if self.is_local:
            with replacing(self.local_path(name)) as temporary:
                temporary.write_bytes(content)
            return
        with storage_errors(f"write {self.uri(name)}"):
            # An object store shows an object only once its upload is complete.
            self._request(
                "write", name, lambda: self._fs.pipe_file(self._path(name), content), retry_seconds
            )

    def create(self, name: str, content: bytes) -> bool:
        """Write a file of remote storage unless it exists; return whether it was written.

        Of two processes one writes, if the store supports conditional writes.
        """
        try:
            self._request(
                "write",
                name,
                lambda: self._fs.pipe_file(self._path(name), content, mode="create"),
            )
        except FileExistsError:
            return False
        return True

    def read_json(self, name: str) -> Any:
        """Return the value of a JSON file; StorageError if it is damaged."""
        try:
            return json.loads(self.read_bytes(name))
        except ValueError as error:
            raise StorageError(
                f"{self.uri(name)} is damaged ({error}); delete it and run again"
            ) from error

    def write_json(self, name: str, value: object, *, retry_seconds: float = RETRY_SECONDS) -> None:
        """Write JSON-like data atomically."""
        self.write_bytes(name, json_bytes(value), retry_seconds=retry_seconds)

    def names(self, folder: str, pattern: str = "*") -> list[str]:
        """Return the sorted names, relative to the root, that match a glob pattern in a folder."""
        if self.is_local:
            # fsspec would take "?" and "[" in the root for wildcards, too.
            root = self.local_path()
            found = (path.relative_to(root) for path in (root / folder).glob(pattern))
            return sorted(map(str, found))
        where = f"{self._path(folder)}/{pattern}"
        paths = self._request("list", folder, lambda: self._fs.glob(where))
        return sorted(map(self._relative_name, paths))

    def files(self, folder: str) -> dict[str, int]:
        """Return the sizes of all files in a folder and below, by name relative to the root."""
        try:
            found = self._request(
                "list", folder, lambda: self._fs.find(self._path(folder), detail=True)
            )
        except FileNotFoundError:
            return {}
        return {
            name: int(found[path]["size"])
            for path, name in zip(found, map(self._relative_name, found), strict=True)
        }

    def _relative_name(self, path: str) -> str:
        return str(path).removeprefix(self._path("")).lstrip("/")

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it exists."""
        with storage_errors(f"remove {self.uri(name)}"):
            if self.exists(name):
                # Between two attempts the first may have succeeded.
                with suppress(FileNotFoundError):
                    self._request(
                        "remove", name, lambda: self._fs.rm(self._path(name), recursive=True)
                    )

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a local path, which becomes the file if the block ends without an error."""
        if self.is_local:
            with replacing(self.local_path(name)) as temporary:
                yield temporary
            return
        work = work_folder()
        with (
            storage_errors(f"write {self.uri(name)}", work),
            tempfile.TemporaryDirectory(dir=work) as folder,
        ):
            path = Path(folder) / "file"
            yield path
            self.upload(path, name)

    def upload(self, path: Path, name: str) -> str:
        """Copy a local file here and return its SHA-256, computed during the copy."""
        target = self._path(name)
        with ThreadPoolExecutor(1) as hashing:
            digest = hashing.submit(file_digest, path)
            with storage_errors(f"write {self.uri(name)}"):
                self._request("write", name, lambda: self._fs.put_file(str(path), target))
            return digest.result()

    def download(self, name: str, path: Path) -> str:
        """Copy a file to a local path and return its SHA-256."""
        with replacing(path) as temporary:
            self._request("read", name, lambda: self._fs.get_file(self._path(name), str(temporary)))
            return file_digest(temporary)

    def put_folder(self, source: Path, name: str) -> dict[str, str]:
        """Copy a local folder to a folder of this storage; return the SHA-256 of each file."""
        files = [str(p.relative_to(source)) for p in sorted(source.rglob("*")) if p.is_file()]
        with ThreadPoolExecutor(_CONCURRENT_FILES) as threads:
            digests = threads.map(lambda file: self._put(source / file, f"{name}/{file}"), files)
            return dict(zip(files, digests, strict=True))

    def _put(self, path: Path, name: str) -> str:
        if not self.is_local:
            return self.upload(path, name.lstrip("/"))
        with self.writing(name) as target:
            shutil.copyfile(path, target)
        return file_digest(path)

    def get_files(self, folder: str, files: Sequence[str], target: Path) -> dict[str, str]:
        """Copy files of a folder to a local one; return the SHA-256 of each."""
        with ThreadPoolExecutor(_CONCURRENT_FILES) as threads:
            digests = threads.map(
                lambda file: self.download(f"{folder}/{file}", target / file), files
            )
            return dict(zip(files, digests, strict=True))

    def folder_copy(self, folder: str) -> Path:
        """Return a local copy of a remote folder without a manifest, shared on this node."""
        found = self.files(folder)
        files = [name.removeprefix(f"{folder}/") for name in found]
        # Files of such a folder are written once, so names and sizes identify a version.
        key = self.cache_key(folder, {file: str(found[f"{folder}/{file}"]) for file in files})
        return cached_folder(
            key,
            lambda target: self.get_files(folder, files, target),
            num_bytes=sum(found.values()),
        )

    def cache_key(self, folder: str, versions: Mapping[str, str]) -> str:
        """Return the name of a folder in the node's cache, by the versions of its files."""
        return digest_of([self.uri(folder), dict(versions)])

    def for_each(self, call: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """Return the results of a call for each item; on remote storage several run at a time."""
        if self.is_local:
            return list(map(call, items))
        with ThreadPoolExecutor(_CONCURRENT_LOOKUPS) as threads:
            return list(threads.map(call, items))

    def stage(self, name: str) -> Stage:
        """Return the stage that is stored in a folder of this storage."""
        from codem_ray.storage.stage_folders import Stage

        return Stage(self, name)
