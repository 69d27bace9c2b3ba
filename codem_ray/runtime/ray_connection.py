"""Start Ray on this machine or connect to a cluster."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import AuthenticationError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from codem_ray.errors import ResourceError
from codem_ray.runtime.cluster_address import (
    check_address,
    missing_token_message,
    refusal_message,
)
from codem_ray.runtime.plain_output import plain_output
from codem_ray.sweep.preflight import is_on_cluster, local_nodes

_DRIVER_RESOURCE = "tune_driver"
HEAD_RESOURCE = "node:__internal_head__"
_OBJECT_STORE_BYTES = 256 << 20
"""Only small messages are stored; Ray's default is a third of the memory."""
_START_WAIT_SECONDS = 180
"""Ray's own limit of 30 s is too short on a busy machine."""


_SOCKET_BYTES = 107
"""Longest path of a unix socket."""
_SOCKET = "/ray/session_2026-01-01_00-00-00_000000_0000000/sockets/plasma_store.1"
"""A socket of Ray, below its folder for temporary files."""
SHORT_FOLDER = Path("/tmp")


@contextmanager
def ray_session() -> Iterator[None]:
    """Connect to the cluster of RAY_ADDRESS, or start Ray here; disconnect or stop it at the end.

    Inside another session nothing is done.
    """
    if ray.is_initialized():
        yield
        return
    with plain_output():
        _open()
        try:
            yield
        finally:
            ray.shutdown()


def _open() -> None:
    if is_on_cluster():
        _connect(os.environ["RAY_ADDRESS"])
    else:
        (node,) = local_nodes()
        os.environ.setdefault("RAY_raylet_start_wait_time_s", str(_START_WAIT_SECONDS))
        _start(
            num_cpus=int(node.total["CPU"]),
            num_gpus=int(node.total["GPU"]),
            resources={_DRIVER_RESOURCE: 1000.0},
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            _temp_dir=str(ray_folder()),
        )


def ray_folder() -> Path:
    """Return the folder for Ray's temporary files: Ray's own choice, or `/tmp` if it is too long.

    Raises ResourceError if the user's choice for Ray alone is too long, or `/tmp` is not writable.
    """
    chosen = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or str(SHORT_FOLDER)
    if len(os.fsencode(chosen + _SOCKET)) <= _SOCKET_BYTES:
        return Path(chosen).absolute() / "ray"
    if os.environ.get("RAY_TMPDIR") or not os.access(SHORT_FOLDER, os.W_OK):
        raise ResourceError(
            f"the folder for Ray's temporary files, {chosen}, is too long: the path of a unix "
            f"socket has {_SOCKET_BYTES} bytes at most; set RAY_TMPDIR to a folder with at most "
            f"{_SOCKET_BYTES - len(_SOCKET)} bytes"
        )
    return SHORT_FOLDER / "ray"


def is_ray_ours() -> bool:
    """Return whether `ray_session` started the connected Ray; also right in Ray's own processes."""
    return _DRIVER_RESOURCE in ray.cluster_resources()


def driver_node_id() -> str:
    """Return the id of the node of this process."""
    return str(ray.get_runtime_context().get_node_id())


def on_driver_node() -> NodeAffinitySchedulingStrategy:
    """Return the strategy of actors that all trials of a sweep share.

    They reserve no CPU, so Ray would place them anywhere, also on nodes that vanish. The driver's
    node is the one without which the sweep ends anyway, and it has the file of a sqlite database.
    """
    return NodeAffinitySchedulingStrategy(driver_node_id(), soft=False)


def trial_resources() -> dict[str, float]:
    """Return the resources of a trial's own process: no CPU, which its workers need."""
    return {HEAD_RESOURCE if is_on_cluster() else _DRIVER_RESOURCE: 0.001}


def _connect(address: str) -> None:
    """Connect to an existing cluster. Raises ConfigError and ResourceError."""
    check_address(address)
    try:
        _init(ignore_reinit_error=True)
    except AuthenticationError as error:
        raise ResourceError(missing_token_message()) from error
    except ConnectionError as error:
        raise ResourceError(refusal_message(address, str(error))) from error
    except Exception as error:
        raise ResourceError(f"the Ray cluster at {address} cannot be used: {error}") from error


def _start(**options: Any) -> None:
    """Start Ray on this machine."""
    try:
        # "local" never connects to another user's Ray on this machine.
        _init(address="local", **options)
    # Ray raises a bare Exception if its own processes do not start.
    except Exception as error:
        raise ResourceError(
            f"Ray could not be started on this machine: {error} If it is very busy, run the same "
            f"command again later; Ray's own logs are in {ray_folder()}/session_latest/logs"
        ) from error


def _init(**options: Any) -> None:
    with keep_sigterm_handler():
        # Ray's processes log to Ray's own folder: there, without a dashboard, Ray Train's
        # cleaner of placement groups writes a warning every second.
        ray.init(log_to_driver=False, logging_level="ERROR", **options)


@contextmanager
def keep_sigterm_handler() -> Iterator[None]:
    """Restore the handler of SIGTERM: Ray installs one that ends the process with a stack dump."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    except SystemExit as end:
        # SIGTERM arrived during Ray's start and was handled by Ray's handler.
        if end.code == signal.SIGTERM and callable(before):
            before(signal.SIGTERM, None)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
