"""The JSON of `codem-ray replay` keeps its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.cli.replay import _call_json, _call_text
from codem_ray.records import ExecutionResult
from codem_ray.sandbox.protocol import Command
from codem_ray.sandbox.recording import Call


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
    call = Call(role="run", command=Command(argv=("/x",), directory=Path()), result=result)
    assert _call_json(call)["limits_met"] == [value]
    assert next(_call_text(call)) == f"--- run: signal 9, {text}"
