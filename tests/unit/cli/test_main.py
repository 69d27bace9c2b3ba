"""The command line itself: start-up cost, help, exit codes, lists and plans."""

from __future__ import annotations

import importlib.metadata
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codem_ray.cli.main import COMMANDS, main
from codem_ray.errors import ExitCode

HEAVY = ("ray", "torch", "deepspeed", "transformers", "mlflow")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"codem-ray {command}" in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "quickstart"]])
def test_help_and_plan_import_nothing_heavy_and_take_little_cpu_time(
    arguments: list[str],
) -> None:
    code = (
        "import sys\n"
        "from codem_ray.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    # CPU time does not depend on load; a heavy import costs 2 s or more.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2.0


@pytest.mark.parametrize(
    "arguments", [["run", "quickstart"], ["evaluate", "--model", "x/y", "--targets", "python"]]
)
def test_light_installation_refuses_training_with_3_and_the_remedy(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = importlib.metadata.version

    def version(name: str) -> str:
        if name in ("ray", "torch"):
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert main(arguments) == ExitCode.ENVIRONMENT
    assert "this needs ray, torch, which" in capsys.readouterr().err


def test_a_misspelt_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["paln"])
    assert end.value.code == ExitCode.CONFIG
    assert "plan" in capsys.readouterr().err


def test_a_wrong_sweep_exits_with_2_and_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "quikstart"]) == ExitCode.CONFIG
    assert "Did you mean 'quickstart'" in capsys.readouterr().err


def test_a_plan_as_json_has_a_trial_for_every_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "quickstart", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert len(plan["trials"]) == 9
    assert {b["target"] for b in plan["benchmarks"]} >= {"python", "go"}


@pytest.mark.parametrize("what", ["sweeps", "benchmarks", "languages"])
def test_lists_are_printed_as_text_and_json(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ls", what]) == 0
    text = capsys.readouterr().out
    assert main(["ls", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) >= 4
    assert all(row["name"] in text for row in rows)


def test_status_of_a_folder_without_a_sweep_exits_with_2(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(tmp_path)]) == ExitCode.CONFIG
    assert "plan.json" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["benchmarks"], ["benchmarks", "--json"]])
def test_a_full_standard_output_ends_with_3_and_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "codem_ray", "ls", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == ExitCode.ENVIRONMENT
    assert done.stderr.splitlines() == [
        "codem-ray: cannot read or write standard output, or a file: No space left on device"
    ]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_standard_streams_lose_output_and_nothing_else(closed: str) -> None:
    command = f'exec "{sys.executable}" -m codem_ray ls benchmarks --json {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.COMPLETE
    assert done.stderr == ""
    assert (done.stdout == "") == (closed != "2>&-")


def test_standard_output_that_cannot_be_written_ends_with_3_and_one_line() -> None:
    command = f'exec "{sys.executable}" -m codem_ray ls benchmarks --json 1</dev/null'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.ENVIRONMENT
    assert done.stderr.splitlines() == [
        "codem-ray: cannot read or write standard output, or a file: Bad file descriptor"
    ]


def test_sigterm_ends_a_command_as_ctrl_c_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = []

    def wait(args: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            closed.append(True)
        return 0

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("codem_ray.cli.ls.run", wait)
    assert main(["ls", "sweeps"]) == 128 + signal.SIGTERM
    assert "stopped by SIGTERM; run the same command again to continue" in capsys.readouterr().err
    assert closed == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_input_nested_too_deeply_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("codem_ray.cli.ls.run", lambda args: json.loads("[" * 100_000))
    assert main(["ls", "sweeps"]) == ExitCode.CONFIG
    assert "nested too deeply" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "status"])
@pytest.mark.parametrize(
    "damage",
    [
        "[]",
        '{"plan": 1, "sweep": {}, "cells": [], "facts": {}}',
        (
            '{"plan": {"trials": [{"seed": "x"}]}, "sweep": {"storage": {}, "evaluation": {}},'
            ' "cells": [], "facts": {}}'
        ),
        '{"plan": {}, "sweep": {}, "cells": [3], "facts": {}}',
        "{",
    ],
)
def test_a_damaged_plan_is_named(
    command: str, damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.json").write_text(damage)
    assert main([command, str(tmp_path)]) == ExitCode.ENVIRONMENT
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "models:/m-0"], "that database does not exist"),
        (["--model", "models:/nothing"], "is not an MLflow model URI"),
        (["--model", "./gone"], "does not exist: check --model"),
        (["--model", "not a hub id"], "--model: 'not a hub id' is not a folder in"),
    ],
)
def test_missing_model_is_refused_without_ray(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["evaluate", *arguments, "--targets", "python"]) == ExitCode.CONFIG
    assert words in capsys.readouterr().err


def test_a_file_name_that_the_locale_cannot_encode_names_the_remedy(tmp_path: Path) -> None:
    sweep = tmp_path / "a.yaml"
    sweep.write_text(
        "name: a\nbase_model: {path: starter}\nsources: [python]\nstorage: {path: é}\n"
        "data: {corpora: [{path: starter}]}\nevaluation: {benchmarks: [starter-python]}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "codem_ray", "plan", str(sweep)],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == ExitCode.ENVIRONMENT
    assert b"set PYTHONUTF8=1" in done.stderr
    assert done.stderr.count(b"\n") == 1
