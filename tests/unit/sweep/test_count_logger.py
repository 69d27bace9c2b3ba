"""Progress lines of long work."""

import pytest

from codem_ray.sweep import count_logger


def test_a_count_is_logged_only_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(count_logger.time, "monotonic", lambda: now[0])
    lines: list[str] = []
    counter = count_logger.CountLogger(lines.append, "rows", 2000)
    for _ in range(1000):
        counter.add()
    assert lines == []
    now[0] = 16.0
    for _ in range(300):
        counter.add()
    assert lines == ["rows: 1,024 of 2,000"]
    now[0] = 40.0
    counter.add(256)
    assert lines[1:] == ["rows: 1,556 of 2,000"]
