"""Show the progress of one task on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from codem_ray.cli.output import duration_text

LINE_SECONDS = 30.0
"""Minimum time between two lines."""


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the number done since its last call and the growth of the total.

    The total is 0 at first.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_printer(title)
        return
    title_column = TextColumn("{task.description}")
    columns = (title_column, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=0)
        total = 0

        def advance(done: int, more: int) -> None:
            nonlocal total
            total += more
            progress.update(task, total=total, advance=done)

        yield advance


def _line_printer(title: str) -> Callable[[int, int], None]:
    num_done = total = 0
    started_at = printed_at = time.monotonic()

    def advance(done: int, more: int) -> None:
        nonlocal num_done, total, printed_at
        num_done, total = num_done + done, total + more
        if time.monotonic() - printed_at >= LINE_SECONDS:
            printed_at = time.monotonic()
            left = (printed_at - started_at) / num_done * (total - num_done) if num_done else None
            text = f"{title}: {num_done:,}/{total:,}, {duration_text(left)} left"
            print(text, file=sys.stderr, flush=True)

    return advance
