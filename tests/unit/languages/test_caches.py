"""Compilers' caches."""

import threading
import time
from pathlib import Path

import pytest

from codem_ray.languages import caches
from codem_ray.languages.caches import filled_cache


def test_several_threads_fill_a_folder_once(tmp_path: Path) -> None:
    calls = []

    def fill(folder: Path) -> None:
        calls.append(folder)
        time.sleep(0.2)
        (folder / "made").touch()

    seen = []

    def work() -> None:
        seen.append((filled_cache(tmp_path, "cache", fill) / "made").exists())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True, True, True]
    assert len(calls) == 1


def test_interrupted_fill_is_repeated(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        filled_cache(tmp_path, "cache", fail)
    assert list(filled_cache(tmp_path, "cache", lambda folder: None).iterdir()) == []


def test_wait_for_another_process_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "TIMEOUT_SECONDS", 0.2)

    def fill(folder: Path) -> None:
        with pytest.raises(caches.ToolchainError, match="has held"):
            filled_cache(tmp_path, "cache", lambda folder: None)

    filled_cache(tmp_path, "cache", fill)
