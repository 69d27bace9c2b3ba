"""Runs small attacks in a sandbox and reports which of them it contained."""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
import uuid
from pathlib import Path

from codem_ray.sandbox import cgroups
from codem_ray.sandbox.protocol import Command, Finding, Sandbox
from codem_ray.sandbox.self_check_attacks import Attack, attacks


def self_check(sandbox: Sandbox) -> tuple[Finding, ...]:
    """Run each attack and return one finding for each, present if the attack was contained.

    Takes about two seconds.
    """
    mark = f"codem-ray-{uuid.uuid4().hex}"
    with (
        tempfile.NamedTemporaryFile(prefix="codem-ray-seen-") as seen,
        tempfile.TemporaryDirectory(prefix="codem-ray-check-") as directory,
    ):
        factory = cgroups.detect()
        groups = () if factory is None else factory.directories
        tried = attacks(mark=mark, host_paths=_host_paths(seen.name), cgroups=groups)
        return tuple(
            _try(sandbox, attack, mark, Path(directory, str(number)))
            for number, attack in enumerate(tried)
        )


def _try(sandbox: Sandbox, attack: Attack, mark: str, work: Path) -> Finding:
    work.mkdir()
    result = sandbox.run(
        Command(
            # The resolved interpreter: in a virtual environment sys.executable links out of it.
            argv=(os.path.realpath(sys.executable), "-I", "-S", "-c", attack.source, mark),
            directory=work,
            is_writable=attack.is_compiler,
            readable=_interpreter_folders(),
            limits=attack.limits,
        )
    )
    achieved = attack.achieved(result)
    if attack.is_compiler:
        achieved = achieved or _inspect_results(work, attack.limits.file_bytes)
    if attack.leaves_process:
        achieved = _kill_survivors(mark)
    has_remedy = achieved and sandbox.name != "bubblewrap"
    return Finding(
        name=attack.name,
        is_present=not achieved,
        is_mandatory=attack.is_mandatory,
        detail=achieved or "contained",
        remedy="use the backend bubblewrap, which contains this" if has_remedy else "",
    )


def _inspect_results(work: Path, max_bytes: int) -> str:
    """Describe the files that a compiler must not leave behind; empty if there are none."""
    special, total = [], 0
    for path in work.rglob("*"):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            total += status.st_size
        elif not stat.S_ISDIR(status.st_mode):
            special.append(path.name)
    if special:
        return f"left {', '.join(sorted(special))}"
    if total > max_bytes:
        return f"left {total >> 20} MiB under a limit of {max_bytes >> 20} MiB"
    return ""


def _host_paths(seen: str) -> tuple[str, ...]:
    """Return paths that must be hidden.

    Folders above the interpreter are visible, but hold nothing else.
    """
    paths = ("/etc/passwd", "/etc/shadow", "/root", "/home", "/var", "/sys", "/run", seen)
    above = {str(parent) for folder in _interpreter_folders() for parent in folder.parents}
    return tuple(path for path in paths if path not in above)


def _interpreter_folders() -> tuple[Path, ...]:
    prefix = Path(sys.base_prefix).resolve()
    return () if prefix == Path("/usr") else (prefix,)


def _kill_survivors(mark: str) -> str:
    """Find processes that outlived their run by their last argument, and kill them."""
    survivors = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            arguments = (process / "cmdline").read_bytes()
            if arguments.endswith(mark.encode() + b"\0"):
                survivors += 1
                os.kill(int(process.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return f"{survivors} processes outlived the run" if survivors else ""
