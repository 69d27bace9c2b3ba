"""What C and C++ have in common: one translation unit, counted checks, a harness's main."""

from __future__ import annotations

import functools
import re
import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import filled, folder_name, run_tool
from codem_ray.languages.driver import ENVIRONMENT, compile_command, link_commands
from codem_ray.languages.native_source import (
    ABSOLUTE,
    COMPARES,
    MATH,
    MEMORY,
    ONLY_C,
    after_includes,
    functions_of,
    library_calls,
    returns_value,
    types_of,
    without_macros,
)
from codem_ray.languages.spec import COMPILE_LIMITS, Build, Invocation, Program, Unit
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.languages.versions import version_output

PROGRAM = "program"
_MAIN = "codem_main.o"
SHARED = "codem_shared.o"
"""In a folder of precompiled headers: what of them is compiled once for all programs."""
_LINES = "codem_lines"
"""In the folder of the warm-up: copies assembly that changes nothing of the tests'."""
_OPEN = "codem_open"
"""Beside it: runs the compiler on a source that nothing else can read."""
_PLACE = "CODEM_PLACE"
"""Stands in commands for a program's path without an extension."""
_FOLDER = "build-"
BATCH_SIZE = 16
"""Programs compiled in one sandbox, each by a call of its own: what they share is its start."""
_NUMBER = b"0123456789abcdef"
"""Stands in the compiled main and in each source where a program gets a number of its own."""
_IDENTITY = f"#define CODEM_ID {_NUMBER.decode()}"
_OWN_FLAGS = (
    "-fno-builtin",
    "-fno-stack-protector",
    "-fno-tree-loop-distribute-patterns",
    "-fPIE",
)
_ENVIRONMENT = {
    **ENVIRONMENT,
    # Touching memory page by page is a quarter of what these short processes cost.
    "GLIBC_TUNABLES": f"glibc.malloc.top_pad={16 << 20}",
}
FORMAT = 6
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
                *_between(unit, is_cpp=extension == ".cpp"),
                '#line 1 "tests"',
                _tests(unit, is_cpp=extension == ".cpp"),
                "",
                # In C++ a constant is otherwise not seen by the harness.
                "void *const CODEM_NAME(tests_main_) = (void *)main;",
                *types_of(unit.problem.tests, is_cpp=extension == ".cpp"),
                "",
            )
        )
        return {PROGRAM + extension: source}

    return assemble


def _between(unit: Unit, *, is_cpp: bool) -> list[str]:
    """Return what keeps an answer's names from its tests."""
    problem = unit.problem
    given = f"{problem.context}\n{problem.prompt}"
    lines = without_macros(unit.answer, given, is_cpp=is_cpp)
    lines += ["#undef CODEM_ID", _IDENTITY, '#include "codem_tests.h"']
    own = [name for name in functions_of(problem.tests) if not re.search(rf"\b{name}\b", given)]
    lines += [f"#define {name} CODEM_NAME({name}_)" for name in own]
    entry = problem.entry_point
    if is_cpp and entry and returns_value(problem.prompt, entry, problem.tests):
        lines.append(f"#define {entry}(...) CODEM_NAME(plain_)::checked({entry}(__VA_ARGS__))")
    return lines


def _tests(unit: Unit, *, is_cpp: bool) -> str:
    """Return the tests, whose calls of the library's functions reach no function of an answer."""
    tests = unit.problem.tests
    # Of C's, codem_tests.h has the others.
    names = _called(unit, (*MATH, *ABSOLUTE, *COMPARES) if is_cpp else (*MATH, *ONLY_C))
    if is_cpp and re.search(r"\b(?:complex|valarray)\b", opening(unit) + tests):
        # Overloaded for these too.
        names = [name for name in names if name in COMPARES]
    if not names:
        return tests
    lines = ['#include "codem_library.h"']
    for name in names:
        scope = f"CODEM_NAME(lib_)::{name}" if is_cpp else f"CODEM_NAME({name}_)"
        lines += [f"#undef {name}", f"#define {name}(...) {scope}(__VA_ARGS__)"]
    # C++'s headers would not be read right after these.
    before, after = after_includes(tests) if is_cpp else ("", tests)
    lines += [f'#line {before.count(chr(10)) + 1} "tests"', after]
    return before + "\n".join(lines)


