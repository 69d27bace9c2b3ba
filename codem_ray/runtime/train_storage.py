"""Ray Train's own state on remote storage, by the same client as all other files."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow
from pyarrow.fs import FileInfo, FileType, FSSpecHandler, PyFileSystem

from codem_ray.storage import Storage
from codem_ray.storage.store_errors import retrying

T = TypeVar("T")


def storage_options(uri: str) -> dict[str, Any]:
    """Return the arguments of `ray.train.RunConfig` that store a run at a path or URI."""
    if "://" not in uri:
        return {"storage_path": uri}
    files, path = Storage(uri).fsspec_location()
    return {"storage_path": path, "storage_filesystem": PyFileSystem(RetryingHandler(files, uri))}


class RetryingHandler(FSSpecHandler):  # type: ignore[misc]
    """pyarrow's view of a store whose requests are repeated while the store does not answer.

    Files are held in memory: Ray Train keeps small ones only.
    """

    def __init__(self, files: Any, uri: str) -> None:
        super().__init__(files)
        self._uri = uri

    def _request(self, action: str, path: str, call: Callable[[], T]) -> T:
        return retrying(call, action=f"{action} {path}", uri=self._uri)

    def get_file_info(self, paths: list[str]) -> list[Any]:
        """Describe files."""
        return self._request(
            "read", ", ".join(paths), lambda: FSSpecHandler.get_file_info(self, paths)
        )

    def get_file_info_selector(self, selector: Any) -> list[Any]:
        """Describe the files of a folder; an absent one has none."""
        # pyarrow's own way takes any error for absence.
        depth = None if selector.recursive else 1
        found = self._request(
            "list",
            selector.base_dir,
            lambda: self.fs.find(selector.base_dir, maxdepth=depth, detail=True),
        )
        return [FileInfo(path, FileType.File, size=info["size"]) for path, info in found.items()]

    def create_dir(self, path: str, recursive: bool) -> None:
        """Do nothing: an object store has no folders."""

    def delete_dir(self, path: str) -> None:
        """Delete a folder."""
        self._request("remove", path, lambda: FSSpecHandler.delete_dir(self, path))

    def open_input_stream(self, path: str) -> Any:
        """Return a file's content as a stream."""
        content = self._request("read", path, lambda: self.fs.cat_file(path))
        return pyarrow.PythonFile(io.BytesIO(content), mode="r")

    open_input_file = open_input_stream

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        """Return a stream that becomes a file when it is closed."""

        def upload(content: bytes) -> None:
            self._request("write", path, lambda: self.fs.pipe_file(path, content))

        return pyarrow.PythonFile(_Upload(upload), mode="w")


class _Upload(io.BytesIO):
    def __init__(self, upload: Callable[[bytes], None]) -> None:
        super().__init__()
        self._upload = upload

    def close(self) -> None:
        if not self.closed:
            self._upload(self.getvalue())
        super().close()
