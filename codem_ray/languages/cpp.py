"""C++."""

from __future__ import annotations

import dataclasses
import re
from contextlib import suppress
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages import native
from codem_ray.languages.caches import filled
from codem_ray.languages.spec import Installation, LanguageSpec, ProcessLayout, Samples, Unit

_PLUGIN = "instantiate.so"
_PLUGIN_FLAGS = ("-O1", "-w", "-shared", "-fPIC", "-fno-rtti")
_FLAGS = ("-std=gnu++17", "-w")
_SHARED_FLAGS = ("-O1", "-fPIE", "-fno-weak")
"""Compiles once what every program would: no weak names, so that none can be an answer's."""
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
_ELEMENTS = ("bool", "char", "int", "long", "long long", "float", "double")
_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")
_HEAD_LINE = re.compile(
    r"[ \t]*(?:#[ \t]*include[ \t]*<([\w./+-]+)>|using[ \t]+namespace[ \t]+std[ \t]*;"
    r"|#line 1 \"answer\")?[ \t]*"
)


def split_head(source: str) -> tuple[str, str]:
    """Take the system headers that a source opens with off it, the precompiled ones first.

    A program gets the headers that it names and no other, so its verdict is the same. Lines keep
    their numbers.
    """
    headers, body = _take_headers(source)
    known = _known(headers)
    head = [f'#include "{_header_name(known)}"'] if known else []
    head += [f"#include <{name}>" for name in dict.fromkeys(headers) if name not in known]
    return "\n".join(head), body


def _take_headers(source: str) -> tuple[list[str], str]:
    lines = source.split("\n")
    headers: list[str] = []
    for at, line in enumerate(lines):
        found = _HEAD_LINE.fullmatch(line)
        if found is None:
            break
        if found[1] is not None:
            headers.append(found[1])
            lines[at] = ""
    return headers, "\n".join(lines)


def _known(headers: list[str]) -> frozenset[str]:
    return next((one for one in _PRECOMPILED if one <= set(headers)), frozenset())


def _header_name(headers: frozenset[str]) -> str:
    return f"codem_{_PRECOMPILED.index(headers)}.h"


def _precompiled(unit: Unit, harness: Path, cache: Path) -> Path | None:
    """Return a folder with what a program's head includes, precompiled when it is first asked."""
    known = _known(_take_headers(native.opening(unit))[0])
    return _folder(known, harness, cache) if known else None


def _folder(headers: frozenset[str], harness: Path, cache: Path) -> Path:
    fill = partial(_precompile, harness, headers, cache)
    return filled(cache.parent, f"{cache.name}-{_header_name(headers)}", fill)


def _plugin(harness: Path, cache: Path) -> Path | None:
    """Return our plugin of g++; None where this g++ does not take it."""
    source = str(harness / "gcc_instantiate.cc")

    def compile_it(folder: Path) -> None:
        native.run_compiler("g++", *_PLUGIN_FLAGS, "-o", str(folder / _PLUGIN), source)

    try:
        return filled(cache.parent, f"{cache.name}-plugin", compile_it) / _PLUGIN
    except ToolchainError:
        return None


def _precompile(harness: Path, headers: frozenset[str], cache: Path, folder: Path) -> None:
    path = folder / _header_name(headers)
    lines = [f"#include <{name}>\n" for name in sorted(headers)]
    templates = _templates(headers)
    try:
        _share(lines, templates, headers, folder)
    except ToolchainError:
        # Each program then compiles what it needs of them.
        templates = []
    lines += [f"extern template {one};\n" for one in templates]
    path.write_text("".join((*lines, "#pragma codem_instantiate\n")))
    options = [*_FLAGS, "-I", str(harness), "-I", str(harness / "c"), "-x", "c++-header"]
    options += ["-o", f"{path}.gch", str(path)]
    if (plugin := _plugin(harness, cache)) is not None:
        with suppress(ToolchainError):
            native.run_compiler("g++", f"-fplugin={plugin}", *options)
            return
    native.run_compiler("g++", *options)


def _share(lines: list[str], templates: list[str], headers: frozenset[str], folder: Path) -> None:
    """Compile what programs then only declare."""
    # Of strings the library has such declarations itself.
    strings = ["class std::basic_string<char>"] if "string" in headers else []
    source = folder / "shared.cpp"
    definitions = (f"template {one};\n" for one in (*templates, *strings))
    source.write_text("".join((*lines, *definitions)))
    shared = str(folder / native.SHARED)
    native.run_compiler("g++", *_FLAGS, *_SHARED_FLAGS, "-c", "-o", shared, str(source))


def _warm_up(caches: Path, harness: Path) -> Path:
    """Compile what all programs share, and the headers that most of them name."""
    assert _BUILD.warm_up is not None
    cache = _BUILD.warm_up(caches, harness)
    _folder(_PRECOMPILED[0], harness, cache)
    return cache


def _templates(headers: frozenset[str]) -> list[str]:
    """Return the library's templates that most programs use and that are compiled once for all."""
    elements = list(_ELEMENTS) if "vector" in headers else []
    if elements and "string" in headers:
        elements.append("std::string")
    elements += [f"std::vector<{one}>" for one in elements if one not in ("bool", "char")]
    made = []
    if "string" in headers:
        text, literal = "const std::string &", "const char *"
        for left, right in ((text, text), (text, literal), (literal, text)):
            # Nobody can specialise what finds two texts equal: two templates have its signature.
            signs = [one for one in _COMPARISONS if (left, right, one) != (text, text, "==")]
            made += [f"bool std::operator{sign}({left}, {right})" for sign in signs]
    for one in elements:
        vector = f"std::vector<{one}>"
        made.append(f"class {vector}")
        made.append(f"bool std::operator==(const {vector} &, const {vector} &)")
    return made


_BUILD = native.compiler("g++", ".cpp", _FLAGS, "c++", _precompiled, runtime="codem_runtime.cpp")

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
    process_layout=ProcessLayout.ALONE,
    assemble=native.assembler(".cpp", split_head),
    build=dataclasses.replace(_BUILD, warm_up=_warm_up),
    run=native.run,
    group="native",
    grammar="tree_sitter_cpp:language",
    snippet_frame=("void snippet() {\n", "\n}"),
    signs=re.compile(
        # A header without `.h` is none of C's.
        r"#include\s*<(?:\w+|bits/stdc\+\+\.h)>|\bstd::|\b(?:cout|cerr)\s*<<|\bcin\s*>>"
        r"|^[ \t]*(?:using )?namespace \w+|^[ \t]*template\s*<|^[ \t]*(?:public|private):",
        re.MULTILINE,
    ),
    superset_of="c",
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
