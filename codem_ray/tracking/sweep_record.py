"""The sweep's own run in MLflow: opened when there is work, closed when `run` ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codem_ray.config import Sweep
from codem_ray.errors import StorageError
from codem_ray.storage import Stage, Storage, digest_of, file_digest
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.tracking.presence import holds_runs
from codem_ray.tracking.retries import BRIEF_SECONDS, RETRY_SECONDS
from codem_ray.tracking.sweep_tracker import SweepTracker
from codem_ray.tracking.values import RunEnd


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
        report_files: Sequence[Path],
        *,
        incomplete: Sequence[str],
        is_failed: bool,
        is_server_unavailable: bool = False,
    ) -> None:
        """Close the sweep's run with the report as its artifacts; skip it if it is logged.

        If the server is known to be unavailable, it is not waited for.
        """
        inputs = {
            "report": {path.name: file_digest(path) for path in report_files},
            "sweep_digest": self._plan.digest,
            "incomplete": list(incomplete),
            "is_failed": is_failed,
        }
        if self._is_logged(inputs):
            return
        with self._stage().writing(inputs) as writer:
            retry_seconds = BRIEF_SECONDS if is_server_unavailable else RETRY_SECONDS
            writer.facts["run_id"] = self._tracker(retry_seconds).finish(
                report_files,
                incomplete=incomplete,
                end=RunEnd.FAILED if is_failed else RunEnd.FINISHED,
            )
        self._is_begun = False

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
                    self._tracker(BRIEF_SECONDS).stop(end)
                except StorageError as second:
                    log(f"{second}; the sweep's run in MLflow may still be RUNNING")
            raise

    def _is_logged(self, inputs: dict[str, Any]) -> bool:
        manifest = self._stage().manifest()
        if manifest is None or dict(manifest.inputs) != inputs:
            return False
        return holds_runs(self.uri, [str(manifest.facts.get("run_id"))])

    def _tracker(self, retry_seconds: float) -> SweepTracker:
        return SweepTracker(self.uri, self._sweep, self._plan, retry_seconds=retry_seconds)
