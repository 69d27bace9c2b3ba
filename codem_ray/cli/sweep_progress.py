"""Show the progress of a running sweep: a live table on a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from codem_ray.cli.output import duration_text, log
from codem_ray.cli.status import HEADER, status_row
from codem_ray.errors import StorageError
from codem_ray.storage import Storage
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.sweep.time_left import TimeLeft, percent_done
from codem_ray.sweep.trial_status import TrialState, TrialStatus, read_statuses

POLL_SECONDS, REMOTE_POLL_SECONDS = 1.0, 5.0
"""Time between two looks at the status files, each of which is a request on remote storage."""
LOG_SECONDS = 30.0
"""Maximum time between two log lines."""
_STYLES = {
    "done": "green",
    "failed": "red",
    "running": "bold",
    "waiting": "dim",
    "stopped early": "dim",
}


@contextmanager
def sweep_progress(storage: Storage, plan: SweepPlan) -> Iterator[None]:
    """Show a sweep's progress on standard error until the context ends."""
    stop = threading.Event()
    # Above a live table, rich prints what other code writes to standard error.
    show = _show_table if sys.stderr.isatty() else _log_changes
    thread = threading.Thread(target=show, args=(storage, plan, time.time(), stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _show_table(
    storage: Storage, plan: SweepPlan, started_at: float, stop: threading.Event
) -> None:
    statuses: Sequence[TrialStatus] = ()
    time_left = TimeLeft(started_at)
    with Live(console=Console(stderr=True), refresh_per_second=2, transient=True) as live:
        while not stop.wait(POLL_SECONDS if storage.is_local else REMOTE_POLL_SECONDS):
            statuses, now = _available_statuses(storage, plan) or statuses, time.time()
            elapsed = duration_text(now - started_at)
            summary = _summary(statuses, time_left.seconds(statuses, now))
            table = Table(title=f"{plan.name}: {summary}, {elapsed} elapsed")
            for index, name in enumerate(HEADER):
                table.add_column(name, justify="left" if index < 3 else "right", no_wrap=True)
            for status in statuses:
                table.add_row(*status_row(status, now), style=_STYLES.get(status.state, ""))
            live.update(table)


def _available_statuses(storage: Storage, plan: SweepPlan) -> list[TrialStatus]:
    """Return the statuses; none while remote storage does not answer."""
    try:
        return read_statuses(storage, plan, retry_seconds=0.0)
    except StorageError:
        return []


def _log_changes(
    storage: Storage, plan: SweepPlan, started_at: float, stop: threading.Event
) -> None:
    last_seen: dict[str, tuple[str, str]] = {}
    logged_at = started_at
    statuses: Sequence[TrialStatus] = _available_statuses(storage, plan)
    time_left = TimeLeft(started_at)
    log(_summary(statuses, time_left.seconds(statuses, started_at)))
    is_over = False
    while not is_over:
        # One more look after the end, so that the last changes are logged.
        is_over = stop.wait(POLL_SECONDS if storage.is_local else REMOTE_POLL_SECONDS)
        statuses, now = _available_statuses(storage, plan) or statuses, time.time()
        summary = _summary(statuses, time_left.seconds(statuses, now))
        for status in statuses:
            seen = (status.state, status.stage)
            is_of_this_run = status.updated_at >= started_at
            if is_of_this_run and last_seen.get(status.trial_id) != seen:
                last_seen[status.trial_id] = seen
                logged_at = now
                log(f"[{summary}] {_describe(status)}")
        if now - logged_at > LOG_SECONDS:
            logged_at = now
            for status in statuses:
                if status.state is TrialState.RUNNING:
                    log(f"[{summary}] {_describe(status)}")


def _summary(statuses: Sequence[TrialStatus], seconds_left: float | None) -> str:
    done = sum(status.state is TrialState.DONE for status in statuses)
    stopped = sum(status.state is TrialState.STOPPED_EARLY for status in statuses)
    early = f", {stopped} stopped early" if stopped else ""
    share = f"{percent_done(statuses):.0f} % of the work"
    counted = f"{done}/{len(statuses)} trials done{early}, {share}"
    if done + stopped == len(statuses):
        return counted
    if seconds_left is None:
        return f"{counted}, time left unknown before the first steps"
    return f"{counted}, {duration_text(seconds_left)} left"


def _describe(status: TrialStatus) -> str:
    state = status.stage if status.state is TrialState.RUNNING else status.state
    parts = [f"{status.trial_id}{f' ({status.setting})' if status.setting else ''}: {state}"]
    if status.stage == "train" and status.step:
        parts.append(f"step {status.step}/{status.steps}")
        if status.loss is not None:
            parts.append(f"loss {status.loss:.3f}")
        if status.tokens_per_second:
            parts.append(f"{status.tokens_per_second:,.0f} tokens/s")
    if status.stage in {"loss", "generate", "execute"} and status.problems_total:
        parts.append(f"{status.problems_done}/{status.problems_total} problems")
    if status.waits_for and status.state is TrialState.RUNNING:
        parts = [f"{status.trial_id}: {status.waits_for}"]
    if status.attempt > 1:
        parts.append(f"attempt {status.attempt}")
    if status.message:
        parts.append(status.message.splitlines()[0])
    return ", ".join(parts)
