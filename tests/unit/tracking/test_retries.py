"""Operations are repeated while MLflow's server is unavailable."""

from __future__ import annotations

import pytest

from codem_ray.errors import TrackingError
from codem_ray.tracking import retries
from codem_ray.tracking.connection import ServerUnavailableError
from codem_ray.tracking.retries import Retrier


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(retries.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(retries.time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Server:
    """Answers from a time on."""

    def __init__(self, clock: Clock, back_at: float) -> None:
        self._clock, self._back_at = clock, back_at

    def ask(self) -> str:
        if self._clock.now < self._back_at:
            raise ServerUnavailableError("unavailable")
        return "answer"


def test_a_server_that_is_unavailable_for_five_minutes_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch)
    assert Retrier().call(Server(clock, 300.0).ask) == "answer"
    assert clock.now < 320


def test_a_server_that_stays_unavailable_is_waited_for_once_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, retrier = Clock(monkeypatch), Retrier(300.0)
    server = Server(clock, 1000.0)
    waited = []
    for _ in range(3):
        before = clock.now
        with pytest.raises(ServerUnavailableError):
            retrier.call(server.ask)
        waited.append(clock.now - before)
    assert waited == [300.0, 10.0, 10.0]
    clock.now = 1000.0
    assert retrier.call(server.ask) == "answer"
    assert retrier.call(Server(clock, 1200.0).ask) == "answer"


def test_another_error_is_not_repeated() -> None:
    def fail() -> None:
        calls.append(1)
        raise TrackingError("the experiment is deleted")

    calls: list[int] = []
    with pytest.raises(TrackingError):
        Retrier().call(fail)
    assert calls == [1]
