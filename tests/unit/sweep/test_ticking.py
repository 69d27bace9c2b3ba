"""Lines about long work."""

import pytest

from codem_ray.sweep import ticking


def test_a_line_comes_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(ticking.time, "monotonic", lambda: now[0])
    said: list[str] = []
    ticker = ticking.Ticker(said.append, "rows", 2000)
    for _ in range(1000):
        ticker.tick()
    assert said == []
    now[0] = 16.0
    for _ in range(300):
        ticker.tick()
    assert said == ["rows: 1,024 of 2,000"]
    now[0] = 40.0
    ticker.tick(256)
    assert said[1:] == ["rows: 1,556 of 2,000"]
