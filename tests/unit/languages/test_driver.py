"""The steps of gcc and g++, called without them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codem_ray.languages.driver import compile_command, link_commands

pytestmark = pytest.mark.toolchain

SOURCES = {
    "gcc": ("c", "#include <math.h>\nint main(void) { return sqrt(4.0) == 2.0 ? 0 : 1; }\n"),
    "g++": ("c++", '#include <string>\nint main() { return std::to_string(7) == "7" ? 0 : 1; }\n'),
}


def driver(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "driver"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", SOURCES)
def test_the_steps_make_what_the_driver_makes(tmp_path: Path, name: str) -> None:
    language, source = SOURCES[name]
    program, assembly = tmp_path / "program", tmp_path / "program.s"
    compiling = compile_command((driver(name), "-S", "-o", str(assembly), "-x", language, "-"))
    linking = link_commands(
        (driver(name), "-fno-use-linker-plugin", "-o", str(program), str(assembly), "-lm"),
        str(tmp_path / "between.o"),
    )
    assert [Path(command[0]).name for command in (compiling, linking[0])] == [
        "cc1" if name == "gcc" else "cc1plus",
        "as",
    ]
    for command in (compiling, *linking):
        subprocess.run(command, input=source, text=True, check=True)
    assert subprocess.run([program], check=False).returncode == 0
    # The driver is asked once for all programs.
    assert link_commands.cache_info().currsize > 0


def test_gold_is_called_without_the_program_that_looks_for_it() -> None:
    if not Path("/usr/bin/ld.gold").exists():
        pytest.skip("gold is not installed")
    argv = (driver("gcc"), "-fno-use-linker-plugin", "-fuse-ld=gold", "-o", "p", "p.s")
    _, linking = link_commands(argv, "p.o")
    assert linking[0] == "/usr/bin/ld.gold"
    assert "-fuse-ld=gold" not in linking
    assert linking.count("p.o") == 1


@pytest.mark.parametrize(
    "says",
    [
        "exit 1",
        "exit 0",
        # Steps of unknown number, or of unknown output.
        "echo ' \"/a/cc1\" -o /tmp/a.s' >&2; echo ' /a/cc2' >&2; echo ' /a/ld /tmp/a.s' >&2",
        "echo ' as -o elsewhere.o p.s' >&2; echo ' ld -o p elsewhere.o' >&2",
    ],
)
def test_a_driver_that_tells_no_steps_is_called_itself(tmp_path: Path, says: str) -> None:
    argv = (script(tmp_path, says), "-o", "p", "p.s")
    assert compile_command(argv) == argv
    assert link_commands(argv, "p.o") == (argv,)
