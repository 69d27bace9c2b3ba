"""Keeps terminal control out of the logs of Ray jobs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from codem_ray.config.submitted_job import submitted_job

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?!\n)")


@contextmanager
def plain_output() -> Iterator[None]:
    """In a Ray job, write all output of the block to standard error, without terminal control.

    Ray prints warnings of its raylets on the driver's standard output, in colour, whatever its
    options say.
    """
    if submitted_job() is None:
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
