"""Keeps Ray's messages off standard output, and terminal control out of files and job logs."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

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
    plain = _PlainText(sys.stderr)
    with redirect_stdout(plain), redirect_stderr(plain):
        yield


class _PlainText(io.TextIOBase):
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        self._stream.write(_CONTROL.sub("", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()

    def writable(self) -> bool:
        return True
