"""Compilers' caches."""

import threading
import time
from pathlib import Path

import pytest

from codem_ray.languages import caches
from codem_ray.languages.caches import filled


def test_folder_is_filled_once_by_several_at_a_time(tmp_path: Path) -> None:
    calls = []

    def fill(folder: Path) -> None:
        calls.append(folder)
        time.sleep(0.2)
        (folder / "made").touch()

    seen = []

    def work() -> None:
        seen.append((filled(tmp_path, "cache", fill) / "made").exists())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True, True, True]
    assert len(calls) == 1


def test_what_was_interrupted_is_filled_anew(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        filled(tmp_path, "cache", fail)
    assert list(filled(tmp_path, "cache", lambda folder: None).iterdir()) == []


def test_waiting_for_another_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "WAIT_SECONDS", 0.2)

    def fill(folder: Path) -> None:
        with pytest.raises(caches.ToolchainError, match="has held"):
            filled(tmp_path, "cache", lambda folder: None)

    filled(tmp_path, "cache", fill)
