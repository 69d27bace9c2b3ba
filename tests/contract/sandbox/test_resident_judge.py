"""Resident judges: one process tests many answers, and is replaced when it fails."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import supervision
from codem_ray.sandbox.local import LocalSandbox
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox

pytestmark = pytest.mark.toolchain
JUDGE = """
echo ready >&4
while read -r secret folder; do
    exec 5< "$folder/from_answer" 6> "$folder/to_answer"
    echo opened >&4
    read -r line <&5 || line=gone
    AFTER_READING
    echo "$secret ok 1 $$ $line" >&4
    AFTER_VERDICT
    exec 5<&- 6>&-
    echo ready >&4
done
"""
Pair = tuple[ExecutionResult, ExecutionResult]
Judging = Callable[..., Pair]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name / "judge").mkdir(parents=True)
        (tmp_path / name / "answer").mkdir()
    return tmp_path


def opened(sandbox: Sandbox, place: Path, script: str = JUDGE) -> ResidentJudge:
    script = script.replace("AFTER_READING", ":").replace("AFTER_VERDICT", ":")
    return sandbox.open_judge(
        Command(argv=("/bin/sh", "-c", script), directory=place, env={"PATH": "/usr/bin:/bin"})
    )


@pytest.fixture
def local(sandbox: Sandbox) -> LocalSandbox:
    """Return the sandbox if its judge is a FifoJudge, whose internals some tests change."""
    if not isinstance(sandbox, LocalSandbox):
        pytest.skip(f"{sandbox.name} has another kind of judge")
    return sandbox


@pytest.fixture
def judging(sandbox: Sandbox, place: Path) -> Iterator[Judging]:
    with closing(opened(sandbox, place)) as judge:
        yield lambda name, script, **limits: ask(judge, place, name, script, **limits)


def ask(judge: ResidentJudge, place: Path, name: str, script: str, **limits: float) -> Pair:
    answer = Command(
        argv=("/bin/sh", "-c", script), directory=place / name / "answer", limits=Limits(**limits)
    )
    return judge.run(f"{name}/judge", b"secret", answer.limits, answer)


def words(result: ExecutionResult) -> list[str]:
    return result.report.decode().split()


def test_one_judge_tests_several_answers(judging: Judging) -> None:
    first, _ = judging("one", "echo hello >&6; echo unread >&6; sleep 30")
    second, answer = judging("two", "echo bye >&6; exit 3")
    assert words(first)[:3] == words(second)[:3] == ["secret", "ok", "1"]
    assert words(first)[3] == words(second)[3]
    assert (words(first)[4], words(second)[4]) == ("hello", "bye")
    assert first.wall_seconds < 20
    assert answer.exit_code in (3, None)


def test_the_end_of_an_answer_is_noticed_at_once(judging: Judging) -> None:
    began = time.monotonic()
    first, answer = judging("one", "exit 7", wall_seconds=20)
    assert words(first)[4] == "gone"
    # The answer may be killed before its end is noticed.
    assert answer.exit_code in (7, None)
    assert time.monotonic() - began < 10


def test_a_silent_answer_reaches_its_limit(judging: Judging) -> None:
    first, answer = judging("one", "sleep 30", wall_seconds=0.5)
    assert any(result.is_wall_timeout for result in (first, answer))
    second, _ = judging("two", "echo on >&6")
    assert words(second)[4] == "on"


def test_cpu_time_of_a_judge_is_counted_per_program(sandbox: Sandbox, place: Path) -> None:
    busy = "[ $line = long ] && { i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; }"
    with closing(opened(sandbox, place, JUDGE.replace("AFTER_READING", busy))) as judge:
        long, _ = ask(judge, place, "one", "echo long >&6; sleep 30")
        short, _ = ask(judge, place, "two", "echo short >&6; sleep 30")
    assert words(long)[3] == words(short)[3]
    assert long.cpu_seconds > 2 * short.cpu_seconds


def test_a_judge_above_its_time_limit_is_replaced(sandbox: Sandbox, place: Path) -> None:
    endless = "[ $line = long ] && while :; do :; done"
    with closing(opened(sandbox, place, JUDGE.replace("AFTER_READING", endless))) as judge:
        long, _ = ask(judge, place, "one", "echo long >&6; sleep 60", cpu_seconds=0.3)
        short, _ = ask(judge, place, "two", "echo short >&6; sleep 60")
    assert long.is_timed_out
    assert long.report == b""
    assert words(short)[4] == "short"


@pytest.mark.parametrize("after", ["exit 4", "sleep 30"], ids=["ends", "never ready"])
def test_a_judge_that_does_not_become_ready_is_replaced(
    sandbox: Sandbox, place: Path, after: str
) -> None:
    with closing(opened(sandbox, place, JUDGE.replace("AFTER_VERDICT", after))) as judge:
        first, _ = ask(judge, place, "one", "echo a >&6")
        second, _ = ask(judge, place, "two", "echo b >&6")
    assert (words(first)[4], words(second)[4]) == ("a", "b")
    assert words(first)[:3] == ["secret", "ok", "1"]


def test_a_judge_that_ends_early_gives_no_verdict(sandbox: Sandbox, place: Path) -> None:
    script = JUDGE.replace("AFTER_READING", "exit 5")
    with closing(opened(sandbox, place, script)) as judge:
        first, answer = ask(judge, place, "one", "echo a >&6; sleep 30")
    assert (first.report, first.exit_code) == (b"", 5)
    assert answer.wall_seconds < 20


@pytest.mark.parametrize("script", ["echo broken >&2; exit 1", "read -r _"], ids=["ends", "mute"])
def test_a_judge_that_does_not_start_is_reported(
    local: LocalSandbox, place: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codem_ray.sandbox.resident._START_SECONDS", 1.0)
    with (
        closing(opened(local, place, script)) as judge,
        pytest.raises(SandboxError, match="broken" if "broken" in script else "no message"),
    ):
        ask(judge, place, "one", "echo a >&6")


def test_a_late_verdict_does_not_count_against_the_next_program(
    local: LocalSandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the limits had not been checked in time.
    monkeypatch.setattr(
        supervision.SupervisedTree, "check", lambda tree, now: tree._schedule(now, 0.0)
    )
    busy = "[ $line = long ] && { i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; }"
    with closing(opened(local, place, JUDGE.replace("AFTER_READING", busy))) as judge:
        long, _ = ask(judge, place, "one", "echo long >&6; sleep 30", cpu_seconds=0.1)
        short, _ = ask(judge, place, "two", "echo short >&6; sleep 30", cpu_seconds=5)
    assert long.is_timed_out
    assert not short.is_timed_out
    assert words(short)[4] == "short"


def test_a_judge_that_ends_while_idle_is_replaced(local: LocalSandbox, place: Path) -> None:
    with closing(opened(local, place)) as judge:
        first, _ = ask(judge, place, "one", "echo a >&6; sleep 30")
        assert judge.pid is not None
        os.kill(judge.pid, signal.SIGKILL)
        second, _ = ask(judge, place, "two", "echo b >&6; sleep 30")
    assert (words(first)[4], words(second)[4]) == ("a", "b")


def test_a_killed_judge_that_reports_ready_is_not_used_again(
    local: LocalSandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = supervision.SupervisedTree.kill

    def late(tree: supervision.SupervisedTree) -> None:
        tree.is_killed = True
        if tree.inner_pid != inner[0]:
            kill(tree)

    with closing(opened(local, place)) as judge:
        ask(judge, place, "one", "echo a >&6; sleep 30")
        inner = [judge._tree.inner_pid]
        monkeypatch.setattr(supervision.SupervisedTree, "kill", late)
        silent, _ = ask(judge, place, "one", "sleep 30", wall_seconds=0.3)
        assert silent.is_wall_timeout
        assert judge.pid is None
