"""Builds Go programs with `go build`, many of them into one executable.

Linking takes most of the time of a Go program. Programs that cannot notice it, because they run
nothing before their tests are called, are therefore compiled as packages of one executable. Each
process runs one of them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from codem_ray.languages.caches import cache_name, filled_cache, run_tool
from codem_ray.languages.go_sharing import COMMON_PACKAGES, may_share_executable
from codem_ray.languages.spec import Invocation, Program
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.languages.versions import version_output

PROGRAM = "program"
MODULE_NAME = "codemprograms"
_MODULE_FILE = """module {name}

go {version}

require github.com/stretchr/testify v0.0.0

replace github.com/stretchr/testify => {testify}
"""
_FLAGS = "-mod=mod -trimpath -buildvcs=false -ldflags=-s"


def module_file(harness: Path) -> str:
    """Return the go.mod of the programs, which may use all of the installed Go's language.

    go compiles a module as the language version that its go.mod names: for `min` and `max` 1.21.
    """
    version = re.search(r"go(\d+\.\d+)", version_output("go", "version"))
    return _MODULE_FILE.format(
        name=MODULE_NAME, version=version[1] if version else "1.18", testify=harness / "go"
    )


def environment(cache: Path | str) -> dict[str, str]:
    """Return the environment of go's commands: no network, no cgo, no settings of the user."""
    return {
        "GOCACHE": str(cache),
        "GOPATH": "/tmp/go",
        "HOME": "/tmp",
        "GO111MODULE": "on",
        "GOFLAGS": _FLAGS,
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GONOSUMDB": "*",
        # go would write an index of its packages into the cache, which is read-only.
        "GODEBUG": "goindex=0",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOENV": "off",
        "GOTMPDIR": "/work",
        "PATH": f"{find_tool('go').parent}:/usr/bin:/bin",
        "GOMAXPROCS": "2",
        "LC_ALL": "C.UTF-8",
    }


def command(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    """Return the call that builds a batch; go_build.sh describes what it writes."""
    assert cache is not None
    sharing = [p for p in programs if len(programs) > 1 and may_share_executable(p.files)]
    files = {"out/.keep": b"", "shared/.keep": b""}
    for program in sharing:
        # A main package cannot be imported, so each program becomes a package of its own name.
        for file, text in program.files.items():
            source = text.replace("package main", f"package {program.name}", 1)
            files[f"{program.name}/{file}"] = source.encode("utf-8", "replace")
    names = [program.name for program in sharing]
    alone = [program.name for program in programs if program not in sharing]
    return Invocation(
        argv=("/bin/sh", str(harness / "go_build.sh"), MODULE_NAME, *names, "--", *alone),
        env=environment(cache),
        readable=(harness, cache, *readable_root(find_tool("go"))),
        files=files,
    )


def is_built(batch: Path, name: str) -> bool:
    """Return whether the call made a program, on its own or as part of the shared executable."""
    # Files are empty if the disk was full.
    marker = _shared_marker(batch, name)
    if marker.is_file():
        return marker.read_text(encoding="ascii", errors="replace") == name
    program = batch / "out" / name
    return program.is_file() and program.stat().st_size > 0


def collect(batch: Path, name: str) -> Path:
    """Return a folder that holds a built program and nothing else."""
    folder = batch / name / "run"
    folder.mkdir()
    marker = _shared_marker(batch, name)
    if marker.is_file():
        marker.rename(folder / "which")
        executable = batch / "out" / "shared"
        try:
            (folder / PROGRAM).hardlink_to(executable)
        except OSError:  # the file system has no hard links
            shutil.copy(executable, folder / PROGRAM)
    else:
        (batch / "out" / name).rename(folder / PROGRAM)
    return folder


def _shared_marker(batch: Path, name: str) -> Path:
    return batch / "out" / f"{name}.which"


def warm_up(caches: Path, harness: Path) -> Path:
    """Compile the packages that programs often import into a build cache."""
    sources = [path.read_bytes() for path in sorted((harness / "go").rglob("*.go"))]
    name = cache_name(
        "go-build",
        *(version_output("go", "version"), find_tool("go"), COMMON_PACKAGES, _FLAGS, harness),
        sources,
    )
    return filled_cache(caches, name, partial(_fill, harness))


def _fill(harness: Path, cache: Path) -> None:
    work = cache.with_name("work")
    work.mkdir()
    imports = "".join(f'\t_ "{path}"\n' for path in COMMON_PACKAGES)
    source = f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n"
    (work / "main.go").write_text(source, encoding="utf-8")
    (work / "go.mod").write_text(module_file(harness), encoding="utf-8")
    env = {**environment(cache), "GOTMPDIR": str(work), "GOPATH": str(work / "go")}
    run_tool("go", (str(find_tool("go")), "build", "-o", "warm", "."), cwd=work, env=env)
