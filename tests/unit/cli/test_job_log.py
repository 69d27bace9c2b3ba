"""What a command writes into the log of a Ray job: which sweep file it runs, and its exit code."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
from pathlib import Path

import pytest
from job_environment import job_environment

from codem_ray.cli.main import main
from codem_ray.cli.run import origin_lines


def enter_job(monkeypatch: pytest.MonkeyPatch, *, has_working_dir: bool = True) -> None:
    for name, value in job_environment(has_working_dir=has_working_dir).items():
        monkeypatch.setenv(name, value)


def arguments(sweep: str) -> argparse.Namespace:
    return argparse.Namespace(sweep=sweep, overrides=["seeds=[1]"], limit=5)


def test_the_log_names_the_sweep_file_its_digest_and_the_overrides(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\n")
    (line,) = origin_lines(arguments(str(path)))
    digest = hashlib.sha256(b"name: mine\n").hexdigest()
    assert f"runs {path} (SHA-256 {digest[:16]}...) --set seeds=[1] --limit 5" in line


@pytest.mark.parametrize("has_working_dir", [True, False])
def test_in_a_job_the_log_says_where_relative_paths_lead(
    has_working_dir: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_job(monkeypatch, has_working_dir=has_working_dir)
    _, line = origin_lines(arguments("quickstart"))
    assert "raysubmit_1" in line
    assert str(Path.cwd()) in line
    assert ("without --working-dir" in line) is not has_working_dir


@pytest.mark.parametrize(
    ("command", "last"),
    [
        (["ls", "sweeps"], "codem-ray: exit code 0: complete"),
        (["--version"], "codem-ray: exit code 0: complete"),
        (["plan", "no-such"], "codem-ray: exit code 2: bad configuration or usage"),
        (["no-such"], "codem-ray: exit code 2: bad configuration or usage"),
    ],
)
def test_the_log_of_a_job_ends_with_the_exit_code(
    command: list[str],
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run() -> None:
        # argparse ends the process for usage errors and --version.
        with contextlib.suppress(SystemExit):
            main(command)

    run()
    assert "exit code" not in capsys.readouterr().err
    enter_job(monkeypatch)
    run()
    assert capsys.readouterr().err.splitlines()[-1] == last


def test_evaluate_refuses_an_output_file_that_the_job_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    enter_job(monkeypatch)
    given = ["--completions", "a.jsonl", "--benchmark", "starter-python", "--out", "scored.jsonl"]
    assert main(["evaluate", *given]) == 2
    assert "--out scored.jsonl is in the working directory" in capsys.readouterr().err
