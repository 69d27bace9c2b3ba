"""Another package adds a generation engine by an entry point; no file of codem_ray changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from outside_package import install, python

from codem_ray.benchmarks import load
from codem_ray.errors import ExitCode

MODULE = Path(__file__).parents[1] / "support" / "outside" / "codem_ray_lookup.py"
GENERATE = """
import sys
from codem_ray.benchmarks import load
from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.records import PromptStyle

engine = load_engine(ModelSpec(path=sys.argv[1]), "lookup")
problems = load("starter-python", limit=2)
for one in generate(engine, problems, PromptStyle.COMPLETION, "alpaca", GenerationConfig()):
    print(one.task_id, repr(one.text))
"""
SWEEP = """
name: looked-up
base_model: {{path: starter}}
sources: [base]
data: {{corpora: [{{path: starter}}], pairs: 30, template: short}}
generation: {{engine: {engine}, max_new_tokens: 128}}
evaluation: {{benchmarks: [starter-python]}}
storage: {{path: {storage}}}
"""


def test_the_docs_page_shows_this_example() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "add-engine.md"
    assert MODULE.read_text() in page.read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    install(site, MODULE, "codem_ray.engines", "ENGINE")
    return site


def test_it_writes_the_completions_of_a_benchmark(site: Path, tmp_path: Path) -> None:
    first, second = load("starter-python", limit=2)
    texts = {first.task_id: first.reference, second.task_id: "    pass\n\ndef other():\n"}
    (tmp_path / "completions.json").write_text(json.dumps(texts))
    done = python(site, "-c", GENERATE, str(tmp_path))
    assert done.stdout.splitlines() == [
        f"{first.task_id} {first.reference!r}",
        # The stop strings of the language cut the second definition.
        f"{second.task_id} {'    pass' + chr(10)!r}",
    ], done.stderr


def test_a_model_without_its_file_cannot_be_loaded(site: Path, tmp_path: Path) -> None:
    done = python(site, "-c", GENERATE, str(tmp_path))
    assert "ModelLoadError: cannot load the model" in done.stderr


def test_a_sweep_file_may_name_it_and_a_misspelling_lists_the_known_names(
    site: Path, tmp_path: Path
) -> None:
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(SWEEP.format(engine="lookup", storage=tmp_path / "runs"))
    done = python(site, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    sweep.write_text(SWEEP.format(engine="lokup", storage=tmp_path / "runs"))
    done = python(site, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.CONFIG
    assert "did you mean lookup? Known: transformers, vllm, lookup" in done.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("EngineSpec(name", "dict(name"), "is of type dict, not EngineSpec"),
        (('name="lookup"', 'name="vllm"'), "adds 'vllm', a name that is already in use"),
    ],
)
def test_a_wrong_entry_point_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    module = tmp_path / "codem_ray_wrong.py"
    module.write_text(MODULE.read_text().replace(*change))
    install(tmp_path / "site", module, "codem_ray.engines", "ENGINE")
    done = python(tmp_path / "site", "-c", "import codem_ray.generation.engine_registry")
    assert "entry point own of codem_ray.engines" in done.stderr
    assert complaint in done.stderr
