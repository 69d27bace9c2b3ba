"""Precompiles the headers of C++ programs, which take longer to parse than most programs."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import filled_cache
from codem_ray.languages.native_build import SHARED_OBJECT, compile_own

FLAGS = ("-std=gnu++17", "-w")
"""Flags of the language; a precompiled header is valid only for the same ones."""
_HEADER_SETS = (
    frozenset({"string", "vector"}),
    frozenset({"vector"}),
    frozenset({"string"}),
)
_PLUGIN = "instantiate.so"
_PLUGIN_FLAGS = ("-O1", "-w", "-shared", "-fPIC", "-fno-rtti")
_SHARED_FLAGS = ("-O1", "-fPIE", "-fno-weak")
"""Without weak symbols, linking fails if an answer defines a symbol of the same name."""
_ELEMENTS = ("bool", "char", "int", "long", "long long", "float", "double")
_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")
_HEAD_PART = re.compile(
    r"[ \t]*(?:#[ \t]*include[ \t]*<(?P<header>[\w./+-]+)>|using[ \t]+namespace[ \t]+std[ \t]*;"
    # A comment that a backslash may continue on the next line ends the head.
    r"|#line 1 \"answer\"|//[^\n\\?]*|/\*(?:[^*\\?]|\*(?!/))*\*/)?[ \t]*(?:\n|\Z)"
)
"""A line of the beginning of a source, or a comment of several lines."""


def split_head(source: str) -> tuple[str, str]:
    """Split a source into the system headers at its beginning, and the rest.

    A precompiled set of headers replaces its members if the source includes all of them, so no
    program gets a header that it does not include. Lines of the rest keep their numbers.
    """
    headers, body = _take_headers(source)
    precompiled = _largest_set(headers)
    head = [f'#include "{_header_name(precompiled)}"'] if precompiled else []
    head += [f"#include <{name}>" for name in dict.fromkeys(headers) if name not in precompiled]
    return "\n".join(head), body


def precompiled_headers(source: str, harness: Path, cache: Path) -> Path | None:
    """Return the folder of a source's precompiled headers; compile them at their first use."""
    headers = _largest_set(_take_headers(source)[0])
    return _header_folder(headers, harness, cache) if headers else None


def _take_headers(source: str) -> tuple[list[str], str]:
    headers: list[str] = []
    body, at = "", 0
    while at < len(source) and (part := _HEAD_PART.match(source, at)):
        if part["header"] is None:
            body += part[0]
        else:
            headers.append(part["header"])
            body += "\n"
        at = part.end()
    return headers, body + source[at:]


def _largest_set(headers: list[str]) -> frozenset[str]:
    return next((members for members in _HEADER_SETS if members <= set(headers)), frozenset())


def _header_name(headers: frozenset[str]) -> str:
    return f"codem_{_HEADER_SETS.index(headers) + 1}.h"


def _header_folder(headers: frozenset[str], harness: Path, cache: Path) -> Path:
    fill = partial(_precompile, harness, headers, cache)
    return filled_cache(cache.parent, f"{cache.name}-{_header_name(headers)}", fill)


def _precompile(harness: Path, headers: frozenset[str], cache: Path, folder: Path) -> None:
    path = folder / _header_name(headers)
    lines = [f"#include <{name}>\n" for name in sorted(headers)]
    templates = shared_templates(headers)
    try:
        _compile_shared(lines, templates, headers, folder)
    except ToolchainError:
        # Each program then compiles the templates that it uses.
        templates = []
    lines += [f"extern template {template};\n" for template in templates]
    path.write_text("".join((*lines, "#pragma codem_instantiate\n")))
    options = [*FLAGS, "-I", str(harness), "-I", str(harness / "c"), "-x", "c++-header"]
    options += ["-o", f"{path}.gch", str(path)]
    if (plugin := _plugin(harness, cache)) is not None:
        with suppress(ToolchainError):
            compile_own("g++", f"-fplugin={plugin}", *options)
            return
    compile_own("g++", *options)


def _plugin(harness: Path, cache: Path) -> Path | None:
    """Return the harness's plugin of g++, None if this version of g++ does not accept it.

    It instantiates templates before headers are precompiled, which saves 50 ms a program.
    """
    source = str(harness / "gcc_instantiate.cc")

    def fill(folder: Path) -> None:
        compile_own("g++", *_PLUGIN_FLAGS, "-o", str(folder / _PLUGIN), source)

    try:
        return filled_cache(cache.parent, f"{cache.name}-plugin", fill) / _PLUGIN
    except ToolchainError:
        return None


def _compile_shared(
    lines: list[str], templates: list[str], headers: frozenset[str], folder: Path
) -> None:
    # Programs need no `extern` for strings, because the library declares it.
    strings = ["class std::basic_string<char>"] if "string" in headers else []
    source = folder / "shared.cpp"
    definitions = (f"template {template};\n" for template in (*templates, *strings))
    source.write_text("".join((*lines, *definitions)))
    shared = str(folder / SHARED_OBJECT)
    compile_own("g++", *FLAGS, *_SHARED_FLAGS, "-c", "-o", shared, str(source))


def shared_templates(headers: frozenset[str]) -> list[str]:
    """Return the templates of the library that are compiled once for all programs.

    This saves time, and it prevents answers from specialising them so that their results equal
    everything.
    """
    elements = list(_ELEMENTS) if "vector" in headers else []
    if elements and "string" in headers:
        elements.append("std::string")
    elements += [f"std::vector<{type_}>" for type_ in elements if type_ not in ("bool", "char")]
    templates = []
    if "string" in headers:
        text, literal = "const std::string &", "const char *"
        for left, right in ((text, text), (text, literal), (literal, text)):
            templates += [f"bool std::operator{sign}({left}, {right})" for sign in _COMPARISONS]
        # Two templates of the library have this signature, so that it can neither be instantiated
        # nor specialised.
        templates.remove(f"bool std::operator==({text}, {text})")
    for element in elements:
        vector = f"std::vector<{element}>"
        templates.append(f"class {vector}")
        templates.append(f"bool std::operator==(const {vector} &, const {vector} &)")
    return templates
