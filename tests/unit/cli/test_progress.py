"""What is seen of long work."""

import pytest

from codem_ray.cli import progress


def test_off_a_terminal_lines_come_at_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with progress.progress_bar("programs") as advance:
        advance(0, 1200)
        advance(7, 0)
    assert capsys.readouterr().err.splitlines() == ["programs: 0/1,200", "programs: 7/1,200"]


def test_off_a_terminal_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress_bar("programs") as advance:
        advance(3, 3)
    assert capsys.readouterr().err == ""
