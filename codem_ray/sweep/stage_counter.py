"""Counts the items of a stage that are done, in the status of a trial."""

from __future__ import annotations

import threading
from typing import Any

from codem_ray.sweep.trial_status import StatusWriter


class StageCounter:
    """Counts the problems or answers of one stage, and writes the count to the status while shown.

    Cells are judged while others are generated, and the status shows one stage at a time.
    """

    def __init__(self, status: StatusWriter, stage: str, total: int) -> None:
        self._status, self._stage, self._total = status, stage, total
        self._done, self._is_shown = 0, False
        self._lock = threading.Lock()

    def show(self) -> None:
        """Show the count from now on."""
        with self._lock:
            self._is_shown = True
            self._update(problems_total=self._total)

    def hide(self) -> None:
        """Leave the status to another stage."""
        with self._lock:
            self._is_shown = False

    def add(self, more: int) -> None:
        """Count `more` items; may be called from any thread."""
        with self._lock:
            self._done += more
            if self._is_shown:
                self._update()

    def _update(self, **changes: Any) -> None:
        self._status.update(stage=self._stage, problems_done=self._done, **changes)
