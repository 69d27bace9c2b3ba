"""The wire between judge and answer writes and reads what `json` would, without importing it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

import codem_ray.execution

HARNESS = Path(codem_ray.execution.__file__).parent / "harness"
VALUES = [
    None,
    True,
    0,
    -(10**40),
    0.1,
    1e300,
    float("inf"),
    float("-inf"),
    "",
    'quote " backslash \\ newline \n',
    "é 漢 \U0001f600 \udc80",
    [],
    {},
    {"op": "call", "args": ["t", [1, ["l", [2.5, None]]]], "kwargs": ["d", []]},
]


@pytest.fixture(scope="module")
def wire() -> ModuleType:
    digits = sys.get_int_max_str_digits()
    loader = SourceFileLoader("codem_wire", str(HARNESS / "wire.py"))
    spec = spec_from_loader("codem_wire", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    sys.set_int_max_str_digits(digits)
    return module


@pytest.mark.parametrize("value", VALUES)
def test_values_are_written_and_read_as_json_does(wire: ModuleType, value: object) -> None:
    text = wire.dumps(value)
    assert text == json.dumps(value)
    assert wire.loads(text.encode()) == value


def test_not_a_number_survives(wire: ModuleType) -> None:
    assert math.isnan(wire.loads(wire.dumps(float("nan")).encode()))


@pytest.mark.parametrize("data", [b"", b"{", b"[1,]", b'{"a": 1} x', b"1 2", b"\xff", b"nul"])
def test_an_invalid_message_is_refused(wire: ModuleType, data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        wire.loads(data)


def test_a_value_that_is_not_plain_data_is_refused(wire: ModuleType) -> None:
    with pytest.raises(TypeError, match="object is not plain data"):
        wire.dumps([object()])


def test_judge_and_answer_start_without_heavy_modules() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import wire; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(HARNESS)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"json", "ast", "re", "typing"} & set(done.stdout.split())
