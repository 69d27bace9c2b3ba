"""`codem-ray init` writes a commented sweep file that `plan` accepts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from codem_ray.benchmarks import BENCHMARKS
from codem_ray.cli.main import main
from codem_ray.config import load_sweep
from codem_ray.errors import ExitCode
from codem_ray.languages import LANGUAGES


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--gpus", "2", "--sources", "base,python,prose", "--seeds", "0,1", "--pairs", "100"],
        ["--model", "org/model-1b", "--storage", "s3://bucket/runs", "--benchmarks", "starter-go"],
    ],
)
def test_what_it_writes_passes_plan_and_explains_every_key(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    assert main(["init", str(path), "--no-input", *options]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{path}\n"
    assert f"next: codem-ray plan {path}" in printed.err
    local = ["--set", f"storage.path={tmp_path}"]
    assert main(["plan", str(path), *local]) == 0
    assert "sweep mine" in capsys.readouterr().out
    lines = path.read_text().splitlines()
    keys = [number for number, line in enumerate(lines) if line[:1].isalpha()]
    assert all(lines[number - 1].startswith("#") for number in keys)
    assert all(len(line) <= 100 for line in lines)


def test_options_become_the_keys_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    options = {
        "--name": "study-1",
        "--sources": "base, go ,mixed",
        "--seeds": "3,4",
        "--gpus": "4",
        "--pairs": "50",
        "--storage": str(tmp_path / "runs"),
    }
    flat = [part for pair in options.items() for part in pair]
    assert main(["init", str(path), "--no-input", *flat]) == 0
    sweep = load_sweep(str(path))
    assert (sweep.name, sweep.sources, sweep.seeds) == ("study-1", ("base", "go", "mixed"), (3, 4))
    assert (sweep.resources.workers, sweep.resources.gpus_per_worker) == (4, 1.0)
    assert (sweep.data.pairs, sweep.storage.path) == (50, str(tmp_path / "runs"))
    targets = [BENCHMARKS[name].language for name in sweep.evaluation.benchmarks]
    assert targets == list(LANGUAGES)


def test_json_holds_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    assert main(["init", str(path), "--no-input", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": str(path),
        "sweep": yaml.safe_load(path.read_text()),
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sources", "base,pyton"], "python"),
        (["--benchmarks", "nothing"], "no benchmark is called 'nothing'"),
        (["--seeds", "one"], "--seeds is 'one': write whole numbers"),
        (["--corpus", "absent.jsonl"], "absent.jsonl"),
        (["--name", "a/b"], "name"),
    ],
)
def test_a_wrong_answer_exits_with_2_and_writes_nothing(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    assert main(["init", str(path), "--no-input", *options]) == ExitCode.CONFIG
    assert message in capsys.readouterr().err
    assert not path.exists()


def test_an_existing_file_is_replaced_only_when_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    assert main(["init", str(path), "--no-input"]) == ExitCode.CONFIG
    assert "exists: choose another name, or replace it with --force" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert main(["init", str(path), "--no-input", "--force"]) == 0
    assert path.read_text().startswith("# Made by")


def test_on_a_terminal_it_asks_for_what_no_option_says(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "codem_ray", "init", "asked.yaml", "--storage", "there"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    # Model, corpora, sources, benchmarks, pairs, seeds, GPUs; an empty line takes the default.
    for answer in ("", "", "base,go", "", "", "0,7", ""):
        os.write(ours, f"{answer}\n".encode())
    out, _ = process.communicate(timeout=120)
    asked = os.read(ours, 65536).decode()
    os.close(ours)
    assert process.returncode == 0, asked
    assert out == "asked.yaml\n"
    assert "sources: all, or languages" in asked
    assert "storage: folder" not in asked
    written = yaml.safe_load((tmp_path / "asked.yaml").read_text())
    assert (written["sources"], written["seeds"]) == (["base", "go"], [0, 7])
    assert written["storage"]["path"] == "there"