def _called(unit: Unit, known: Sequence[str]) -> list[str]:
    problem = unit.problem
    given = f"{problem.context}\n{problem.prompt}"
    return library_calls(problem.tests, given, problem.entry_point or "", known=known)


def opening(unit: Unit) -> str:
    """Return what a program's source opens with: the benchmark's own lines, then the answer."""
    return f'{unit.problem.context}\n#line 1 "answer"\n{unit.answer}'


def compiler(
    tool: str,
    extension: str,
    flags: Sequence[str],
    name: str,
    headers: Callable[[Unit, Path, Path], Path | None] = lambda unit, harness, cache: None,
    runtime: str | None = None,
) -> Build:
    """Return the build of a language that `tool` compiles, one program at a time.

    `name` is what the compiler calls the language; `headers` (unit, harness folder, cache folder)
    gives a folder with precompiled headers; `runtime` is a source of the harness's that is linked
    with its main.
    """

    is_cpp = extension == ".cpp"
    # Local to the answer, or, where the tests' calls would reach it, no name of its.
    private = (*MATH, *ABSOLUTE, *(() if is_cpp else (*ONLY_C, *COMPARES)))
    marked = [f"-{one}" for one in private]
    marked += [f"={one}" for one in (*COMPARES, *MEMORY) if is_cpp]

    def command(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
        assert cache is not None
        binary = find_tool(tool)
        # No source can name what belongs to another: the folder has a name of this call only.
        folder = f"{_FOLDER}{secrets.token_hex(8)}"
        lines, files = [], {}
        shown = dict.fromkeys((harness, cache, *readable_root(binary)))
        for program in programs:
            unit = program.unit
            # Every name of the harness carries a number of this program, which stands after the
            # answer only: an answer cannot name what is the harness's.
            number = secrets.token_hex(len(_NUMBER) // 2)
            path = f"{folder}/{unit.name}"
            before, _, after = program.files[PROGRAM + extension].rpartition(_IDENTITY)
            text = f"{before}#define CODEM_ID {number}{after}"
            files[f"{path}{extension}"] = text.encode("utf-8", "replace")
            files[f"{path}.o"] = _main_object(cache).replace(_NUMBER, number.encode())
            precompiled = headers(unit, harness, cache)
            if precompiled is not None:
                shown[precompiled] = None
            # Linked before the answer: a name that it has too is then no name of the answer's.
            shared = () if precompiled is None else _if_there(precompiled / SHARED)
            compiling = compile_command(
                (
                    str(binary),
                    *flags,
                    *(() if precompiled is None else ("-I", str(precompiled))),
                    "-I",
                    str(harness),
                    "-I",
                    str(harness / "c"),
                    "-S",
                    "-o",
                    f"{_PLACE}.s",
                    "-x",
                    name,
                    "-",
                )
            )
            refused = _called(unit, ONLY_C) if is_cpp else ()
            checked = (str(cache / _LINES), f"{_PLACE}.s", f"{_PLACE}.plain.s", *marked, *refused)
            linking = link_commands(
                (
                    str(binary),
                    # Nothing here is optimised at link time.
                    "-fno-use-linker-plugin",
                    "-o",
                    _PLACE,
                    # Linked first, so that its .preinit_array runs before one of the answer.
                    f"{_PLACE}.o",
                    *shared,
                    f"{_PLACE}.plain.s",
                    # Relocations of read-only sections would be done before the harness's own.
                    "-Wl,--wrap=main,-z,text",
                    *_linker(),
                    *shlex.split(unit.problem.options.get("link", "")),
                    "-lm",
                ),
                f"{_PLACE}.plain.o",
            )
            # From standard input, so that no macro tells a source where it stands.
            opened = (str(cache / _OPEN), f"{_PLACE}{extension}")
            steps = ((*opened, *compiling), checked, *linking)
            call = " && ".join(shlex.join(step) for step in steps).replace(_PLACE, path)
            # The copies go to make room for the next program.
            room = f": > {path}.plain.s > {path}.plain.o"
            lines.append(f"echo {unit.name}/: {folder} >&2; {{ {call} || failed=1; }}; {room}")
        return Invocation(
            argv=(
                "/bin/sh",
                "-c",
                "\n".join((*_before_all(folder, extension, len(programs)), *lines, "exit $failed")),
            ),
            env=_ENVIRONMENT,
            readable=tuple(shown),
            files=files,
        )

    def warm_up(caches: Path, harness: Path) -> Path:
        """Compile what all programs share, once for all executors."""

        def make(folder: Path) -> None:
            main_source = str(harness / "codem_main.c")
            # Nothing that the compiler itself would call may be the answer's.
            options = (f"-DCODEM_ID={_NUMBER.decode()}", "-O1", "-w", "-c", *_OWN_FLAGS)
            run_compiler("gcc", *options, "-o", str(folder / _MAIN), main_source)
            for own in (_LINES, _OPEN):
                source = str(harness / f"{own}.c")
                run_compiler("gcc", "-O2", "-w", "-o", str(folder / own), source)
            if runtime is not None:
                # One object file: its main's part is linked first.
                main, more = str(folder / "main.o"), str(folder / "runtime.o")
                (folder / _MAIN).rename(main)
                run_compiler(
                    tool, "-O2", "-w", "-c", *_OWN_FLAGS, "-o", more, str(harness / runtime)
                )
                run_compiler(tool, "-r", "-nostdlib", "-o", str(folder / _MAIN), main, more)
            if _NUMBER not in (folder / _MAIN).read_bytes():
                raise ToolchainError("gcc put no name of the harness into its object file")

        versions = version_output(tool, "--version")
        return filled(caches, folder_name(tool, versions, flags, harness, FORMAT), make)

    return Build(
        batch_size=BATCH_SIZE,
        command=command,
        has_own_sources=True,
        is_built=is_built,
        collect=collect,
        is_independent=True,
        is_in_order=True,
        warm_up=warm_up,
    )


def _before_all(folder: str, extension: str, num_programs: int) -> list[str]:
    """Return what comes before the first call: no program may read, or crowd out, another."""
    lines = [f"chmod 0 {folder}/*{extension}"]
    if num_programs > 1:
        blocks = COMPILE_LIMITS.file_bytes // 512 // (2 * num_programs)
        lines.append(f"ulimit -f {blocks}")
    return lines


@functools.cache
def _if_there(path: Path) -> tuple[str, ...]:
    return (str(path),) if path.is_file() else ()


@functools.cache
def _main_object(cache: Path) -> bytes:
    """Return the harness's main, compiled: a program's own number takes the place of `_NUMBER`."""
    return (cache / _MAIN).read_bytes()


def run_compiler(tool: str, *arguments: str) -> None:
    """Run a compiler on sources of ours."""
    run_tool(tool, (str(find_tool(tool)), *arguments))


@functools.cache
def _linker() -> tuple[str, ...]:
    # gold takes a third of the time of GNU's usual linker.
    return ("-fuse-ld=gold",) if Path("/usr/bin/ld.gold").exists() else ()


def is_built(batch: Path, name: str) -> bool:
    """Say whether the compiler wrote the program."""
    return bool(_made(batch, name))


def _made(batch: Path, name: str) -> list[Path]:
    paths = (folder / name for folder in sorted(batch.glob(f"{_FOLDER}*")))
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def collect(batch: Path, name: str) -> Path:
    """Return a folder with the program and nothing else: an answer cannot read the tests."""
    folder = batch / name
    folder.mkdir()
    _made(batch, name)[0].rename(folder / PROGRAM)
    return folder


def run(unit: Unit, harness: Path) -> Invocation:
    """Return the call that runs a compiled program."""
    return Invocation(argv=(f"/work/{PROGRAM}",), env={"LC_ALL": "C.UTF-8"})
