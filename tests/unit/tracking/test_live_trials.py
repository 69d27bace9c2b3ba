"""News of running trials reach MLflow once, and late if its server is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.live_trials import LiveTrials
from codem_ray.tracking.values import RunEnd


class Server:
    """Remembers what it is told unless it is away."""

    def __init__(self) -> None:
        self.is_away = False
        self.steps: dict[str, list[int]] = {}
        self.status: dict[str, str] = {}

    def _answer(self) -> None:
        if self.is_away:
            raise ServerUnavailableError("away")

    def open_trial(self, trial_id: str) -> int:
        self._answer()
        self.status[trial_id] = "RUNNING"
        return max(self.steps.setdefault(trial_id, []), default=0)

    def log_points(self, trial_id: str, points: Sequence[Mapping[str, Any]]) -> None:
        self._answer()
        self.steps[trial_id] += [point["step"] for point in points]

    def close_trial(self, trial_id: str, end: RunEnd, reason: str = "") -> None:
        self._answer()
        self.status[trial_id] = str(end)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def live(server: Server) -> LiveTrials:
    return LiveTrials(server, seconds=3600)


def points(*steps: int) -> list[dict[str, Any]]:
    return [{"step": step} for step in steps]


def test_a_trial_is_opened_when_it_starts_and_its_curve_grows(
    live: LiveTrials, server: Server
) -> None:
    live.start("a")
    live.flush()
    assert server.status == {"a": "RUNNING"}
    for steps in ((1, 2), (3,)):
        live.add_points("a", points(*steps))
        live.flush()
    assert server.steps == {"a": [1, 2, 3]}


def test_steps_that_a_resume_repeats_are_logged_once(live: LiveTrials, server: Server) -> None:
    server.steps["a"] = [1, 2, 3]
    live.start("a")
    live.add_points("a", points(2, 3, 4))
    live.flush()
    live.add_points("a", points(3, 4, 5))
    live.flush()
    assert server.steps["a"] == [1, 2, 3, 4, 5]


def test_nothing_is_lost_or_doubled_while_the_server_is_away(
    live: LiveTrials, server: Server
) -> None:
    live.start("a")
    live.add_points("a", points(1))
    live.flush()
    server.is_away = True
    live.start("b")
    for step in (2, 3):
        live.add_points("a", points(step))
        live.flush()
    live.end("b", RunEnd.FAILED)
    live.flush()
    assert server.steps == {"a": [1]}
    server.is_away = False
    live.flush()
    live.flush()
    assert server.steps == {"a": [1, 2, 3], "b": []}
    assert server.status == {"a": "RUNNING", "b": "FAILED"}


def test_a_trial_that_is_logged_whole_is_not_opened_again_by_a_late_report(
    live: LiveTrials, server: Server
) -> None:
    live.start("a")
    live.flush()
    live.drop("a")
    server.status["a"] = "FINISHED"
    live.add_points("a", points(9))
    live.flush()
    assert server.status == {"a": "FINISHED"}
    live.start("a")
    live.flush()
    assert server.status == {"a": "RUNNING"}


def test_a_restarted_tracker_finds_a_trial_by_its_next_report(
    live: LiveTrials, server: Server
) -> None:
    server.steps["a"] = [1, 2]
    live.add_points("a", points(2, 3))
    live.flush()
    assert server.steps["a"] == [1, 2, 3]
