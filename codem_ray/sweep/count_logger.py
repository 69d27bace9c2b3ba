"""Progress lines of builds that count items."""

from __future__ import annotations

import time
from collections.abc import Callable

LOG_SECONDS = 15.0
"""Between two progress lines of one build."""
Log = Callable[[str], None]
"""Takes one line for the user."""


class CountLogger:
    """Counts items and logs the count every LOG_SECONDS."""

    def __init__(self, log: Log, label: str, total: int | None = None) -> None:
        self._log, self._label = log, label
        self._of = f" of {total:,}" if total is not None else ""
        self._done = 0
        self._last = time.monotonic()

    def add(self, more: int = 1) -> None:
        """Count `more` items."""
        self._done += more
        # Reading the clock costs more than reading a row, so it is read for some rows only.
        if self._done % 256 < more and time.monotonic() - self._last >= LOG_SECONDS:
            self._last = time.monotonic()
            self._log(f"{self._label}: {self._done:,}{self._of}")
