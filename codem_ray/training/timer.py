"""Times of the parts of a fine-tune."""

from __future__ import annotations

import time


class Timer:
    """Wall and CPU seconds of each part of a fine-tune."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last, self._last_cpu = time.monotonic(), time.process_time()

    def mark(self, part: str) -> None:
        """Add the time since the last mark to `part`."""
        now = time.monotonic()
        self.seconds[part] = round(self.seconds.get(part, 0.0) + now - self._last, 3)
        self.seconds[f"{part}_cpu"] = round(time.process_time() - self._last_cpu, 3)
        self._last, self._last_cpu = now, time.process_time()
