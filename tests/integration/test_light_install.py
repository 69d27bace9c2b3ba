"""The installation without extras scores and compares without torch, Ray and datasets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from foreign_logs import write_lines

from codem_ray.benchmarks import load

pytestmark = [pytest.mark.slow, pytest.mark.toolchain]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("light") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install here: {done.stderr.strip().splitlines()[-1]}")
    return folder / "bin" / "python"


def codem_ray(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [python.with_name("codem-ray"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_light_installation_contains_nothing_heavy(python: Path) -> None:
    code = (
        "import importlib.util as u\n"
        "print([n for n in ('torch', 'ray', 'datasets', 'transformers', 'mlflow', 'deepspeed')"
        " if u.find_spec(n)])"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("language", ["python", "javascript", "c"])
def test_light_installation_scores_and_compares(
    python: Path, tmp_path: Path, language: str
) -> None:
    benchmark = f"starter-{language}"
    problems = load(benchmark, limit=3)
    for name, texts in (
        ("a", [problem.reference for problem in problems]),
        ("b", [problem.broken[0] for problem in problems]),
    ):
        rows = [
            {"task_id": problem.task_id, "completion": text}
            for problem, text in zip(problems, texts, strict=True)
        ]
        write_lines(tmp_path / f"{name}.jsonl", rows)
        asked = ("--benchmark", benchmark, "--limit", "3", "--out", f"{name}.scored.jsonl")
        done = codem_ray(
            python, tmp_path, "evaluate", "--completions", f"{name}.jsonl", *asked, "--json"
        )
        assert done.returncode == 0, done.stderr
        passed = json.loads(done.stdout)["pass_at_k"]["1"]["pass_at_k"]
        assert passed == (1.0 if name == "a" else 0.0)
    done = codem_ray(python, tmp_path, "compare", "a.scored.jsonl", "b.scored.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cells"][0]["difference"] == -1.0


def test_commands_that_need_more_name_the_package(python: Path, tmp_path: Path) -> None:
    done = codem_ray(python, tmp_path, "evaluate", "--model", "nowhere/none", "--targets", "python")
    assert done.returncode == 3, done.stderr
    assert "codem-ray[train]" in done.stderr
    assert codem_ray(python, tmp_path, "ls", "benchmarks").returncode == 0
    assert codem_ray(python, tmp_path, "plan", "quickstart").returncode == 0
    assert codem_ray(python, tmp_path, "data", "quickstart").returncode == 3
    assert codem_ray(python, tmp_path, "data", "quickstart", "--no-tokens").returncode == 0
