"""Compiles and links programs in C and C++: several in one sandbox, but each separately."""

from __future__ import annotations

import functools
import secrets
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import cache_name, filled_cache, run_tool
from codem_ray.languages.native_assemble import (
    IDENTITY_LINE,
    NUMBER,
    called_functions,
    source_name,
)
from codem_ray.languages.native_source import ABSOLUTE, COMPARES, MATH, MEMORY, ONLY_C
from codem_ray.languages.spec import COMPILE_LIMITS, Build, Invocation, Program, Unit
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.languages.versions import version_output

SHARED_OBJECT = "codem_shared.o"
"""File in a folder of precompiled headers that holds their templates, compiled once for all
programs."""
_PROGRAM = "program"
_MAIN_OBJECT = "codem_main.o"
_CHECK_ASSEMBLY = "codem_lines"
"""Tool of the harness: copies assembly, or refuses it if it could change the tests."""
_OPEN_SOURCE = "codem_open"
"""Tool of the harness: starts the compiler on a source that nothing else can read."""
_FOLDER_PREFIX = "build-"
_HARNESS_FLAGS = (
    "-fno-builtin",
    "-fno-stack-protector",
    "-fno-tree-loop-distribute-patterns",
    "-fPIE",
)
"""With these flags, no call that the compiler inserts can reach a function of the answer."""
_CACHE_FORMAT = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeCompiler:
    """The compiler of C or C++."""

    tool: str
    language: str
    """The compiler's name of the language, for its option `-x`."""
    extension: str
    flags: tuple[str, ...]
    headers: Callable[[Unit, Path, Path], Path | None] = lambda unit, harness, cache: None
    """Map (unit, harness folder, cache folder) to a folder with precompiled headers, if any."""
    runtime: str | None = None
    """Source of the harness to link with its main."""

    def build(self) -> Build:
        """Return how a language with this compiler builds its programs."""
        return Build(
            batch_size=16,
            command=self.command,
            writes_own_sources=True,
            is_built=_is_built,
            collect=_collect,
            is_independent=True,
            is_sequential=True,
            warm_up=self.warm_up,
        )

    def command(self, programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
        """Return one shell script that compiles each program in turn."""
        assert cache is not None
        # The folder has a secret name, so that no program can include the source of another.
        folder = f"{_FOLDER_PREFIX}{secrets.token_hex(8)}"
        lines = [f"chmod 0 {folder}/*{self.extension}"]
        if len(programs) > 1:
            # No program may use up the disk space of the others.
            lines.append(f"ulimit -f {COMPILE_LIMITS.file_bytes // 512 // (2 * len(programs))}")
        files: dict[str, bytes] = {}
        readable = dict.fromkeys((harness, cache, *readable_root(find_tool(self.tool))))
        for program in programs:
            path = f"{folder}/{program.name}"
            source, main_object = self._numbered(program, cache)
            files |= {f"{path}{self.extension}": source, f"{path}.o": main_object}
            headers = self.headers(program.unit, harness, cache)
            if headers is not None:
                readable[headers] = None
            steps = self._steps(program, path, harness, cache, headers)
            call = " && ".join(shlex.join(step) for step in steps)
            lines.append(f"echo {program.name}/: {folder} >&2; {{ {call} || failed=1; }}")
            lines.append(f": > {path}.plain.s")  # Frees space for the next program.
        return Invocation(
            argv=("/bin/sh", "-c", "\n".join((*lines, "exit $failed"))),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp"},
            readable=tuple(readable),
            files=files,
        )

    def _numbered(self, program: Program, cache: Path) -> tuple[bytes, bytes]:
        """Return source and main object with a secret number in all names of the harness.

        The number appears only after the answer, which therefore cannot name parts of the harness.
        """
        number = secrets.token_hex(len(NUMBER) // 2)
        source = program.files[source_name(self.extension)]
        before, _, after = source.rpartition(IDENTITY_LINE)
        text = f"{before}#define CODEM_ID {number}{after}"
        main_object = _main_object(cache).replace(NUMBER.encode(), number.encode())
        return text.encode("utf-8", "replace"), main_object

    def _steps(
        self, program: Program, path: str, harness: Path, cache: Path, headers: Path | None
    ) -> tuple[tuple[str, ...], ...]:
        """Return the commands that make one program."""
        compiler = str(find_tool(self.tool))
        precompiled = () if headers is None else (headers,)
        includes = (f"-I{folder}" for folder in (*precompiled, harness, harness / "c"))
        shared = (folder / SHARED_OBJECT for folder in precompiled)
        compiling = (
            *(str(cache / _OPEN_SOURCE), f"{path}{self.extension}"),
            *(compiler, *self.flags, *includes),
            # From standard input, so that no macro reveals the name of the source.
            *("-S", "-o", f"{path}.s", "-x", self.language, "-"),
        )
        checking = (
            *(str(cache / _CHECK_ASSEMBLY), f"{path}.s", f"{path}.plain.s"),
            *self._symbol_rules(program.unit),
        )
        linking = (
            *(compiler, "-fno-use-linker-plugin", "-o", path),
            # Linked first, so that its .preinit_array runs before one of the answer.
            f"{path}.o",
            # Also before the answer, so that the answer's symbols of these names are refused.
            *(str(file) for file in shared if file.is_file()),
            f"{path}.plain.s",
            # `-z text` refuses relocations in read-only sections, which run before the harness.
            "-Wl,--wrap=main,-z,text",
            *_linker_flags(),
            *shlex.split(program.unit.problem.options.get("link", "")),
            "-lm",
        )
        return compiling, checking, linking

    def _symbol_rules(self, unit: Unit) -> list[str]:
        """Return the rules of codem_lines for symbols that the tests' calls must not reach."""
        if self.language == "c":
            return [f"-{name}" for name in (*MATH, *ABSOLUTE, *ONLY_C, *COMPARES)]
        return [
            *(f"-{name}" for name in (*MATH, *ABSOLUTE)),
            *(f"={name}" for name in (*COMPARES, *MEMORY)),
            *called_functions(unit, ONLY_C),
        ]

    def warm_up(self, caches: Path, harness: Path) -> Path:
        """Compile the harness's main and tools, once for all programs."""
        version = version_output(self.tool, "--version")
        name = cache_name(self.tool, version, self.flags, harness, _CACHE_FORMAT)
        return filled_cache(caches, name, functools.partial(self._fill, harness))

    def _fill(self, harness: Path, folder: Path) -> None:
        main = folder / _MAIN_OBJECT
        options = (f"-DCODEM_ID={NUMBER}", "-O1", "-w", "-c", *_HARNESS_FLAGS)
        compile_own("gcc", *options, "-o", str(main), str(harness / "codem_main.c"))
        for tool in (_CHECK_ASSEMBLY, _OPEN_SOURCE):
            compile_own("gcc", "-O2", "-w", "-o", str(folder / tool), str(harness / f"{tool}.c"))
        if self.runtime is not None:
            # Joined into one object, with the part of the main first.
            parts = [str(main.rename(folder / "main.o")), str(folder / "runtime.o")]
            flags = ("-O2", "-w", "-c", *_HARNESS_FLAGS)
            compile_own(self.tool, *flags, "-o", parts[1], str(harness / self.runtime))
            compile_own(self.tool, "-r", "-nostdlib", "-o", str(main), *parts)
        if NUMBER.encode() not in main.read_bytes():
            raise ToolchainError(f"{main} has no symbol with {NUMBER}: gcc dropped the names")


def compile_own(tool: str, *arguments: str) -> None:
    """Run a compiler on sources of the harness, without a sandbox."""
    run_tool(tool, (str(find_tool(tool)), *arguments))


@functools.cache
def _main_object(cache: Path) -> bytes:
    return (cache / _MAIN_OBJECT).read_bytes()


@functools.cache
def _linker_flags() -> tuple[str, ...]:
    # gold takes a third of the time of the default linker.
    return ("-fuse-ld=gold",) if Path("/usr/bin/ld.gold").exists() else ()


def _is_built(batch: Path, name: str) -> bool:
    return bool(_executables(batch, name))


def _executables(batch: Path, name: str) -> list[Path]:
    paths = (folder / name for folder in sorted(batch.glob(f"{_FOLDER_PREFIX}*")))
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def _collect(batch: Path, name: str) -> Path:
    """Return a folder that holds only the program, so that an answer cannot read the tests."""
    folder = batch / name
    folder.mkdir()
    _executables(batch, name)[0].rename(folder / _PROGRAM)
    return folder


def run(unit: Unit, harness: Path) -> Invocation:
    """Return the call of a compiled program."""
    return Invocation(argv=(f"/work/{_PROGRAM}",), env={"LC_ALL": "C.UTF-8"})
