"""Run a command under a seccomp profile in the OCI format: PROFILE [--deny NAME] -- COMMAND...

It needs libseccomp and Python's standard library, which every Debian has.
"""

import ctypes
import json
import os
import sys

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
MASKED_EQUAL = 7
NEW_USER = 0x10000000


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of libseccomp."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    ]


def load(profile: dict, denied: list[str]) -> None:
    """Load the profile for this process and its children."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
        ctypes.c_void_p,
    ]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    if profile["defaultAction"] != "SCMP_ACT_ALLOW":
        raise ValueError("only profiles that allow by default are known here")
    context = library.seccomp_init(ALLOW)
    names = [
        (name, rule["errnoRet"])
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ERRNO"
        for name in rule["names"]
    ]
    for name, number in [*names, *((name, 1) for name in denied)]:
        call = library.seccomp_syscall_resolve_name(name.encode())
        if call == -1:
            raise ValueError(f"libseccomp does not know the system call {name}")
        # A clone is denied only if it makes a user namespace: every process begins with a clone.
        is_new_user = Comparison(0, MASKED_EQUAL, NEW_USER, NEW_USER)
        rules = (1, ctypes.addressof(is_new_user)) if name == "clone" else (0, None)
        added = library.seccomp_rule_add_array(context, ERRNO | number, call, *rules)
        if added != 0:
            raise OSError(-added, f"seccomp_rule_add: {name}")
    if (loaded := library.seccomp_load(context)) != 0:
        raise OSError(-loaded, "seccomp_load")


def main() -> None:
    """Load the profile and become the command."""
    options, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    with open(options[0], encoding="utf-8") as stream:
        load(json.load(stream), options[2:])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
