"""What C and C++ have in common: one translation unit, counted checks, a harness's main."""

from __future__ import annotations

import functools
import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codem_ray.languages.spec import Build, Invocation, Unit
from codem_ray.languages.toolchain import find, readable_root

PROGRAM = "program"


Split = Callable[[str], tuple[str, str]]
"""A source to (what stands before the harness's own lines, the source without it)."""


def assembler(
    extension: str, split: Split = lambda source: ("", source)
) -> Callable[[Unit], Mapping[str, str]]:
    """Return the `assemble` of a language whose sources end in `extension`."""

    def assemble(unit: Unit) -> Mapping[str, str]:
        """Join answer and tests; `tests` is a main whose checks are calls of assert."""
        mark = '#line 1 "answer"\n'
        head, body = split(f"{unit.problem.context}\n{mark}{unit.answer}")
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


def compiler(
    tool: str,
    extension: str,
    flags: Sequence[str],
    warm_up: Callable[[Path, Path], Path] | None = None,
) -> Build:
    """Return the build of a language that `tool` compiles, one program to a call."""

    def command(units: Sequence[Unit], harness: Path, cache: Path | None) -> Invocation:
        (unit,) = units
        binary = find(tool)
        folder = f"/work/{unit.name}"
        source = f"{folder}/{PROGRAM}{extension}"
        # Every name of the harness carries a number of this program, so an answer cannot call it.
        argv = (
            str(binary),
            *flags,
            *(() if cache is None else ("-I", str(cache))),
            f"-DCODEM_ID={secrets.token_hex(8)}",
            "-I",
            str(harness),
            "-I",
            str(harness / "c"),
            "-o",
            f"{folder}/{PROGRAM}",
            # Linked first, so that its .preinit_array runs before one of the answer.
            "-x",
            "c",
            str(harness / "codem_main.c"),
            "-x",
            "none",
            source,
            "-Wl,--wrap=main",
            *_linker(),
            *shlex.split(unit.problem.options.get("link", "")),
            "-lm",
        )
        return Invocation(
            argv=argv,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp"},
            readable=(harness, *(() if cache is None else (cache,)), *readable_root(binary)),
        )

    return Build(batch_size=1, command=command, is_built=is_built, collect=collect, warm_up=warm_up)


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
