"""The filter's answers, found by running it in a small interpreter of classic BPF."""

from __future__ import annotations

import functools
import itertools
import struct

import pytest

from codem_ray.errors import SandboxUnavailableError
from codem_ray.sandbox.seccomp import _MACHINES, build_filter

_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@functools.cache
def _program(machine: str, *options: bool) -> list[tuple[int, int, int, int]]:
    names = ("allows_unix_sockets", "is_memory_counted", "shares_ipc")
    written = build_filter(machine, **dict(zip(names, options, strict=True)))
    return list(struct.iter_unpack("=HBBI", written))


def _answer(
    machine: str,
    number: int,
    *arguments: int,
    arch: int | None = None,
    allows_unix_sockets: bool = False,
    is_memory_counted: bool = True,
    shares_ipc: bool = False,
) -> int:
    """Evaluate the filter for one call, as the kernel does."""
    data = struct.pack(
        "<IIQ6Q", number, arch or _ARCH[machine], 0, *arguments, *[0] * (6 - len(arguments))
    )
    program = _program(machine, allows_unix_sockets, is_memory_counted, shares_ipc)
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
    # The rest of the list is the same.
    assert _answer(machine, 0, allows_unix_sockets=True) == _answer(machine, 0)
    for number in (101, 117, 165, 40, 321, 280, 272, 97, 425):
        assert _answer(machine, number, allows_unix_sockets=True) == _answer(machine, number)


def test_foreign_architectures_are_killed_and_x32_is_refused() -> None:
    assert _answer("x86_64", 0, arch=0x40000003) == _KILL
    assert _answer("aarch64", 0, arch=0xC000003E) == _KILL
    assert _answer("x86_64", 0x40000000 | 59) == _ENOSYS


def test_an_unknown_machine_is_refused_by_name() -> None:
    with pytest.raises(SandboxUnavailableError, match="riscv64"):
        build_filter("riscv64")


@pytest.mark.parametrize(
    ("machine", "memfd", "shmget"), [("x86_64", 319, 29), ("aarch64", 279, 194)]
)
def test_memory_that_nobody_maps_is_refused_where_it_is_not_counted(
    machine: str, memfd: int, shmget: int
) -> None:
    for number in (memfd, shmget):
        assert _answer(machine, number) == _ALLOW
        assert _answer(machine, number, is_memory_counted=False) == _ENOSYS


@pytest.mark.parametrize(
    ("machine", "numbers"), [("x86_64", (29, 68, 64, 240)), ("aarch64", (194, 186, 190, 180))]
)
def test_what_an_ipc_namespace_shares_is_absent_where_it_is_shared(
    machine: str, numbers: tuple[int, ...]
) -> None:
    for is_memory_counted in (False, True):
        found = {
            _answer(machine, n, shares_ipc=True, is_memory_counted=is_memory_counted)
            for n in numbers
        }
        assert found == {_ENOSYS}
    assert {_answer(machine, n) for n in numbers} == {_ALLOW}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_call_of_the_list_and_no_other_is_refused(machine: str) -> None:
    target = _MACHINES[machine]
    for is_memory_counted, shares_ipc in itertools.product((False, True), repeat=2):
        absent = {target.clone3}
        absent |= set(() if is_memory_counted else target.hides_memory)
        absent |= set(target.shares_memory if shares_ipc else ())
        for number in range(1024):
            expected = _ENOSYS if number in absent else _ALLOW
            if number in target.refused or number == target.socket:
                expected = _EPERM
            found = _answer(
                machine, number, is_memory_counted=is_memory_counted, shares_ipc=shares_ipc
            )
            assert found == expected, number
