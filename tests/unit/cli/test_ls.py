"""`codem-ray ls benchmarks` names files and the hub."""

from __future__ import annotations

import importlib.util
import json

import pytest

from codem_ray.cli.main import main


def test_benchmarks_name_their_file_and_the_package_for_the_hub(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CODEM_RAY_DATA", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["ls", "benchmarks", "--json"]) == 0
    by_name = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert by_name["multipl-e-ts"]["file"] == "multipl-e/humaneval-ts.jsonl"
    assert by_name["multipl-e-ts"]["data"] == "hub (needs the package datasets)"
    assert by_name["starter-c"]["file"] == ""
    assert by_name["multipl-e-ts"]["problems"] == 159
