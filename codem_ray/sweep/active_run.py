"""One active `run` in a sweep's folder: a file lock on a local disk, a lease on remote storage."""

from __future__ import annotations

import _thread
import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from codem_ray.errors import ConfigError
from codem_ray.storage import Storage, storage_errors
from codem_ray.storage.lease import Holder, Lease, LeaseTakenError

LOCK = ".lock"
"""File that the active run locks in a local folder."""
LEASE = ".lease.json"


@contextmanager
def exclusive_run(storage: Storage) -> Iterator[None]:
    """Refuse a second `run` on the same storage with a ConfigError.

    The lock of a local folder ends with its process. The lease of remote storage is renewed; that
    of a dead process expires.
    """
    lock = _locked if storage.is_local else _leased
    with lock(storage):
        yield


@contextmanager
def _locked(storage: Storage) -> Iterator[None]:
    with storage_errors(f"write to {storage.root}"):
        storage.local_path().mkdir(parents=True, exist_ok=True)
        stream = storage.local_path(LOCK).open("a+")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(_describe_local(storage)) from error
        with storage_errors(f"write to {storage.root}"):
            stream.truncate(0)
            stream.write(f"process {os.getpid()} on {socket.gethostname()}, since {_time()}")
            stream.flush()
        yield


@contextmanager
def _leased(storage: Storage) -> Iterator[None]:
    is_lost = threading.Event()

    def stop() -> None:
        is_lost.set()
        _thread.interrupt_main()

    try:
        with Lease(storage, LEASE).held(on_loss=stop):
            yield
    except LeaseTakenError as error:
        raise ConfigError(_describe(error.holder, storage)) from error
    except KeyboardInterrupt as error:
        if not is_lost.is_set():
            raise
        raise ConfigError(
            f"another `codem-ray run` has taken over {storage.root}, because this one did not "
            "reach the store for minutes: follow it with `codem-ray status`"
        ) from error


def refuse_second_run(storage: Storage) -> None:
    """Raise ConfigError if a run is active in a local folder, before anything takes time."""
    if storage.is_local and is_run_active(storage):
        raise ConfigError(_describe_local(storage))


def _describe_local(storage: Storage) -> str:
    holder = storage.local_path(LOCK).read_text(errors="replace") or "on this file system"
    return (
        f"another `codem-ray run` is active in {storage.root} ({holder}): wait for it, or follow "
        f"it with `codem-ray status {storage.root}`"
    )


def _time() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _describe(holder: Holder, storage: Storage) -> str:
    until = time.strftime("%H:%M:%S", time.localtime(holder.expires_at))
    return (
        f"another `codem-ray run` is active in {storage.root} ({holder}): wait for it, or follow "
        f"it with `codem-ray status {storage.root}`; if it was killed, its lease ends at {until}"
    )


def is_run_active(storage: Storage) -> bool:
    """Return whether a run holds the lock or the lease of a sweep's folder."""
    if not storage.is_local:
        return Lease(storage, LEASE).holder() is not None
    try:
        stream = storage.local_path(LOCK).open("rb")
    except OSError:
        # Without the file, or the right to read it, nothing is known of another run.
        return False
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
