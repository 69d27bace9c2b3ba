"""Keeps Ray's messages off standard output, and terminal control out of files and job logs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?!\n)")


@contextmanager
def plain_output() -> Iterator[None]:
    """Write all output of the block to standard error, without colours, unless it is a terminal.

    Ray prints warnings of its raylets on the driver's standard output, in colour, whatever its
    options say.
    """
    if sys.stderr.isatty():
        # Two redirections would restore each other's streams: a live table has its own.
        yield
        return
    plain = cast("TextIO", _PlainText(sys.stderr))
    with redirect_stdout(plain), redirect_stderr(plain):
        yield


class _PlainText:
    """A text stream without terminal control; all but `write` is that of another stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(_CONTROL.sub("", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
