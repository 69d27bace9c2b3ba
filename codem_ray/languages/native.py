"""What C and C++ have in common: one translation unit, counted checks, a harness's main."""

from __future__ import annotations

import functools
import hashlib
import secrets
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import WAIT_SECONDS, filled
from codem_ray.languages.spec import Build, Invocation, Unit
from codem_ray.languages.toolchain import find, readable_root, version_output

PROGRAM = "program"
_MAIN = "codem_main.o"
_NUMBER = b"0123456789abcdef"
"""Stands in the compiled main where each program gets a number of its own."""
FORMAT = 1
"""Of the folder that `warm_up` fills."""


Split = Callable[[str], tuple[str, str]]
"""A source to (what stands before the harness's own lines, the source without it)."""


def assembler(
    extension: str, split: Split = lambda source: ("", source)
) -> Callable[[Unit], Mapping[str, str]]:
    """Return the `assemble` of a language whose sources end in `extension`."""

    def assemble(unit: Unit) -> Mapping[str, str]:
        """Join answer and tests; `tests` is a main whose checks are calls of assert."""
        head, body = split(opening(unit))
        source = "\n".join(
            (
                head,
                '#include "codem_check.h"',
                body,
                "",
                '#include "codem_tests.h"',
                '#line 1 "tests"',
                unit.problem.tests,
                "",
            )
        )
        return {PROGRAM + extension: source}

    return assemble


def opening(unit: Unit) -> str:
    """Return what a program's source opens with: the benchmark's own lines, then the answer."""
    return f'{unit.problem.context}\n#line 1 "answer"\n{unit.answer}'


def compiler(
    tool: str,
    extension: str,
    flags: Sequence[str],
    headers: Callable[[Unit, Path, Path], Path | None] = lambda unit, harness, cache: None,
) -> Build:
    """Return the build of a language that `tool` compiles, one program to a call.

    `headers` (unit, harness folder, cache folder) gives a folder with precompiled headers.
    """

    def command(units: Sequence[Unit], harness: Path, cache: Path | None) -> Invocation:
        (unit,) = units
        assert cache is not None
        binary = find(tool)
        folder = f"/work/{unit.name}"
        # Every name of the harness carries a number of this program, so an answer cannot call it.
        number = secrets.token_hex(len(_NUMBER) // 2)
        precompiled = headers(unit, harness, cache)
        shown = (harness,) if precompiled is None else (harness, precompiled)
        argv = (
            str(binary),
            *flags,
            *(() if precompiled is None else ("-I", str(precompiled))),
            f"-DCODEM_ID={number}",
            "-I",
            str(harness),
            "-I",
            str(harness / "c"),
            # Nothing here is optimised at link time.
            "-fno-use-linker-plugin",
            "-o",
            f"{folder}/{PROGRAM}",
            # Linked first, so that its .preinit_array runs before one of the answer.
            f"{folder}/{_MAIN}",
            f"{folder}/{PROGRAM}{extension}",
            "-Wl,--wrap=main",
            *_linker(),
            *shlex.split(unit.problem.options.get("link", "")),
            "-lm",
        )
        return Invocation(
            argv=argv,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp"},
            readable=(*shown, *readable_root(binary)),
            files={f"{unit.name}/{_MAIN}": _main_object(cache).replace(_NUMBER, number.encode())},
        )

    def warm_up(caches: Path, harness: Path) -> Path:
        """Compile what all programs share, once for all executors."""

        def make(folder: Path) -> None:
            source = str(harness / "codem_main.c")
            options = (f"-DCODEM_ID={_NUMBER.decode()}", "-O1", "-w", "-c")
            run_compiler("gcc", *options, "-o", str(folder / _MAIN), source)
            if _NUMBER not in (folder / _MAIN).read_bytes():
                raise ToolchainError("gcc put no name of the harness into its object file")

        versions = version_output((str(find(tool)), "--version"))
        digest = hashlib.sha256(repr((versions, flags, harness, FORMAT)).encode()).hexdigest()[:16]
        return filled(caches, f"{tool}-{digest}", make)

    return Build(batch_size=1, command=command, is_built=is_built, collect=collect, warm_up=warm_up)


@functools.cache
def _main_object(cache: Path) -> bytes:
    """Return the harness's main, compiled: a program's own number takes the place of `_NUMBER`."""
    return (cache / _MAIN).read_bytes()


def run_compiler(tool: str, *arguments: str) -> None:
    """Run a compiler on sources of ours."""
    done = subprocess.run(
        [str(find(tool)), *arguments],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"{tool} cannot compile our own sources: {done.stderr[:1500]}")


@functools.cache
def _linker() -> tuple[str, ...]:
    # gold takes a third of the time of GNU's usual linker.
    return ("-fuse-ld=gold",) if Path("/usr/bin/ld.gold").exists() else ()


def is_built(batch: Path, name: str) -> bool:
    """Say whether the compiler wrote the program."""
    return (batch / name / PROGRAM).is_file()


def collect(batch: Path, name: str) -> Path:
    """Return a folder with the program and nothing else: an answer cannot read the tests."""
    built = batch / name / PROGRAM
    folder = batch / name / "run"
    folder.mkdir()
    built.rename(folder / PROGRAM)
    return folder


def run(unit: Unit, harness: Path) -> Invocation:
    """Return the call that runs a compiled program."""
    return Invocation(argv=(f"/work/{PROGRAM}",), env={"LC_ALL": "C.UTF-8"})
