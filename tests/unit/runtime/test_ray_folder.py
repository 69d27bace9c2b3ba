"""The folder for Ray's temporary files, whose unix sockets limit its length."""

from pathlib import Path

import pytest

from codem_ray.errors import ResourceError
from codem_ray.runtime.ray_connection import ray_folder

LONG = f"/var/{'long' * 20}"


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({}, "/tmp/ray"),
        ({"TMPDIR": "/var/tmp"}, "/var/tmp/ray"),
        ({"TMPDIR": LONG}, "/tmp/ray"),
        ({"TMPDIR": LONG, "RAY_TMPDIR": "/var/tmp"}, "/var/tmp/ray"),
    ],
)
def test_a_long_tmpdir_is_not_used_for_ray(
    environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "RAY_TMPDIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ray_folder() == Path(folder)


def test_a_long_folder_chosen_for_ray_alone_is_refused_with_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", LONG)
    with pytest.raises(ResourceError, match=r"107 bytes at most; set RAY_TMPDIR to a folder with"):
        ray_folder()
