"""Decides which Go programs behave the same when they are linked into one executable."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from codem_ray.languages.go_source import TOKEN, masked

_COMPUTING_PACKAGES = (
    "bytes",
    "container/heap",
    "container/list",
    "crypto/md5",
    "encoding/hex",
    "errors",
    "fmt",
    "math",
    "math/big",
    "math/bits",
    "math/rand",
    "regexp",
    "sort",
    "strconv",
    "strings",
    "sync",
    "time",
    "unicode",
    "unicode/utf8",
)
"""Packages that do not reach the operating system, `reflect` or `unsafe`."""
COMMON_PACKAGES = (
    *_COMPUTING_PACKAGES,
    "encoding/json",
    "os",
    "reflect",
    "testing",
    "github.com/stretchr/testify/assert",
    "github.com/stretchr/testify/require",
    "github.com/stretchr/testify/codemharness",
    "github.com/stretchr/testify/codemregexp",
)
"""Packages that programs and their tests often import."""
_INERT_KEYWORDS = frozenset(("package", "import", "const", "type", "func"))
"""First words of declarations that run nothing and take no memory until they are used."""
_MAX_LENGTH = 1 << 16
_STRING = re.compile(r"\"[^\"]*\"|`[^`]*`")
_NAMED_TYPE = re.compile(
    r"\btype\b(?!\s*\))|\bstruct\b|\binterface\b(?!\s*\{\s*\})|\bfunc\s*\w+\s*\[|"
    r"\bmap\s*\[\s*(?:interface|any)\b"
)
"""A declared type (not a type switch), a type parameter, or a map with keys of several types."""


def may_share_executable(files: Mapping[str, str]) -> bool:
    """Return whether a program from `assemble` behaves the same beside other programs."""
    answer, tests = files["answer.go"], files["tests.go"]
    return (
        is_inert(answer, _COMPUTING_PACKAGES)
        and not exposes_package_path(answer)
        and is_inert(tests, COMMON_PACKAGES)
    )


def is_inert(source: str, packages: Collection[str]) -> bool:
    """Return whether a source neither runs nor allocates anything before its functions are called.

    Such a source declares constants, types and functions but no variable and no `init`, has no
    compiler directives, and imports only from `packages`. In doubt the result is False.
    """
    if "//go:" in source or len(source) > _MAX_LENGTH:
        return False
    depth, begin, last, imports = 0, 0, "\n", []
    literals = masked(source, keep_literals=True)
    for match in TOKEN.finditer(masked(source) + "\n"):
        token = match[0]
        if depth == 0 and token in "\n;":
            declaration = literals[begin : match.start()]
            if declaration.startswith("import"):
                imports += _STRING.findall(declaration)
        elif depth == 0 and last in "\n;":
            begin = match.start()
            if token not in _INERT_KEYWORDS:
                return False
        elif depth == 0 and token in ("var", "init"):
            return False
        depth += (token in "{[(") - (token in "}])")
        last = token
    return depth == 0 and set(imports) <= {f'"{path}"' for path in packages}


def exposes_package_path(source: str) -> bool:
    """Return whether a source can find out under which import path it is compiled or linked.

    The types that it declares carry the path: in their names, in the names of generic types made
    with them and in the errors of their methods. Besides, `fmt` sorts map keys of different types
    by the address of the type, which linking changes. In doubt the result is True.
    """
    return bool(_NAMED_TYPE.search(masked(source)))
