"""A package can add a sandbox backend with one file and an entry point."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from outside_package import ROOT, install, python

from codem_ray.errors import ExitCode
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.starter.assets import benchmark_path

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(find_bwrap() is None, reason="needs bubblewrap"),
]
FILE = ROOT / "tests" / "support" / "codem_ray_serial.py"
PAGE = ROOT / "docs" / "how-to" / "add-sandbox.md"
SWEEP = """
name: serial
base_model: {{path: starter}}
sources: [base]
data: {{corpora: [{{path: starter}}], pairs: 10, template: short, max_tokens: 256}}
generation: {{max_new_tokens: 128}}
evaluation: {{benchmarks: [starter-python], sandbox: {sandbox}}}
storage: {{path: {storage}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder for temporary files whose `site` has the package installed."""
    folder = tmp_path_factory.mktemp("serial")
    install(folder / "site", FILE, "codem_ray.sandboxes", "BACKEND")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder / "site", *arguments)


def test_added_backend_scores_completions(folder: Path) -> None:
    with gzip.open(benchmark_path("python"), "rt", encoding="utf-8") as rows:
        problem = json.loads(next(rows))
    row = {"task_id": problem["task_id"], "completion": problem["reference"]}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    done = run(
        folder,
        *("-m", "codem_ray", "evaluate", "--completions", str(folder / "rows.jsonl")),
        *("--benchmark", "starter-python", "--sandbox", "bubblewrap-serial"),
        *("--json", "--no-cache"),
    )
    assert done.returncode in (ExitCode.COMPLETE, ExitCode.INCOMPLETE), done.stderr
    assert json.loads(done.stdout)["environment"]["sandbox"] == "bubblewrap-serial"
    assert (folder / "codem-ray-serial.lock").exists()


def test_sweep_file_may_name_an_added_backend(folder: Path) -> None:
    sweep = folder / "serial.yaml"
    sweep.write_text(SWEEP.format(sandbox="bubblewrap-serial", storage=folder / "runs"))
    done = run(folder, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.COMPLETE, done.stderr


def test_an_unknown_name_is_refused_with_the_known_ones(folder: Path) -> None:
    sweep = folder / "wrong.yaml"
    sweep.write_text(SWEEP.format(sandbox="bubblewrap-serail", storage=folder / "runs"))
    done = run(folder, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.CONFIG
    assert "did you mean bubblewrap-serial?" in done.stderr
    assert "bubblewrap, process-without-isolation, bubblewrap-serial" in done.stderr


def test_module_of_an_added_backend_may_import_the_registry(folder: Path) -> None:
    code = "from codem_ray.sandbox.backends import open_sandbox\n" + FILE.read_text("utf-8")
    (folder / "site" / "codem_ray_serial.py").write_text(code)
    try:
        listing = "import codem_ray_serial as s; print(s.open_sandbox(s.BACKEND.name).name)"
        done = run(folder, "-c", listing)
    finally:
        shutil.copy(FILE, folder / "site")
    assert done.stdout == "bubblewrap-serial\n", done.stderr


def test_added_backend_passes_the_contract(folder: Path) -> None:
    contract = str(ROOT / "tests" / "contract" / "sandbox")
    done = run(folder, "-m", "pytest", "-q", contract, "-k", "bubblewrap-serial")
    assert done.returncode == 0, done.stdout[-5000:]
    assert "passed" in done.stdout


def test_the_how_to_page_shows_this_package() -> None:
    assert FILE.read_text(encoding="utf-8") in PAGE.read_text(encoding="utf-8")
