"""The commands that read or prune a stored sweep, run as users run them, on an S3 server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from finished_sweep import FinishedSweep
from s3_server import BUCKET, S3Server, s3_server

from codem_ray.errors import ExitCode
from codem_ray.sweep.removable_files import PruneKind


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(autouse=True)
def client(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.use(monkeypatch, tmp_path / "node")


def codem_ray(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys\nfrom codem_ray.cli.main import main\ncode = main(sys.argv[1:])\n"
        "heavy = {'torch', 'ray', 'transformers', 'mlflow'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_sweep_in_a_bucket_is_listed_shown_opened_and_pruned(tmp_path: Path) -> None:
    place = f"s3://{BUCKET}/{tmp_path.name}"
    old = FinishedSweep(place).write()
    sweep = FinishedSweep(place, **{"generation.max_new_tokens": 64}).write()
    uri = sweep.storage.root
    done = codem_ray("ls", "runs", place, "--json")
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert (run["name"], run["state"], run["trials_done"]) == ("planned", "complete", 2)
    assert run["num_bytes"] == sum(sweep.storage.files("").values())

    done = codem_ray("show", uri, "python/python/starter-python/0", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row["program"]
    assert (row["outcome"], row["base"]["outcome"]) == ("passed", "wrong_answer")

    done = codem_ray("open", uri, "--no-browser")
    assert done.returncode == ExitCode.INCOMPLETE
    assert f"codem-ray report {uri}" in done.stderr
    assert codem_ray("report", uri).returncode == 0
    done = codem_ray("open", uri, "--no-browser")
    page = Path(done.stdout.strip())
    assert "planned" in page.read_text()
    assert (page.parent / "transfer_matrix.csv").is_file()

    kinds = [argument for kind in PruneKind for argument in ("--kind", str(kind))]
    listed = codem_ray("prune", uri, *kinds, "--json")
    assert listed.returncode == 0, listed.stderr
    found = {item["name"] for item in json.loads(listed.stdout)["items"]}
    assert {cell.generate_stage(old.storage).name for cell in old.cells} < found
    before = sweep.storage.files("")
    assert codem_ray("prune", uri, *kinds, "--yes").returncode == 0
    left = sweep.storage.files("")
    assert sum(before.values()) > sum(left.values())
    assert not [name for name in left if any(name.startswith(f"{one}/") for one in found)]
    assert codem_ray("status", uri).returncode == 0
    assert codem_ray("prune", uri, *kinds, "--json").stdout.count('"name"') == 0


def test_a_store_that_is_not_there_exits_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    done = codem_ray("ls", "runs", "s3://absent-bucket/runs")
    assert done.returncode == ExitCode.ENVIRONMENT, done.stdout + done.stderr
    assert "absent-bucket" in done.stderr
