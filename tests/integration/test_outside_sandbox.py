"""A sandbox backend of another package is one file and an entry point; nothing here is changed."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.errors import ExitCode
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.starter.assets import benchmark_path

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(find_bwrap() is None, reason="needs bubblewrap"),
]
ROOT = Path(__file__).parents[2]
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose `site` has the package installed."""
    folder = tmp_path_factory.mktemp("serial")
    metadata = folder / "site" / "codem_ray_serial-1.0.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(FILE, folder / "site")
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: codem-ray-serial\nVersion: 1.0\n"
    )
    (metadata / "entry_points.txt").write_text(
        "[codem_ray.sandboxes]\nserial = codem_ray_serial:BACKEND\n"
    )
    return folder


def python(folder: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    path = [folder / "site", ROOT]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd or folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "TMPDIR": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_it_scores_completions(folder: Path) -> None:
    with gzip.open(benchmark_path("python"), "rt", encoding="utf-8") as rows:
        problem = json.loads(next(rows))
    row = {"task_id": problem["task_id"], "completion": problem["reference"]}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    done = python(
        folder,
        *("-m", "codem_ray", "evaluate", "--completions", "rows.jsonl"),
        *(
            "--benchmark",
            "starter-python",
            "--sandbox",
            "bubblewrap-serial",
            "--json",
            "--no-cache",
        ),
    )
    assert done.returncode in (ExitCode.COMPLETE, ExitCode.INCOMPLETE), done.stderr
    assert json.loads(done.stdout)["environment"]["sandbox"] == "bubblewrap-serial"
    assert (folder / "codem-ray-serial.lock").exists()


def test_a_sweep_file_may_name_it(folder: Path) -> None:
    sweep = folder / "serial.yaml"
    sweep.write_text(SWEEP.format(sandbox="bubblewrap-serial", storage=folder / "runs"))
    done = python(folder, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.COMPLETE, done.stderr


def test_an_unknown_name_is_refused_with_the_known_ones(folder: Path) -> None:
    sweep = folder / "wrong.yaml"
    sweep.write_text(SWEEP.format(sandbox="bubblewrap-serail", storage=folder / "runs"))
    done = python(folder, "-m", "codem_ray", "plan", str(sweep))
    assert done.returncode == ExitCode.CONFIG
    assert "did you mean bubblewrap-serial?" in done.stderr
    assert "bubblewrap, process-without-isolation, bubblewrap-serial" in done.stderr


def test_its_module_may_import_the_registry_and_be_imported_first(folder: Path) -> None:
    code = "from codem_ray.sandbox.backends import open_sandbox\n" + FILE.read_text("utf-8")
    (folder / "site" / "codem_ray_serial.py").write_text(code)
    try:
        listing = "import codem_ray_serial as s; print(s.open_sandbox(s.BACKEND.name).name)"
        done = python(folder, "-c", listing)
    finally:
        shutil.copy(FILE, folder / "site")
    assert done.stdout == "bubblewrap-serial\n", done.stderr


def test_it_passes_the_contract_of_every_backend(folder: Path) -> None:
    done = python(
        folder,
        *("-m", "pytest", "-q", "tests/contract/sandbox", "-k", "bubblewrap-serial"),
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert "passed" in done.stdout


def test_the_how_to_page_shows_this_package() -> None:
    assert FILE.read_text(encoding="utf-8") in PAGE.read_text(encoding="utf-8")
