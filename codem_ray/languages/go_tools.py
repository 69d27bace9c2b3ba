"""Calls Go's compiler and linker without `go build`, which costs more than they do.

What `go build` would call is read from one call of its own, made when the cache is filled. Where a
program asks for more than that call knew (a package that is not compiled yet, cgo, embedded files),
`go build` decides as before.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

COMPILE_CONFIG, LINK_CONFIG, SCRIPT = "importcfg.compile", "importcfg.link", "build.sh"
_NOT_IMPORTABLE = re.compile(r"(?:^|/)(?:internal|vendor)(?:/|$)")
_DROPPED = frozenset({"-o", "-p", "-trimpath", "-buildid", "-importcfg", "-embedcfg"})
"""Flags that belong to one program, each followed by its value."""
_DROPPED_JOINED = ("-c=", "-buildid=", "-dwarf=")
# GC off and one thread: these processes live for a tenth of a second. The limit brings GC back.
_ENVIRONMENT = "GOGC=off GOMEMLIMIT=1000MiB GOMAXPROCS=1"
HEAD = """\
cache={cache}
compile() {{ {environment} {compile} "$@" 2>&1; }}
link() {{ {environment} {link} "$@" 2>&1; }}
build() {{ {build} "$@"; }}
. {script}
"""


class Call(NamedTuple):
    """One command of `go build`, without what belongs to one program."""

    environment: tuple[str, ...]
    argv: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{name}={shlex.quote(value)}" for name, value in map(_split, self.environment)]
        return " ".join((*parts, shlex.join(self.argv)))


def _split(assignment: str) -> tuple[str, str]:
    name, _, value = assignment.partition("=")
    return name, value


def calls_of(trace: str) -> tuple[Call, Call] | None:
    """Return how `go build -x` compiled and linked package main; None: it cannot be told."""
    compiling = linking = None
    for line in trace.splitlines():
        if "/compile " in line and " -p main " in line:
            compiling = _call(line, num_files=line.split(" -pack ")[-1].count(".go"))
        elif "/link " in line and " -importcfg " in line:
            linking = _call(line, num_files=1)
    if compiling is None or linking is None or "-pack" not in compiling.argv:
        return None
    return compiling, linking


def _call(line: str, num_files: int) -> Call:
    words = shlex.split(line.partition(" # ")[0])
    start = next(at for at, word in enumerate(words) if "=" not in word)
    kept: list[str] = []
    skip = False
    for word in words[start : len(words) - num_files]:
        if skip or word in _DROPPED:
            skip = not skip
        elif not word.startswith(_DROPPED_JOINED):
            kept.append(word)
    return Call(tuple(words[:start]), tuple(kept))


def write_script(
    cache: Path,
    final: Path,
    trace: str,
    exports: Mapping[str, str],
    build: Sequence[str],
    script: Path,
) -> None:
    """Write what programs are built with into the cache; nothing, where `trace` does not tell.

    `final` is what the cache will be called, `exports` has the compiled file of each package,
    `build` is the call of `go build`; `script` uses them all.
    """
    calls = calls_of(trace)
    if calls is None:
        return
    lines = {path: f"packagefile {path}={file}\n" for path, file in exports.items()}
    importable = (line for path, line in lines.items() if not _NOT_IMPORTABLE.search(path))
    (cache / COMPILE_CONFIG).write_text("".join(importable), encoding="utf-8")
    (cache / LINK_CONFIG).write_text("".join(lines.values()), encoding="utf-8")
    text = HEAD.format(
        environment=_ENVIRONMENT,
        compile=calls[0],
        link=calls[1],
        cache=shlex.quote(str(final)),
        build=shlex.join(build),
        script=shlex.quote(str(script)),
    )
    (cache / SCRIPT).write_text(text, encoding="utf-8")
