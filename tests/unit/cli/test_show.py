"""`codem-ray show`: outcomes of a cell and texts of a problem, beside those of base."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from finished_sweep import FinishedSweep

from codem_ray.cli.main import main
from codem_ray.cli.output import section
from codem_ray.errors import ExitCode
from codem_ray.sweep.sweep_plan import TrialKind

CELL = "python/python/starter-python"


@pytest.fixture
def sweep(tmp_path: Path) -> FinishedSweep:
    return FinishedSweep(str(tmp_path)).write()


def show(sweep: FinishedSweep, *arguments: str) -> int:
    return main(["show", sweep.storage.root, *arguments])


def test_a_cell_lists_outcomes_and_changes_beside_base(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(sweep, CELL) == 0
    first, header, _, *rows, counts, hint = capsys.readouterr().out.splitlines()
    assert "(instruction), base by completion" in first
    assert header.split() == ["problem", "sample", "base", "model", "change"]
    assert [row.split()[2:] for row in rows] == [
        ["wrong_answer", "passed", "better"],
        ["wrong_answer", "passed", "better"],
        ["passed", "wrong_answer", "worse"],
    ]
    assert counts == "3 completions: 2 passed, 2 better and 1 worse than base"
    assert main(hint.split()[3:]) == 0


@pytest.mark.parametrize(
    ("only", "number"), [("better", 2), ("worse", 1), ("passed", 2), ("failed", 1)]
)
def test_only_keeps_the_problems_of_one_kind(
    sweep: FinishedSweep, only: str, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(sweep, CELL, "--only", only, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == number
    assert all(row["base"]["style"] == "completion" for row in rows)


def test_a_problem_shows_prompt_completion_program_and_output_of_both_models(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(sweep, f"{CELL}/0") == 0
    text = capsys.readouterr().out
    base, tuned = text.split("=== python-s0", maxsplit=1)
    assert base.startswith("=== base-")
    assert "--- output\nbase is wrong\n" in base
    assert "### Instruction" in tuned.split("--- prompt")[1].split("--- completion (9 tokens)")[0]
    assert "Here it is:" in tuned.split("--- completion")[1].split("--- program")[0]
    assert "--- program judge/" in tuned
    assert show(sweep, f"{CELL}/0", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["completion"].startswith("Here it is:")
    assert row["program"]["answer/answer.py"].startswith(row["answer"][:20])
    assert row["base"]["message"] == "base is wrong"


def test_a_cell_of_base_stands_alone_in_both_styles(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(sweep, "base/java/starter-java") == 0
    text = capsys.readouterr().out
    assert text.count("3 completions: 1 passed") == 2
    assert "than base" not in text


def test_without_the_benchmark_the_texts_are_shown_without_prompts(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = sweep.storage.read_json("plan.json")
    for facts in plan["plan"]["benchmarks"]:
        facts["digest"] = "another"
    sweep.storage.write_json("plan.json", plan)
    assert show(sweep, f"{CELL}/0") == 0
    printed = capsys.readouterr()
    assert "prompts and programs are not shown: starter-python has changed" in printed.err
    assert "--- prompt" not in printed.out
    assert "--- answer" in printed.out


def test_a_missing_cell_exits_with_4_and_a_missing_cell_of_base_does_so_after_the_table(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    untuned = [cell for cell in sweep.cells if cell.trial.kind is TrialKind.UNTUNED]
    for cell in untuned:
        shutil.rmtree(cell.execute_stage(sweep.storage).uri)
    assert show(sweep, CELL) == ExitCode.INCOMPLETE
    printed = capsys.readouterr()
    assert "base is not shown: base-" in printed.err
    assert "3 completions: 2 passed" in printed.out
    assert show(sweep, "base/python") == ExitCode.INCOMPLETE
    assert "complete it by `codem-ray run`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([f"{CELL}/nothing"], "no problem of this cell is called 'nothing'"),
        ([CELL, "--sample", "3"], "has no sample 3: set --sample to one of 0"),
        ([f"{CELL}/0", "--only", "worse"], "--only worse filters the problems of a cell"),
        (["perl/python"], "there is no 'perl'"),
    ],
)
def test_a_wrong_request_exits_with_2_and_names_what_there_is(
    sweep: FinishedSweep,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert show(sweep, *arguments) == ExitCode.CONFIG
    assert message in capsys.readouterr().err


def test_a_wide_terminal_shows_both_models_side_by_side(sweep: FinishedSweep) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "codem_ray", "show", sweep.storage.root, f"{CELL}/0"],
        stdout=theirs,
        env={**os.environ, "COLUMNS": "160", "TERM": "xterm"},
    )
    os.close(theirs)
    text = b""
    while chunk := _read(ours):
        text += chunk
    assert process.wait() == 0
    heads = text.decode().splitlines()[0]
    assert "=== base-" in heads
    assert "=== python-s0" in heads


def _read(descriptor: int) -> bytes:
    # The end of a pseudo-terminal is an error.
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def test_control_characters_of_a_model_do_not_reach_the_terminal() -> None:
    assert section("output", "a\x1b[2Jb\tc\n") == "--- output\na\\x1b[2Jb\tc"
