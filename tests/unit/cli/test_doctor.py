"""`codem-ray doctor` reports packages and data without the training packages."""

from __future__ import annotations

import importlib.metadata
import json
from argparse import Namespace
from pathlib import Path

import httpx
import pytest

from codem_ray import checks
from codem_ray.cli import doctor
from codem_ray.cli.main import main
from codem_ray.errors import ExitCode


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a machine without the training packages that has all that scoring needs."""

    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    for name in ("toolchain_findings", "browser_findings", "sandbox_findings"):
        monkeypatch.setattr(checks, name, lambda: ())


ARGUMENTS = Namespace(cluster=None, install=False, self_check=None, model=None, json=False)


def test_only_what_is_missing_has_a_remedy_in_the_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("toolchain_findings", "browser_findings", "sandbox_findings"):
        monkeypatch.setattr(checks, name, lambda: ())
    monkeypatch.setenv("CODEM_RAY_DATA", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert main(["doctor", "--json"]) == ExitCode.COMPLETE
    findings = json.loads(capsys.readouterr().out)
    assert {finding["is_present"] for finding in findings} == {True, False}
    for finding in findings:
        assert bool(finding["remedy"]) == (not finding["is_present"])


@pytest.mark.usefixtures("light")
def test_light_installation_is_ready_to_score(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEM_RAY_DATA", str(tmp_path))
    assert doctor.run(ARGUMENTS) == ExitCode.COMPLETE
    output = capsys.readouterr().out
    assert "scoring: ready" in output
    assert output.count("note  training") == 1
    assert "pip install '.[train]'" in output
    assert "LACK" not in output


@pytest.mark.usefixtures("light")
def test_data_variable_without_a_folder_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEM_RAY_DATA", str(tmp_path / "no"))
    assert doctor.run(ARGUMENTS) == ExitCode.ENVIRONMENT
    assert "LACK  benchmark data" in capsys.readouterr().out


def test_unreachable_hub_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi

    def unreachable(self: object, name: str) -> None:
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(HfApi, "auth_check", unreachable)
    finding = checks.model_access_finding("nothing/here")
    assert (finding.is_present, finding.detail) == (False, "no route")
