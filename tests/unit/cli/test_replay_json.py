"""The JSON of `codem-ray replay` keeps its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.cli.replay import _call_json, _call_text
from codem_ray.records import ExecutionResult
from codem_ray.sandbox.protocol import Command
from codem_ray.sandbox.recording import Call


def ended_by_signal_9(role: str, **fields: bool) -> Call:
    result = ExecutionResult(
        exit_code=None,
        signal=9,
        stdout=b"",
        stderr=b"",
        report=b"",
        cpu_seconds=0.0,
        wall_seconds=0.0,
        peak_memory_bytes=0,
        **fields,
    )
    return Call(role=role, command=Command(argv=("/x",), directory=Path()), result=result)


@pytest.mark.parametrize(
    ("fields", "value", "text"),
    [
        (
            {"is_timed_out": True, "is_wall_timeout": True},
            "out of time on the wall",
            "wall time exceeded",
        ),
        ({"is_timed_out": True}, "out of CPU time", "CPU time exceeded"),
        ({"is_out_of_memory": True}, "out of memory", "memory exceeded"),
        ({"is_output_exceeded": True}, "too much output", "output exceeded"),
    ],
)
def test_exceeded_limits_are_named(fields: dict[str, bool], value: str, text: str) -> None:
    call = ended_by_signal_9("run", **fields)
    assert _call_json(call)["limits_met"] == [value]
    assert next(_call_text(call)) == f"--- run: signal 9, {text}"


def test_answer_that_is_ended_with_its_judge_does_not_look_killed_for_a_fault() -> None:
    explained = "signal 9, as any answer that still runs when its judge ends"
    line = next(_call_text(ended_by_signal_9("answer")))
    assert line == f"--- answer: {explained}, within its limits"
    for call in (ended_by_signal_9("judge"), ended_by_signal_9("answer", is_out_of_memory=True)):
        assert explained not in next(_call_text(call))
