"""C++."""

from __future__ import annotations

import hashlib
import re
import subprocess
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages import native
from codem_ray.languages.caches import WAIT_SECONDS, filled
from codem_ray.languages.spec import Installation, LanguageSpec, Samples, Style
from codem_ray.languages.toolchain import find, toolchain_digest

_FLAGS = ("-std=gnu++17", "-O1", "-w")
_PRECOMPILED = (
    # What HumanEval-X and McEval put before every program.
    frozenset(
        [
            "algorithm",
            "climits",
            "cstring",
            "iostream",
            "math.h",
            "stdio.h",
            "stdlib.h",
            "string",
            "vector",
        ]
    ),
    frozenset({"string", "vector"}),
    frozenset({"vector"}),
    frozenset({"string"}),
)
"""Sets of headers that are compiled once: parsing them costs more than most programs."""
_HEAD_LINE = re.compile(
    r"[ \t]*(?:#[ \t]*include[ \t]*<([\w./+-]+)>|using[ \t]+namespace[ \t]+std[ \t]*;"
    r"|#line 1 \"answer\")?[ \t]*"
)


def split_head(source: str) -> tuple[str, str]:
    """Take the system headers that a source opens with off it, the precompiled ones first.

    A program gets the headers that it names and no other, so its verdict is the same. Lines keep
    their numbers.
    """
    lines = source.split("\n")
    headers: list[str] = []
    for at, line in enumerate(lines):
        found = _HEAD_LINE.fullmatch(line)
        if found is None:
            break
        if found[1] is not None:
            headers.append(found[1])
            lines[at] = ""
    known = next((one for one in _PRECOMPILED if one <= set(headers)), frozenset())
    head = [f'#include "{_header_name(known)}"'] if known else []
    head += [f"#include <{name}>" for name in dict.fromkeys(headers) if name not in known]
    return "\n".join(head), "\n".join(lines)


def _header_name(headers: frozenset[str]) -> str:
    return f"codem_{_PRECOMPILED.index(headers)}.h"


def _warm_up(caches: Path, harness: Path) -> Path:
    """Precompile the headers that programs often open with, once for all executors."""
    version = repr((toolchain_digest(LANGUAGE), _FLAGS, sorted(map(sorted, _PRECOMPILED)), harness))
    digest = hashlib.sha256(version.encode()).hexdigest()[:16]
    return filled(caches, f"cpp-headers-{digest}", partial(_precompile, harness))


def _precompile(harness: Path, folder: Path) -> None:
    for headers in _PRECOMPILED:
        path = folder / _header_name(headers)
        path.write_text("".join(f"#include <{name}>\n" for name in sorted(headers)))
        options = (*_FLAGS, "-I", str(harness), "-I", str(harness / "c"))
        done = subprocess.run(
            [str(find("g++")), *options, "-x", "c++-header", "-o", f"{path}.gch", str(path)],
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ToolchainError(f"g++ cannot compile its own headers: {done.stderr[:1500]}")


LANGUAGE = LanguageSpec(
    name="cpp",
    title="C++",
    aliases=("c++", "cxx", "cc"),
    fence_tags=("cpp", "c++", "cxx", "cc"),
    extension=".cpp",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("g++",),
    installation=Installation(debian=("g++", "libboost-dev", "libssl-dev")),
    version_commands=(("g++", "--version"),),
    stop=("\nint main", "\nvoid main", "\n#include", "\n/*", "\n//"),
    style=Style.ALONE,
    assemble=native.assembler(".cpp", split_head),
    build=native.compiler("g++", ".cpp", _FLAGS, _warm_up),
    run=native.run,
    group="native",
    samples=Samples(
        tests="#include <cassert>\nint main() {\n    assert(twice({1, 2}) == 6);\n"
        "    assert((twice(std::vector<int>{-3}) == -6));\n}\n",
        passes="#include <vector>\nint twice(std::vector<int> v) {\n    int s = 0;\n"
        "    for (int x : v) s += x;\n    return 2 * s;\n}\n",
        fails="#include <vector>\nint twice(std::vector<int> v) {\n    return v.size();\n}\n",
        loops="#include <vector>\nint twice(std::vector<int> v) {\n    volatile int i = 0;\n"
        "    while (true) i = i + 1;\n}\n",
        exits="#include <vector>\n#include <cstdlib>\nint twice(std::vector<int> v) {\n"
        "    std::exit(0);\n}\n",
        does_not_compile="#include <vector>\nint twice(std::vector<int> v) {\n    return w;\n}\n",
    ),
)
