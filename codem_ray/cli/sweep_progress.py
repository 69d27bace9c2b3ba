"""Show the progress of a running sweep: a live table on a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from codem_ray.cli.output import duration_text, log
from codem_ray.cli.status import HEADER, status_row
from codem_ray.storage import Storage
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.sweep.trial_status import TrialState, TrialStatus, read_statuses, sweep_seconds_left

if TYPE_CHECKING:
    from rich.table import Table

LOG_SECONDS = 30.0
"""Maximum time between two log lines."""
_STYLES = {"done": "green", "failed": "red", "running": "bold", "waiting": "dim"}


class SweepProgress:
    """Shows a sweep's progress on standard error until the context ends."""

    def __init__(self, storage: Storage, plan: SweepPlan) -> None:
        self._storage, self._plan = storage, plan
        self._started_at = time.time()
        self._stop = threading.Event()
        self._is_terminal = sys.stderr.isatty()
        show = self._show_table if self._is_terminal else self._log_changes
        self._thread = threading.Thread(target=show, daemon=True)
        self._message = ""

    def __enter__(self) -> SweepProgress:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def log(self, text: str) -> None:
        """Show a message that belongs to no trial."""
        self._message = text
        if not self._is_terminal:
            log(text)

    def _show_table(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), refresh_per_second=2, transient=True) as live:
            while not self._stop.wait(1.0):
                live.update(self._table(read_statuses(self._storage, self._plan)))

    def _table(self, statuses: Sequence[TrialStatus]) -> Table:
        from rich.table import Table

        now = time.time()
        elapsed = duration_text(now - self._started_at)
        table = Table(
            title=f"{self._plan.name}: {self._summary(statuses, now)}, {elapsed} elapsed",
            caption=self._message,
        )
        for index, name in enumerate(HEADER):
            table.add_column(name, justify="left" if index < 3 else "right", no_wrap=True)
        for status in statuses:
            table.add_row(*status_row(status, now), style=_STYLES.get(status.state, ""))
        return table

    def _log_changes(self) -> None:
        last_seen: dict[str, tuple[str, str]] = {}
        logged_at = time.time()
        while True:
            # One more look after the end, so that the last changes are logged.
            is_over = self._stop.wait(1.0)
            statuses = read_statuses(self._storage, self._plan)
            now = time.time()
            for status in statuses:
                seen = (status.state, status.stage)
                is_of_this_run = status.updated_at >= self._started_at
                if is_of_this_run and last_seen.get(status.trial_id) != seen:
                    last_seen[status.trial_id] = seen
                    logged_at = now
                    log(_describe(status))
            if now - logged_at > LOG_SECONDS:
                logged_at = now
                log(self._summary(statuses, now))
                for status in statuses:
                    if status.state is TrialState.RUNNING:
                        log(_describe(status))
            if is_over:
                return

    def _summary(self, statuses: Sequence[TrialStatus], now: float) -> str:
        done = sum(status.state is TrialState.DONE for status in statuses)
        left = duration_text(sweep_seconds_left(statuses, self._started_at, now))
        return f"{done}/{len(statuses)} trials done, {left} left"


def _describe(status: TrialStatus) -> str:
    state = status.stage if status.state is TrialState.RUNNING else status.state
    parts = [f"{status.trial_id}: {state}"]
    if status.stage == "train" and status.step:
        parts.append(f"step {status.step}/{status.steps}")
        if status.loss is not None:
            parts.append(f"loss {status.loss:.3f}")
        if status.tokens_per_second:
            parts.append(f"{status.tokens_per_second:,.0f} tokens/s")
    if status.stage in {"generate", "execute"} and status.problems_total:
        parts.append(f"{status.problems_done}/{status.problems_total} problems")
    if status.attempt > 1:
        parts.append(f"attempt {status.attempt}")
    if status.message:
        parts.append(status.message.splitlines()[0])
    return ", ".join(parts)
