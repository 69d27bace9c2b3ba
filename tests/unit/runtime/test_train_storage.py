"""Ray Train's files on an object store that is unavailable at times."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow.fs import FileSelector, FileType
from unreliable_store import UnreliableFileSystem

from codem_ray.runtime.train_storage import storage_options
from codem_ray.storage import store_errors


@pytest.fixture
def unreliable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[type[UnreliableFileSystem]]:
    monkeypatch.setattr(store_errors, "_FIRST_DELAY", 0.01)
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    yield UnreliableFileSystem
    UnreliableFileSystem.failures = 0


def test_a_path_is_left_to_ray_train() -> None:
    assert storage_options("/runs/x") == {"storage_path": "/runs/x"}


def test_small_files_are_written_and_read_while_the_store_is_unavailable(
    unreliable: type[UnreliableFileSystem],
) -> None:
    options = storage_options(f"unreliable://{uuid.uuid4().hex}/runs/train")
    files, path = pickle.loads(pickle.dumps(options["storage_filesystem"])), options["storage_path"]
    files.create_dir(path)
    unreliable.failures = 3
    with files.open_output_stream(f"{path}/snapshot.json") as stream:
        stream.write(b"{}")
    unreliable.failures = 3
    assert files.get_file_info(f"{path}/snapshot.json").type is FileType.File
    assert files.get_file_info(f"{path}/none").type is FileType.NotFound
    unreliable.failures = 3
    with files.open_input_stream(f"{path}/snapshot.json") as stream:
        assert stream.read() == b"{}"
    unreliable.failures = 3
    assert len(files.get_file_info(FileSelector(path, recursive=True))) == 1
    files.delete_dir(path)
    assert files.get_file_info(f"{path}/snapshot.json").type is FileType.NotFound
