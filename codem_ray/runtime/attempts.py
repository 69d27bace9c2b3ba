"""Try a trial until it is done or another attempt cannot help."""

from __future__ import annotations

import time
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, NodeDiedError, ObjectLostError, RayActorError

from codem_ray.errors import LostError, NodeLostError, TrackingError
from codem_ray.runtime.services import RayServices
from codem_ray.sweep.failures import (
    FailedAttempts,
    FailureDecision,
    cause_of,
    decide,
    message_of,
)
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.sweep.trial_status import StatusWriter, TrialState
from codem_ray.wording import last_line

PAUSE_SECONDS = 5.0
"""Pause before another attempt."""
NODE_DEATH_SECONDS = 40.0
"""Longest time until Ray reports a node as dead whose processes are already lost."""


def run_attempts(context: SweepContext, trial: TrialPlan, services: RayServices) -> dict[str, Any]:
    """Return how a trial ended, as metrics for Tune; an `error` of "" means that it is done, or
    that a search has stopped it.

    Tune restarts a trial whose process dies. Errors are not left to Tune, because it would retry
    every kind of them.
    """
    max_attempts = context.sweep.search.max_failures + 1
    failed = FailedAttempts()
    while True:
        nodes = NodeWatch()
        try:
            stopped = TrialRun(context, trial, services, attempt=failed.counted + 1).run()
        except TrackingError as error:
            return {"error": "", "untracked": message_of(error)}
        except Exception as error:
            failure = nodes.explain(error)
        else:
            if stopped:
                services.stop_tracking(trial, stopped)
            return {"error": ""}
        failed = failed.plus(failure)
        decision = decide(failure, failed, max_attempts=max_attempts)
        if decision is not FailureDecision.RETRY:
            services.fail_tracking(trial)
            return {
                "error": message_of(failure),
                "is_fatal": decision is FailureDecision.STOP_SWEEP,
                "cause": cause_of(failure, trial.trial_id),
            }
        StatusWriter(context.storage, trial.trial_id).update(
            is_urgent=True, state=TrialState.RUNNING, stage="retry", message=message_of(failure)
        )
        time.sleep(PAUSE_SECONDS)


class NodeWatch:
    """Finds out whether a node of the cluster died during an attempt."""

    def __init__(self) -> None:
        self._alive = _nodes(is_alive=True)

    def explain(self, error: Exception) -> Exception:
        """Return a LostError for a lost process, a NodeLostError if its node died; else the error.

        An actor of the sweep that cannot be reached counts as lost with its node, too: Ray starts
        it again elsewhere.
        """
        lost = _as_lost(error)
        if lost is None or isinstance(lost, NodeLostError):
            return lost or error
        give_up_at = time.monotonic() + NODE_DEATH_SECONDS
        # The only node of a cluster is this process's own.
        while len(self._alive) > 1:
            dead = _nodes(is_alive=False)
            if names := [name for node, name in self._alive.items() if node in dead]:
                return NodeLostError(f"the node {names[0]} died: {message_of(lost)}")
            if time.monotonic() > give_up_at:
                break
            time.sleep(1.0)
        if isinstance(error, ActorUnavailableError):
            return NodeLostError(message_of(lost))
        return lost


def _as_lost(error: Exception) -> LostError | None:
    """Return the error of a lost process as the package's own; None for another error."""
    if isinstance(error, LostError):
        return error
    if isinstance(error, RayActorError | NodeDiedError | ObjectLostError):
        cause = last_line(error)
        return LostError(f"an actor of the sweep was lost or cannot be reached: {cause}")
    return None


def _nodes(*, is_alive: bool) -> dict[str, str]:
    return {
        node["NodeID"]: f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})"
        for node in ray.nodes()
        if node["Alive"] is is_alive
    }
