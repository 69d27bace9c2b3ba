"""Progress of a running sweep: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from codem_ray.cli.tables import text_table
from codem_ray.storage import Storage
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.status import DONE, TrialStatus, read_statuses, sweep_seconds_left

HEADER = ("trial", "state", "stage", "step", "loss", "tokens/s", "problems", "left")
LINE_EVERY_SECONDS = 30.0


def duration_text(seconds: float | None) -> str:
    """Return a duration as people say it."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{whole / 60:.0f} min"
    return f"{whole / 3600:.1f} h"


def status_rows(statuses: Sequence[TrialStatus], now: float) -> list[tuple[str, ...]]:
    """Return one row of text per trial."""
    return [
        (
            s.trial_id,
            s.state,
            s.stage or "-",
            f"{s.step}/{s.steps}" if s.steps else "-",
            f"{s.loss:.3f}" if s.loss is not None else "-",
            f"{s.tokens_per_second:,.0f}" if s.tokens_per_second else "-",
            f"{s.problems_done}/{s.problems_total}" if s.problems_total else "-",
            duration_text(s.seconds_left(now)),
        )
        for s in statuses
    ]


def status_text(statuses: Sequence[TrialStatus], now: float) -> str:
    """Return the table of all trials, with the messages of those that failed."""
    text = text_table(HEADER, status_rows(statuses, now), left=3)
    for s in statuses:
        if s.message:
            text += f"{s.trial_id}: {s.message}\n"
    return text


class LiveProgress:
    """Shows a sweep's progress on standard error until it is left."""

    def __init__(self, storage: Storage, plan: SweepPlan) -> None:
        self._storage, self._plan = storage, plan
        self._started_at = time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._is_terminal = sys.stderr.isatty()
        self._phase = ""

    def __enter__(self) -> LiveProgress:
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

    def say(self, text: str) -> None:
        """Name what is being done outside the trials."""
        self._phase = text
        if not self._is_terminal:
            log_line(text)

    def _loop(self) -> None:
        if self._is_terminal:
            self._terminal_loop()
        else:
            self._line_loop()

    def _statuses(self) -> list[TrialStatus]:
        return read_statuses(self._storage, self._plan)

    def _terminal_loop(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), refresh_per_second=2, transient=True) as live:
            while not self._stop.wait(1.0):
                live.update(self._table(self._statuses()))

    def _table(self, statuses: Sequence[TrialStatus]) -> Any:
        from rich.table import Table

        now = time.time()
        left = duration_text(sweep_seconds_left(statuses, self._started_at, now))
        elapsed = duration_text(now - self._started_at)
        done = sum(s.state == DONE for s in statuses)
        table = Table(
            title=f"{self._plan.name}: {done}/{len(statuses)} trials, {elapsed}, {left} to go",
            caption=self._phase,
        )
        for index, name in enumerate(HEADER):
            table.add_column(name, justify="left" if index < 3 else "right", no_wrap=True)
        styles = {"done": "green", "failed": "red", "running": "bold", "waiting": "dim"}
        for status, row in zip(statuses, status_rows(statuses, now), strict=True):
            table.add_row(*row, style=styles.get(status.state, ""))
        return table

    def _line_loop(self) -> None:
        last: dict[str, tuple[str, str]] = {}
        last_line_at = time.time()
        while True:
            is_over = self._stop.wait(1.0)
            statuses = self._statuses()
            now = time.time()
            for s in statuses:
                if s.updated_at < self._started_at:
                    continue
                key = (s.state, s.stage)
                if last.get(s.trial_id) != key:
                    last[s.trial_id] = key
                    last_line_at = now
                    log_line(_describe(s))
            if now - last_line_at > LINE_EVERY_SECONDS:
                last_line_at = now
                done = sum(s.state == DONE for s in statuses)
                running = [s for s in statuses if s.state == "running"]
                left = duration_text(sweep_seconds_left(statuses, self._started_at, now))
                log_line(f"{done}/{len(statuses)} trials done, {left} left")
                for s in running:
                    log_line(_describe(s))
            if is_over:
                return


def _describe(s: TrialStatus) -> str:
    parts = [f"{s.trial_id}: {s.stage if s.state == 'running' else s.state}"]
    if s.stage == "train" and s.step:
        parts.append(f"step {s.step}/{s.steps}")
        if s.loss is not None:
            parts.append(f"loss {s.loss:.3f}")
        if s.tokens_per_second:
            parts.append(f"{s.tokens_per_second:,.0f} tokens/s")
    if s.stage in {"generate", "execute"} and s.problems_total:
        parts.append(f"{s.problems_done}/{s.problems_total} problems")
    if s.attempt > 1:
        parts.append(f"attempt {s.attempt}")
    if s.message:
        parts.append(s.message.splitlines()[0])
    return ", ".join(parts)


def log_line(text: str) -> None:
    """Print a line with the time of day on standard error."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
