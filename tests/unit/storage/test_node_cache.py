"""The node's cache of remote files: filled once, of limited size, oldest out."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codem_ray.errors import StorageError
from codem_ray.storage.node_cache import KEEP_SECONDS, cached_folder, work_folder


def fill(target: Path) -> None:
    (target / "file").write_bytes(b"x" * 40_000)


def age(folder: Path, seconds: float) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_a_folder_that_many_processes_need_is_filled_once(node_cache: Path) -> None:
    calls: list[Path] = []

    def slow(target: Path) -> None:
        calls.append(target)
        time.sleep(0.2)
        fill(target)

    with ThreadPoolExecutor(4) as threads:
        folders = set(threads.map(lambda _: cached_folder("a", slow), range(4)))
    assert folders == {node_cache / "a"}
    assert len(calls) == 1


def test_a_failed_fill_leaves_nothing_and_the_next_one_fills(node_cache: Path) -> None:
    def fail(target: Path) -> None:
        fill(target)
        raise StorageError("unavailable")

    with pytest.raises(StorageError, match="unavailable"):
        cached_folder("a", fail)
    assert not (node_cache / "a").exists()
    assert list(work_folder().iterdir()) == []
    assert (cached_folder("a", fill) / "file").is_file()


def test_the_folder_not_used_for_longest_goes_first_and_recent_ones_stay(
    node_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEM_RAY_CACHE_BYTES", "130000")
    for key in ("a", "b", "c"):
        cached_folder(key, fill)
    left_by_a_killed_process = work_folder() / "left"
    left_by_a_killed_process.mkdir()
    age(left_by_a_killed_process, 4 * KEEP_SECONDS)
    age(node_cache / "a", 3 * KEEP_SECONDS)
    age(node_cache / "b", 2 * KEEP_SECONDS)
    cached_folder("a", fill)
    cached_folder("d", fill, num_bytes=40_000)
    assert not left_by_a_killed_process.exists()
    assert [name for name in "abcd" if (node_cache / name).is_dir()] == ["a", "c", "d"]
    # All that is left was used a moment ago: the limit gives way.
    cached_folder("e", fill, num_bytes=40_000)
    assert all((node_cache / name).is_dir() for name in "acde")


def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEM_RAY_CACHE_BYTES", "50G")
    with pytest.raises(StorageError, match="CODEM_RAY_CACHE_BYTES is '50G': write a number"):
        cached_folder("a", fill)
