"""The answers of the system-call filter, evaluated by a small interpreter of classic BPF."""

from __future__ import annotations

import functools
import struct

import pytest

from codem_ray.errors import SandboxUnavailableError
from codem_ray.sandbox import seccomp
from codem_ray.sandbox.seccomp import SUPPORTED_MACHINES, build_filter

_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@functools.cache
def _program(
    machine: str, allows_unix_sockets: bool, is_memory_counted: bool
) -> list[tuple[int, int, int, int]]:
    encoded = build_filter(
        machine, allows_unix_sockets=allows_unix_sockets, is_memory_counted=is_memory_counted
    )
    return list(struct.iter_unpack("=HBBI", encoded))


def _answer(
    machine: str,
    number: int,
    *arguments: int,
    arch: int | None = None,
    allows_unix_sockets: bool = False,
    is_memory_counted: bool = True,
) -> int:
    """Evaluate the filter for one call, as the kernel does."""
    data = struct.pack(
        "<IIQ6Q", number, arch or _ARCH[machine], 0, *arguments, *[0] * (6 - len(arguments))
    )
    program = _program(machine, allows_unix_sockets, is_memory_counted)
    accumulator = position = 0
    while True:
        code, if_true, if_false, k = program[position]
        position += 1
        if code == 0x06:
            return int(k)
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, k)[0]
            continue
        holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[code]
        position += if_true if holds else if_false


@pytest.mark.parametrize(
    ("machine", "ptrace", "socket", "mount", "bpf", "read", "execve"),
    [
        ("x86_64", 101, 41, 165, 321, 0, 59),
        ("aarch64", 117, 198, 40, 280, 63, 221),
    ],
)
def test_dangerous_calls_are_refused_and_ordinary_ones_allowed(
    machine: str, ptrace: int, socket: int, mount: int, bpf: int, read: int, execve: int
) -> None:
    assert {_answer(machine, n) for n in (ptrace, socket, mount, bpf)} == {_EPERM}
    assert {_answer(machine, n) for n in (read, execve)} == {_ALLOW}


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_clone_makes_threads_but_no_namespaces(machine: str, clone: int) -> None:
    thread = 0x3D0F00
    assert _answer(machine, clone, thread) == _ALLOW
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert _answer(machine, clone, thread | flag) == _EPERM
    assert _answer(machine, 435) == _ENOSYS


@pytest.mark.parametrize(("machine", "ioctl"), [("x86_64", 16), ("aarch64", 29)])
def test_typing_into_the_terminal_is_refused(machine: str, ioctl: int) -> None:
    assert _answer(machine, ioctl, 0, 0x5412) == _EPERM
    assert _answer(machine, ioctl, 0, 0x541C) == _EPERM
    assert _answer(machine, ioctl, 0, 0x5401) == _ALLOW


@pytest.mark.parametrize(("machine", "socket"), [("x86_64", 41), ("aarch64", 198)])
def test_a_browser_may_open_unix_sockets_and_no_others(machine: str, socket: int) -> None:
    unix, others = 1, (0, 2, 10, 16, 17, 38, 40)
    assert _answer(machine, socket, unix) == _EPERM
    assert _answer(machine, socket, unix, allows_unix_sockets=True) == _ALLOW
    for family in others:
        assert _answer(machine, socket, family, allows_unix_sockets=True) == _EPERM
    for number in set(range(1024)) - {socket}:
        assert _answer(machine, number, allows_unix_sockets=True) == _answer(machine, number)


def test_foreign_architectures_are_killed_and_x32_is_refused() -> None:
    assert _answer("x86_64", 0, arch=0x40000003) == _KILL
    assert _answer("aarch64", 0, arch=0xC000003E) == _KILL
    assert _answer("x86_64", 0x40000000 | 59) == _ENOSYS


def test_an_unknown_machine_is_refused_by_name() -> None:
    with pytest.raises(SandboxUnavailableError, match="riscv64"):
        build_filter("riscv64")


@pytest.mark.parametrize(
    ("machine", "numbers"), [("x86_64", (29, 68, 64, 240)), ("aarch64", (194, 186, 190, 180))]
)
def test_system_v_objects_and_message_queues_are_absent(
    machine: str, numbers: tuple[int, ...]
) -> None:
    assert {_answer(machine, number) for number in numbers} == {_ENOSYS}


@pytest.mark.parametrize(("machine", "memfd_create"), [("x86_64", 319), ("aarch64", 279)])
def test_memory_files_are_absent_where_their_memory_is_not_counted(
    machine: str, memfd_create: int
) -> None:
    assert _answer(machine, memfd_create) == _ALLOW
    assert _answer(machine, memfd_create, is_memory_counted=False) == _ENOSYS


@pytest.mark.parametrize("machine", SUPPORTED_MACHINES)
def test_every_call_of_the_list_and_no_other_is_refused(machine: str) -> None:
    column = SUPPORTED_MACHINES.index(machine)
    refused = {numbers[column] for numbers in seccomp._REFUSED.values()} | {seccomp._SOCKET[column]}
    absent = {numbers[column] for numbers in (seccomp._CLONE3, *seccomp._ABSENT.values())}
    for number in range(1024):
        expected = _EPERM if number in refused else _ENOSYS if number in absent else _ALLOW
        assert _answer(machine, number) == expected, number
