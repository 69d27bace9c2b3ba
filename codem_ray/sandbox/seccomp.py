"""Builds the system-call filter of a sandboxed program as classic BPF.

It is a deny list: compilers, virtual machines and interpreters need most of the kernel. Refused are
calls that reach outside the namespaces or that widen the attack surface of the kernel. Numbers are
from the kernel's `asm/unistd_64.h` (x86_64) and `asm-generic/unistd.h` (aarch64).
"""

from __future__ import annotations

import errno
import platform
import struct

from codem_ray.errors import SandboxUnavailableError

SUPPORTED_MACHINES = ("x86_64", "aarch64")

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARG0, _OFFSET_ARG1 = 0, 4, 16, 24
_X32_BIT = 0x40000000
# CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_CLONE_NEW_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C

# Calls whose answer depends on their arguments, and clone3, whose flags a filter cannot read.
# All tables: name -> (x86_64, aarch64); None means that the machine has no such call.
_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)

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

# System V and POSIX message objects: memory that belongs to no process of the tree.
_ABSENT: dict[str, tuple[int, int]] = {
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}

# Does not show in the resident size of a process until it is mapped, so polling cannot limit it.
_MEMFD_CREATE = (319, 279)

Instructions = list[bytes]


def _instruction(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Encode one `struct sock_filter`; jumps skip that many instructions."""
    return struct.pack("=HBBI", code, if_true, if_false, k)


def _when(test: int, k: int, body: Instructions) -> Instructions:
    """Run `body` if the loaded value passes the test against k; skip it otherwise."""
    return [_instruction(test, k, 0, len(body)), *body]


def build_filter(
    machine: str | None = None,
    *,
    allows_unix_sockets: bool = False,
    is_memory_counted: bool = True,
) -> bytes:
    """Return the filter as an array of `struct sock_filter`, as `bwrap --seccomp` reads it.

    A call of another architecture kills the process. x32 calls, clone3 (libc then falls back to
    clone, whose flags a filter can read) and System V objects and message queues answer ENOSYS; so
    does memfd_create unless all memory of the process tree is counted. The rest of the list answers
    EPERM, and so does `socket`, except for unix sockets with `allows_unix_sockets`. `socketpair` is
    allowed: it reaches nobody outside. Raises SandboxUnavailableError for an unsupported machine.
    """
    machine = machine or platform.machine()
    if machine not in SUPPORTED_MACHINES:
        raise SandboxUnavailableError(
            f"no system-call filter for machine {machine!r}; supported are "
            f"{', '.join(SUPPORTED_MACHINES)}. Run the evaluation on one of these."
        )
    column = SUPPORTED_MACHINES.index(machine)
    refuse = [_instruction(_RETURN, _ERRNO | errno.EPERM)]
    absent = [_instruction(_RETURN, _ERRNO | errno.ENOSYS)]
    allow = [_instruction(_RETURN, _ALLOW)]
    load_argument_0 = _instruction(_LOAD, _OFFSET_ARG0)

    program = [
        _instruction(_LOAD, _OFFSET_ARCH),
        _instruction(_IF_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        program += _when(_IF_AT_LEAST, _X32_BIT, absent)
    clone = [load_argument_0, *_when(_IF_ANY_BIT, _CLONE_NEW_NAMESPACES, refuse), *allow]
    ioctl = [
        _instruction(_LOAD, _OFFSET_ARG1),
        *_when(_IF_EQUAL, _TIOCSTI, refuse),
        *_when(_IF_EQUAL, _TIOCLINUX, refuse),
        *allow,
    ]
    unix_only = [load_argument_0, *_when(_IF_EQUAL, _AF_UNIX, allow), *refuse]
    program += _when(_IF_EQUAL, _CLONE[column], clone)
    program += _when(_IF_EQUAL, _IOCTL[column], ioctl)
    program += _when(_IF_EQUAL, _SOCKET[column], unix_only if allows_unix_sockets else refuse)

    answers = {numbers[column]: refuse for numbers in _REFUSED.values()}
    answers |= {numbers[column]: absent for numbers in (_CLONE3, *_ABSENT.values())}
    if not is_memory_counted:
        answers[_MEMFD_CREATE[column]] = absent
    for number, answer in answers.items():
        if number is not None:
            program += _when(_IF_EQUAL, number, answer)
    return b"".join([*program, *allow])
