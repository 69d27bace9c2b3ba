"""Lines that say how far a long piece of work is."""

from __future__ import annotations

import time
from collections.abc import Callable

LINE_SECONDS = 15.0
"""From one line to the next."""


class Ticker:
    """Counts what is done, and says so now and then."""

    def __init__(self, say: Callable[[str], None], what: str, total: int | None = None) -> None:
        self._say, self._what = say, what
        self._of = f" of {total:,}" if total is not None else ""
        self._done = 0
        self._last = time.monotonic()

    def tick(self, more: int = 1) -> None:
        """Count so many more as done."""
        self._done += more
        # The clock costs more than a row does, so it is not asked for each.
        if self._done % 256 < more and time.monotonic() - self._last >= LINE_SECONDS:
            self._last = time.monotonic()
            self._say(f"{self._what}: {self._done:,}{self._of}")
