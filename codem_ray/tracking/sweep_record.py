"""The sweep's own run in MLflow: opened when there is work, closed when `run` ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from codem_ray.config import Sweep
from codem_ray.errors import StorageError
from codem_ray.report import SweepReport
from codem_ray.storage import Stage, Storage, digest_of, file_digest
from codem_ray.sweep.stopped_trials import stopped_trials
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.tracking.connection import absolute_uri
from codem_ray.tracking.descriptions import ui_lines
from codem_ray.tracking.presence import holds_runs
from codem_ray.tracking.retries import BRIEF_SECONDS, RETRY_SECONDS
from codem_ray.tracking.sweep_ending import SweepEnding
from codem_ray.tracking.sweep_runs import SweepRuns
from codem_ray.tracking.values import RunEnd

FORMAT_VERSION = 2
"""Version of what is logged about a sweep; sweeps logged by an older version are logged again."""


class SweepRecord:
    """Log the sweep's results to MLflow; idempotent.

    It works in the driver's process, so that a run with nothing to do starts no Ray.
    """

    def __init__(self, storage: Storage, sweep: Sweep, plan: SweepPlan, uri: str) -> None:
        self._storage, self._sweep, self._plan, self.uri = storage, sweep, plan, uri
        self._is_begun = False

    def _stage(self) -> Stage:
        key = digest_of([self.uri, self._sweep.storage.suffix])
        return self._storage.stage(f"track/{key}")

    def begin(self) -> None:
        """Forget what was logged, because the sweep's run will be reopened."""
        self._storage.remove(self._stage().name)
        self._is_begun = True

    def finish(
        self,
        report: SweepReport | None,
        *,
        incomplete: Sequence[str],
        is_failed: bool,
        is_server_unavailable: bool = False,
    ) -> None:
        """Close the sweep's run with the report and its results; skip it if they are logged.

        If the server is known to be unavailable, it is not waited for.
        """
        files = report.files if report is not None else ()
        stopped = stopped_trials(self._storage, self._sweep.search, self._plan.trials)
        inputs = {
            "format": FORMAT_VERSION,
            "report": {path.name: file_digest(path) for path in files},
            "sweep_digest": self._plan.digest,
            "incomplete": list(incomplete),
            "is_failed": is_failed,
        }
        if self._is_logged(inputs):
            return
        with self._stage().writing(inputs) as writer:
            retry_seconds = BRIEF_SECONDS if is_server_unavailable else RETRY_SECONDS
            writer.facts |= self._ending(retry_seconds).finish(
                report,
                incomplete=incomplete,
                end=RunEnd.FAILED if is_failed else RunEnd.FINISHED,
                stopped={trial_id: str(facts["reason"]) for trial_id, facts in stopped.items()},
            )
        self._is_begun = False

    def ui_lines(self) -> list[str]:
        """Return how to open the sweep in MLflow's UI; empty if nothing was logged."""
        manifest = self._stage().manifest()
        if manifest is None:
            return []
        return ui_lines(absolute_uri(self.uri), str(manifest.facts["experiment_id"]))

    @contextmanager
    def stopped_by_errors(self, log: Callable[[str], None]) -> Iterator[None]:
        """Close the sweep's run, if it was opened, when an error or a signal ends the block."""
        try:
            yield
        except BaseException as error:
            if self._is_begun:
                end = RunEnd.FAILED if isinstance(error, Exception) else RunEnd.KILLED
                try:
                    # The user who stopped the sweep waits for its end.
                    self._ending(BRIEF_SECONDS).stop(end)
                except StorageError as second:
                    log(f"{second}; the sweep's runs in MLflow may still be RUNNING")
            raise

    def _is_logged(self, inputs: dict[str, Any]) -> bool:
        manifest = self._stage().manifest()
        if manifest is None or dict(manifest.inputs) != inputs:
            return False
        return holds_runs(self.uri, [str(manifest.facts.get("run_id"))])

    def _ending(self, retry_seconds: float) -> SweepEnding:
        runs = SweepRuns(self.uri, self._sweep, self._plan)
        return SweepEnding(runs, retry_seconds=retry_seconds)
