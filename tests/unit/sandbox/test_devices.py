"""The folder of devices is made once, by root only, and not trusted when another made it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codem_ray.sandbox import devices

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(devices, "_PLACE", tmp_path)
    probe = tmp_path / "probe"
    try:
        os.mknod(probe, 0o20666, os.makedev(1, 3))
        os.close(os.open(probe, os.O_RDWR))
    except OSError as error:
        pytest.skip(f"no devices can be made here: {error}")
    return tmp_path


def found() -> Path | None:
    devices.device_folder.cache_clear()
    return devices.device_folder()


def test_devices_work_and_are_made_once(place: Path) -> None:
    folder = found()
    assert folder is not None
    with (folder / "zero").open("rb") as zeros:
        assert zeros.read(3) == b"\0\0\0"
    made = folder.stat().st_ino
    again = found()
    assert again is not None
    assert again.stat().st_ino == made


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: folder.chmod(0o777),
        lambda folder: os.chown(folder, 0, 0),
        lambda folder: os.chown(folder.parent, 1, 1),
        lambda folder: (folder / "null").unlink(),
        lambda folder: ((folder / "null").unlink(), (folder / "null").touch()),
        lambda folder: ((folder / "shm").rmdir(), (folder / "shm").symlink_to("/")),
    ],
)
def test_a_folder_that_is_not_as_it_was_made_is_not_used(place: Path, spoil) -> None:
    folder = found()
    assert folder is not None
    spoil(folder)
    assert found() is None


def test_who_is_not_root_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert found() is None


@pytest.fixture(autouse=True)
def forget():
    yield
    devices.device_folder.cache_clear()
