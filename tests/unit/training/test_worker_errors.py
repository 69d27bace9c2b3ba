"""Errors of one rank become the package's own."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from codem_ray.errors import (
    CodemError,
    EnvironmentLackError,
    LostError,
    ModelLoadError,
    NodeDiskError,
    OutOfMemoryError,
    TrialError,
)
from codem_ray.training import worker_errors
from codem_ray.training.worker_errors import at_place, disk_errors, worker_error

PLACE = "worker 1 on b (10.0.0.2)"


class OutOfGPU(Exception):
    """Is named as torch's."""


OutOfGPU.__name__ = "OutOfMemoryError"


class DistBackendError(RuntimeError):
    """Is named as torch's."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelLoadError("no model"), ModelLoadError),
        (OutOfGPU("CUDA: tried to allocate 2 GiB"), OutOfMemoryError),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate"), OutOfMemoryError),
        (ModuleNotFoundError("No module named 'liger'"), EnvironmentLackError),
        (OSError(errno.ENOSPC, "No space left on device"), NodeDiskError),
        (DistBackendError("NCCL error"), LostError),
        (RuntimeError("[gloo/pair.cc] Connection closed by peer [10.0.0.1]"), LostError),
        (RuntimeError("Timed out waiting 900000ms for recv operation"), LostError),
        (KeyError("input_ids"), TrialError),
    ],
)
def test_an_error_of_a_rank_gets_its_kind_and_its_node(
    error: Exception, kind: type[CodemError]
) -> None:
    found = worker_error(error, "trial", PLACE)
    assert type(found) is kind
    assert PLACE in str(found) or found is error
    assert type(pickle.loads(pickle.dumps(found))) is kind


def test_the_place_of_an_error_is_named_once() -> None:
    error = at_place(ModelLoadError("no model"), PLACE)
    assert str(error) == f"{PLACE}: no model"
    assert at_place(error, PLACE) is error
    assert str(at_place(TrialError("t", "cause"), PLACE)) == f"t: {PLACE}: cause"


class Usage(NamedTuple):
    """Has the shape of `shutil.disk_usage`."""

    total: int
    used: int
    free: int


def test_a_write_that_fails_on_a_full_disk_names_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write() -> None:
        with disk_errors(tmp_path, PLACE):
            raise RuntimeError("PytorchStreamWriter failed writing file data/0")

    with pytest.raises(RuntimeError):
        write()
    full: Any = lambda folder: Usage(1, 1, 0)  # noqa: E731
    monkeypatch.setattr(worker_errors, "disk_usage", full)
    with pytest.raises(NodeDiskError, match=r"worker 1 on b \(10.0.0.2\) has no space left"):
        write()


def test_what_gloo_advises_is_left_out() -> None:
    error = RuntimeError(
        "[gloo/pair.cc:534] Connection closed by peer [10.0.0.1]:512. This means that a remote "
        "process has died or left. GLHF! (beach)"
    )
    assert str(worker_error(error, "t", PLACE)).endswith(
        "Connection closed by peer [10.0.0.1]:512)"
    )
