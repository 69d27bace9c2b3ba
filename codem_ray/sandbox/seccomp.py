"""The system-call filter of a sandboxed program, assembled as classic BPF.

It is a deny list: compilers, virtual machines and interpreters need most of the kernel, so what is
refused is what reaches outside the namespaces or widens the kernel's attack surface. Numbers are
from the kernel's `asm/unistd_64.h` (x86_64) and `asm-generic/unistd.h` (aarch64).
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.errors import SandboxUnavailableError

SUPPORTED_MACHINES = ("x86_64", "aarch64")

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARG0, _OFFSET_ARG1 = 0, 4, 16, 24
_X32_BIT = 0x40000000
# CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_CLONE_NEW_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_MOST_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class _Machine:
    audit_arch: int
    has_x32: bool
    clone: int
    clone3: int
    ioctl: int
    socket: int
    refused: tuple[int, ...]
    hides_memory: tuple[int, ...]
    shares_memory: tuple[int, ...]


# name -> (x86_64, aarch64); None: the machine has no such call.
_REFUSED: dict[str, tuple[int, int | None]] = {
    # other processes' memory
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # mounts and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "open_tree_attr": (467, 467),
    "unshare": (272, 97),
    "setns": (308, 268),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # kernel surface with a long record of holes
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "fanotify_init": (300, 262),
    "vmsplice": (278, 75),
    "lookup_dcookie": (212, 18),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "memfd_secret": (447, 447),
    # the machine itself
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "vhangup": (153, 58),
    "nfsservctl": (180, 42),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "_sysctl": (156, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "create_module": (174, None),
    "query_module": (178, None),
}

# Memory that no process maps shows in no process's resident size: where the size of the tree is all
# that can be looked at, such memory would have no limit.
_HIDES_MEMORY: dict[str, tuple[int, int]] = {
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "msgget": (68, 186),
}

# What programs that share an IPC namespace would share by a key or a name that anyone can guess.
_SHARES_MEMORY: dict[str, tuple[int, int]] = {
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}

_MACHINES = {
    "x86_64": _Machine(
        audit_arch=0xC000003E,
        has_x32=True,
        clone=56,
        clone3=435,
        ioctl=16,
        socket=41,
        refused=tuple(numbers[0] for numbers in _REFUSED.values()),
        hides_memory=tuple(numbers[0] for numbers in _HIDES_MEMORY.values()),
        shares_memory=tuple(numbers[0] for numbers in _SHARES_MEMORY.values()),
    ),
    "aarch64": _Machine(
        audit_arch=0xC00000B7,
        has_x32=False,
        clone=220,
        clone3=435,
        ioctl=29,
        socket=198,
        refused=tuple(n for _, n in _REFUSED.values() if n is not None),
        hides_memory=tuple(numbers[1] for numbers in _HIDES_MEMORY.values()),
        shares_memory=tuple(numbers[1] for numbers in _SHARES_MEMORY.values()),
    ),
}


def _instruction(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, k)


def build_filter(
    machine: str | None = None,
    *,
    allows_unix_sockets: bool = False,
    is_memory_counted: bool = True,
    shares_ipc: bool = False,
) -> bytes:
    """Return the filter as an array of `struct sock_filter`, as `bwrap --seccomp` reads it.

    A call of another architecture kills the process, x32 calls and clone3 answer ENOSYS (libc then
    falls back to clone, whose flags a filter can read), the rest of the list answers EPERM. So does
    `socket`, of whatever family; with `allows_unix_sockets` of any other family. `socketpair` is
    never refused: it reaches nobody outside. Unless all memory of the tree is counted, calls for
    memory that no process needs to map answer ENOSYS; so do, with `shares_ipc`, those for what is
    known by a key or a name in the whole IPC namespace.
    """
    name = machine or platform.machine()
    if name not in _MACHINES:
        raise SandboxUnavailableError(
            f"no system-call filter for machine {name!r}; there is one for "
            f"{', '.join(SUPPORTED_MACHINES)}. Run the evaluation on one of these."
        )
    target = _MACHINES[name]
    refuse = _instruction(_RETURN, _ERRNO | errno.EPERM)
    absent = _instruction(_RETURN, _ERRNO | errno.ENOSYS)
    load_number = _instruction(_LOAD, _OFFSET_NUMBER)
    program = [
        _instruction(_LOAD, _OFFSET_ARCH),
        _instruction(_JUMP_EQUAL, target.audit_arch, 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        load_number,
    ]
    if target.has_x32:
        program += [_instruction(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1), absent]
    program += [_instruction(_JUMP_EQUAL, target.clone3, 0, 1), absent]
    program += [
        _instruction(_JUMP_EQUAL, target.clone, 0, 4),
        _instruction(_LOAD, _OFFSET_ARG0),
        _instruction(_JUMP_ANY_BIT, _CLONE_NEW_NAMESPACES, 0, 1),
        refuse,
        load_number,
    ]
    program += [
        _instruction(_JUMP_EQUAL, target.ioctl, 0, 5),
        _instruction(_LOAD, _OFFSET_ARG1),
        _instruction(_JUMP_EQUAL, _TIOCSTI, 1, 0),
        _instruction(_JUMP_EQUAL, _TIOCLINUX, 0, 1),
        refuse,
        load_number,
    ]
    program += [_instruction(_JUMP_EQUAL, target.socket, 0, 4 if allows_unix_sockets else 1)]
    if allows_unix_sockets:
        program += [
            _instruction(_LOAD, _OFFSET_ARG0),
            _instruction(_JUMP_EQUAL, _AF_UNIX, 1, 0),
            refuse,
            load_number,
        ]
    else:
        program += [refuse]
    absent_calls = set(() if is_memory_counted else target.hides_memory)
    absent_calls |= set(target.shares_memory if shares_ipc else ())
    answers = dict.fromkeys(target.refused, refuse) | dict.fromkeys(absent_calls, absent)
    return b"".join((*program, *_search(sorted(answers.items()))))


def _search(answers: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """Return instructions that answer the numbers given, in order, and allow all others.

    A binary search: the kernel tries every call beforehand, each time that a filter is set.
    """
    if len(answers) <= _MOST_IN_A_ROW:
        row = [
            part
            for number, answer in answers
            for part in (_instruction(_JUMP_EQUAL, number, 0, 1), answer)
        ]
        return [*row, _instruction(_RETURN, _ALLOW)]
    middle = len(answers) // 2
    below, above = _search(answers[:middle]), _search(answers[middle:])
    jump = _instruction(_JUMP_GREATER_EQUAL, answers[middle][0], len(below), 0)
    return [jump, *below, *above]
