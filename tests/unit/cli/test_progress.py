"""Progress of a task on standard error."""

import pytest

from codem_ray.cli import progress


def test_lines_are_printed_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with progress.progress_bar("programs") as advance:
        advance(0, 1200)
        advance(7, 0)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "programs: 0/1,200, - left"
    assert second.startswith("programs: 7/1,200, ")
    assert second.endswith(" s left")


def test_short_tasks_print_nothing_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress_bar("programs") as advance:
        advance(3, 3)
    assert capsys.readouterr().err == ""
