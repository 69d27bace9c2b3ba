"""A sandbox backend that runs one program at a time, for timing on a shared machine."""

import tempfile
from pathlib import Path

from filelock import FileLock

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import Command, ResidentJudge, Sandbox, SandboxBackend
from codem_ray.sandbox.bubblewrap import BACKEND as BUBBLEWRAP

Pair = tuple[ExecutionResult, ExecutionResult]


class SerialSandbox:
    """Passes every command to bubblewrap while it holds a lock of this machine."""

    name = "bubblewrap-serial"

    def __init__(self) -> None:
        self._inner: Sandbox = BUBBLEWRAP.open()
        self._lock = FileLock(Path(tempfile.gettempdir(), "codem-ray-serial.lock"))
        self.memory_enforcement = self._inner.memory_enforcement

    def __reduce__(self) -> tuple[type["SerialSandbox"], tuple[()]]:
        return SerialSandbox, ()  # Ray actors open a sandbox of their own.

    def run(self, command: Command) -> ExecutionResult:
        with self._lock:
            return self._inner.run(command)

    def run_pair(self, judge: Command, answer: Command) -> Pair:
        with self._lock:
            return self._inner.run_pair(judge, answer)

    def open_judge(self, command: Command) -> ResidentJudge:
        return SerialJudge(self._inner.open_judge(command), self._lock)


class SerialJudge:
    """A judge for many answers that holds the lock while it tests one of them."""

    def __init__(self, inner: ResidentJudge, lock: FileLock) -> None:
        self._inner, self._lock = inner, lock

    def run(self, folder: str, secret: bytes, limits: Limits, answer: Command) -> Pair:
        with self._lock:
            return self._inner.run(folder, secret, limits, answer)

    def close(self) -> None:
        self._inner.close()


BACKEND = SandboxBackend(
    name=SerialSandbox.name, isolates=True, open=SerialSandbox, probe=BUBBLEWRAP.probe
)
