"""Progress of one long piece of work on standard error: a bar, off a terminal a line at times."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINE_SECONDS = 30.0
"""From one line to the next where there is no terminal."""


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function `(done, more)`: so much is done since, and so much more there is to do."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(title)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(title, total=0)
        total = 0

        def advance(done: int, more: int) -> None:
            nonlocal total
            total += more
            progress.update(bar, total=total, advance=done)

        yield advance


def _lines(title: str) -> Callable[[int, int], None]:
    done = total = 0
    last = time.monotonic()

    def advance(now_done: int, more: int) -> None:
        nonlocal done, total, last
        done, total = done + now_done, total + more
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            print(f"{title}: {done:,}/{total:,}", file=sys.stderr, flush=True)

    return advance
