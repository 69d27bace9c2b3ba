"""A lease on remote storage: one process at a time, until it ends it or stops renewing it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from codem_ray.errors import StorageError
from codem_ray.storage.files import json_bytes
from codem_ray.storage.storage import Storage
from codem_ray.storage.store_errors import CHECK_SECONDS

LEASE_SECONDS = 180.0
"""A lease that was not renewed for so long has ended. Clocks may differ by less than this."""
RENEW_SECONDS = 20.0
_CONFIRM_SECONDS = 2.0
"""A taken lease is read again after this time: another process may have taken it as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The process that holds a lease."""

    token: str
    host: str
    pid: int
    pid_space: str
    """Boot and namespace that the process id belongs to."""
    started_at: float
    """Seconds since the epoch."""
    expires_at: float

    def __str__(self) -> str:
        started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.started_at))
        return f"process {self.pid} on {self.host}, since {started}"

    @property
    def is_over(self) -> bool:
        """Whether the lease has expired, or its process has died on this machine."""
        if time.time() > self.expires_at:
            return True
        return self.pid_space == _pid_space() and not Path(f"/proc/{self.pid}").exists()


_HOLDER = TypeAdapter(Holder)


class LeaseTakenError(Exception):
    """Another process holds the lease."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(holder)
        self.holder = holder


class Lease:
    """A file of remote storage that names its holder, who renews it."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self._name = storage, name

    def holder(self) -> Holder | None:
        """Return the present holder, or None."""
        content = self._storage.read_optional(self._name)
        try:
            found = None if content is None else _HOLDER.validate_python(json.loads(content))
        except (ValueError, ValidationError):
            # A damaged lease names nobody who could be waited for.
            found = None
        return None if found is None or found.is_over else found

    @contextmanager
    def held(self, on_loss: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the lease inside the block and renew it; LeaseTakenError if another process has it.

        `on_loss` is called from another thread if a process takes the lease over, which happens
        only after it was not renewed for LEASE_SECONDS.
        """
        mine = self._take()
        ended = threading.Event()
        renewer = threading.Thread(target=self._renew, args=(mine, ended, on_loss), daemon=True)
        renewer.start()
        try:
            yield
        finally:
            ended.set()
            renewer.join(timeout=2 * CHECK_SECONDS)
            # What cannot be deleted expires.
            with suppress(StorageError):
                if self._token() == mine.token:
                    self._storage.remove(self._name)

    def _take(self) -> Holder:
        # Some stores have no conditional writes, and would replace the lease.
        if (holder := self.holder()) is not None:
            raise LeaseTakenError(holder)
        now = time.time()
        mine = Holder(
            token=uuid.uuid4().hex,
            host=socket.gethostname(),
            pid=os.getpid(),
            pid_space=_pid_space(),
            started_at=now,
            expires_at=now + LEASE_SECONDS,
        )
        if not self._storage.create(self._name, json_bytes(asdict(mine))):
            holder = self.holder()
            # A repeated request may find the lease that its first attempt wrote.
            if holder is not None and holder.token != mine.token:
                raise LeaseTakenError(holder)
            self._storage.write_bytes(self._name, json_bytes(asdict(mine)))
            time.sleep(_CONFIRM_SECONDS)
        holder = self.holder()
        if holder is not None and holder.token != mine.token:
            raise LeaseTakenError(holder)
        return mine

    def _token(self) -> str | None:
        content = self._storage.read_optional(self._name, retry_seconds=CHECK_SECONDS)
        try:
            return None if content is None else str(json.loads(content)["token"])
        except (ValueError, KeyError, TypeError):
            return None

    def _renew(self, mine: Holder, ended: threading.Event, on_loss: Callable[[], None]) -> None:
        while not ended.wait(RENEW_SECONDS):
            # While the store does not answer, no other process can take the lease either.
            with suppress(StorageError):
                token = self._token()
                if token is not None and token != mine.token:
                    on_loss()
                    return
                renewed = replace(mine, expires_at=time.time() + LEASE_SECONDS)
                self._storage.write_bytes(
                    self._name, json_bytes(asdict(renewed)), retry_seconds=CHECK_SECONDS
                )


def _pid_space() -> str:
    """Return what a process id is unique in: this boot of this machine, and its namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        # Not Linux: a lease of a dead process expires.
        return uuid.uuid4().hex
