"""The staged harness."""

from __future__ import annotations

import re
import resource
from pathlib import Path

import pytest

from codem_ray.errors import StorageError
from codem_ray.execution.staging import stage_harness


def test_harness_is_copied_once_and_without_caches(tmp_path: Path) -> None:
    folder = stage_harness(tmp_path)
    source = Path(stage_harness.__code__.co_filename).parent / "harness"
    names = {
        str(path.relative_to(source))
        for path in source.rglob("*")
        if "__pycache__" not in str(path) and path.is_file()
    }
    copies = [path for path in folder.rglob("*") if path.is_file()]
    assert {str(path.relative_to(folder)) for path in copies} == names
    assert {path.stat().st_mode & 0o777 for path in copies} == {0o644}
    assert stage_harness(tmp_path) == folder
    assert list(tmp_path.iterdir()) == [folder]


def test_cache_that_cannot_be_written_is_named_and_left_clean(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As on a full disk, folders and short files can be made, and a longer write fails.
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(StorageError) as caught:
            stage_harness(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert re.fullmatch(
        f"cannot write to the cache folder {re.escape(str(tmp_path))} on node .*: .*; free some "
        "space there, or set XDG_CACHE_HOME to another folder",
        str(caught.value),
    )
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StorageError, match="No such file or directory"):
        stage_harness(tmp_path / "gone")
