"""Syntax trees of Python sources, parsed by one thread at a time."""

from __future__ import annotations

import ast
import threading

_LOCK = threading.Lock()


def parse_python(source: str) -> ast.Module:
    """Return the syntax tree of a Python source.

    `ast.parse` of CPython 3.11 raises SystemError if two threads are in it and one of them is
    interrupted by the garbage collector (python/cpython#106905).

    Raises:
        SyntaxError: The source is not Python.
        ValueError: The source contains a null character.
    """
    with _LOCK:
        return ast.parse(source)
