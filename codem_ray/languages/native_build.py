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
from codem_ray.languages.native_assemble import IDENTITY_LINE, NUMBER, called_functions, openings
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
    headers: Callable[[str, Path, Path], Path | None] = lambda opening, harness, cache: None
    """Map (beginning of a source, harness folder, cache folder) to a folder with precompiled
    headers, if any."""
    first_flags: tuple[str, ...] = ()
    """More flags for a source that has a second attempt."""
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
            sources, main_object = self._numbered(program, cache)
            files |= {f"{path}.{at}{self.extension}": text for at, text in enumerate(sources)}
            files[f"{path}.o"] = main_object
            headers = [self.headers(text, harness, cache) for text in openings(program.unit)]
            readable |= dict.fromkeys(folder for folder in headers if folder is not None)
            call = self._call(program, path, harness, cache, headers)
            lines.append(f"echo {program.name}/: {folder} >&2; {{ {call} || failed=1; }}")
            lines.append(f": > {path}.plain.s")  # Frees space for the next program.
        return Invocation(
            argv=("/bin/sh", "-c", "\n".join((*lines, "exit $failed"))),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp"},
            readable=tuple(readable),
            files=files,
        )

    def _numbered(self, program: Program, cache: Path) -> tuple[list[bytes], bytes]:
        """Return sources and main object with a secret number in all names of the harness.

        The number appears only after the answer, which therefore cannot name parts of the harness.
        """
        number = secrets.token_hex(len(NUMBER) // 2)
        sources = []
        for source in program.files.values():
            before, _, after = source.rpartition(IDENTITY_LINE)
            text = f"{before}#define CODEM_ID {number}{after}"
            sources.append(text.encode("utf-8", "replace"))
        return sources, _main_object(cache).replace(NUMBER.encode(), number.encode())

    def _call(
        self, program: Program, path: str, harness: Path, cache: Path, headers: list[Path | None]
    ) -> str:
        """Return the shell commands that make one program, from the first source that compiles."""
        checking = (
            *(str(cache / _CHECK_ASSEMBLY), f"{path}.s", f"{path}.plain.s"),
            *self._symbol_rules(program.unit),
        )
        compiling, making = [], []
        for at, folder in enumerate(headers):
            is_last = at == len(headers) - 1
            flags = self.flags if is_last else (*self.flags, *self.first_flags)
            includes = (f"-I{path}" for path in (folder, harness, harness / "c") if path)
            command = (
                *(str(cache / _OPEN_SOURCE), f"{path}.{at}{self.extension}"),
                *(str(find_tool(self.tool)), *flags, *includes),
                # From standard input, so that no macro reveals the name of the source.
                *("-S", "-o", f"{path}.s", "-x", self.language, "-"),
            )
            compiling.append(shlex.join(command))
            linking = self._linking(program.unit, path, folder)
            making.append(f"{shlex.join(checking)} && {shlex.join(linking)}")
        if len(headers) == 1:
            return f"{compiling[0]} && {making[0]}"
        # Only the last attempt's messages are of use: what the first one lacks is supplied then.
        return (
            f"if {compiling[0]} 2>/dev/null; then {making[0]}; "
            f"else {compiling[1]} && {making[1]}; fi"
        )

    def _linking(self, unit: Unit, path: str, headers: Path | None) -> tuple[str, ...]:
        shared = () if headers is None else (headers / SHARED_OBJECT,)
        return (
            *(str(find_tool(self.tool)), "-fno-use-linker-plugin", "-o", path),
            # Linked first, so that its .preinit_array runs before one of the answer.
            f"{path}.o",
            # Also before the answer, so that the answer's symbols of these names are refused.
            *(str(file) for file in shared if file.is_file()),
            f"{path}.plain.s",
            # `-z text` refuses relocations in read-only sections, which run before the harness.
            "-Wl,--wrap=main,-z,text",
            *_linker_flags(),
            *shlex.split(unit.problem.options.get("link", "")),
            "-lm",
        )

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
