"""`codem-ray prune` frees what no resume needs, and only when told so."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from finished_sweep import WEIGHTS, FinishedSweep

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode
from codem_ray.sweep.removable_files import PruneKind
from codem_ray.sweep.stages import export_stage, find_missing
from codem_ray.sweep.stored_plan import incomplete_cells, read_stored, training_facts
from codem_ray.sweep.sweep_plan import TrialKind

ALL_KINDS = [argument for kind in PruneKind for argument in ("--kind", str(kind))]


@pytest.fixture(autouse=True)
def node_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    return tmp_path / "node" / "stages"


@pytest.fixture
def sweep(tmp_path: Path) -> FinishedSweep:
    return FinishedSweep(str(tmp_path / "runs")).write()


def prune(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str], *arguments: str
) -> dict[str, set[str]]:
    """Return the names by kind."""
    assert main(["prune", sweep.storage.root, "--json", *arguments]) == 0
    found: dict[str, set[str]] = {}
    for item in json.loads(capsys.readouterr().out)["items"]:
        found.setdefault(item["kind"], set()).add(item["name"])
    return found


def all_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def trained(sweep: FinishedSweep) -> str:
    return next(t.trial_id for t in sweep.plan.trials if t.kind is TrialKind.TRAINED)


def missing(sweep: FinishedSweep) -> list[Any]:
    """What a run of the sweep would still do, if MLflow holds all results."""
    find = partial(find_missing, sweep.storage, cells=sweep.cells, is_tracked=lambda t, c: True)
    return [work for trial in sweep.plan.trials if (work := find(trial))]


def test_a_finished_sweep_has_nothing_to_free_but_its_exports(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prune", sweep.storage.root]) == 0
    text = capsys.readouterr().out
    assert text.startswith("nothing to free\nnot included: --kind exports: 1 item, ")
    assert prune(sweep, capsys, *ALL_KINDS) == {"exports": {f"trials/{trained(sweep)}/export"}}


def test_nothing_is_deleted_without_yes_and_everything_listed_with_it(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    longer = FinishedSweep(
        str(Path(sweep.storage.root).parent), **{"generation.max_new_tokens": 64}
    )
    longer.write()
    folder = Path(sweep.storage.root)
    before = all_files(folder)
    old = {cell.generate_stage(sweep.storage).name for cell in sweep.cells}
    old |= {cell.execute_stage(sweep.storage).name for cell in sweep.cells}
    old |= {cell.results_name for cell in sweep.cells}
    assert prune(longer, capsys) == {"old-keys": old}
    assert all_files(folder) == before
    assert prune(longer, capsys, "--yes") == {"old-keys": old}
    left = {name for name in before if not any(name.startswith(one) for one in old)}
    assert all_files(folder) == left | {".lock"}
    assert missing(longer) == []
    assert not incomplete_cells(longer.storage, read_stored(longer.storage))


def test_the_keys_of_every_stored_plan_stay(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(Path(sweep.storage.root).parent)
    FinishedSweep(place, **{"evaluation.limit": None}).write()
    FinishedSweep(place, **{"storage.suffix": "limit-3"}).write()
    # plan.json is that of all problems now, and plan.limit-3.json names the first three.
    assert prune(sweep, capsys).keys() <= {"old-keys"}
    assert all("results/" in name for name in prune(sweep, capsys).get("old-keys", ()))


def test_completions_and_weights_of_an_incomplete_cell_stay(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = next(c for c in sweep.cells if c.trial.kind is TrialKind.TRAINED)
    shutil.rmtree(cell.execute_stage(sweep.storage).uri)
    assert prune(sweep, capsys, *ALL_KINDS, "--yes") == {}
    (work,) = missing(sweep)
    assert (work.cells, work.is_training_missing) == ((cell,), False)
    shutil.rmtree(cell.generate_stage(sweep.storage).uri)
    assert prune(sweep, capsys, *ALL_KINDS, "--yes") == {}
    (work,) = missing(sweep)
    assert not work.is_training_missing


def test_weights_that_mlflow_lacks_or_another_trial_starts_from_stay(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = export_stage(sweep.storage, next(t for t in sweep.plan.trials if t.steps)).uri
    place = Path(sweep.storage.root).parent
    plan = place / "user" / "plan.json"
    FinishedSweep(str(place), name="user").write()
    content = json.loads(plan.read_text())
    content["plan"]["trials"][0]["model"] = weights
    plan.write_text(json.dumps(content))
    assert prune(sweep, capsys, *ALL_KINDS) == {}
    shutil.rmtree(place / "user")
    assert prune(sweep, capsys, *ALL_KINDS).keys() == {"exports"}
    shutil.rmtree(Path(weights).parent / "track")
    assert prune(sweep, capsys, *ALL_KINDS) == {}


def test_the_report_keeps_the_facts_of_a_training_whose_weights_are_deleted(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = training_facts(sweep.storage, sweep.plan)
    assert facts[trained(sweep)]["curve"]
    assert main(["prune", sweep.storage.root, "--kind", "exports", "--yes"]) == 0
    assert "freed " in capsys.readouterr().out
    assert not list(Path(sweep.storage.root).rglob("*.safetensors"))
    assert training_facts(sweep.storage, sweep.plan) == facts
    assert missing(sweep) == []


def test_leftovers_are_those_of_killed_processes_and_of_finished_trainings(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(sweep.storage.root, "trials", trained(sweep))
    left = {f"{folder}/.export.abcdefgh.tmp/weights", f"{folder}/train/checkpoint/state"}
    for name in left:
        Path(name).parent.mkdir(parents=True)
        Path(name).write_bytes(WEIGHTS)
    names = {f"trials/{folder.name}/.export.abcdefgh.tmp", f"trials/{folder.name}/train"}
    assert prune(sweep, capsys) == {"leftovers": names}
    export = folder / "export"
    export.rename(folder / "elsewhere")
    # Without weights, training goes on from the checkpoint.
    assert prune(sweep, capsys) == {"leftovers": {f"trials/{folder.name}/.export.abcdefgh.tmp"}}
    (folder / "elsewhere").rename(export)
    assert prune(sweep, capsys, "--yes") == {"leftovers": names}
    assert not any(Path(name).exists() for name in left)


def test_trials_that_no_plan_names_are_deleted_only_when_asked_for(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(Path(sweep.storage.root).parent)
    slower = FinishedSweep(place, **{"training.learning_rate": 1e-5}).write()
    assert trained(slower) != trained(sweep)
    assert prune(slower, capsys, "--yes") == {}
    found = prune(slower, capsys, "--kind", "unplanned", "--yes")["unplanned"]
    assert f"trials/{trained(sweep)}" in found
    assert not any(trained(sweep) in name for name in all_files(Path(slower.storage.root)))
    assert missing(slower) == []


def test_the_shared_cache_stays_while_a_sweep_has_something_to_train_or_runs(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Path(sweep.storage.root).parent
    (place / "_cache" / "tokens").mkdir(parents=True)
    (place / "_cache" / "tokens" / "rows").write_bytes(b"1")
    other = FinishedSweep(str(place), name="other").write()
    export = export_stage(other.storage, next(t for t in other.plan.trials if t.steps)).uri
    shutil.rmtree(export)
    shutil.rmtree(other.cells[-1].execute_stage(other.storage).uri)
    assert prune(sweep, capsys, "--yes") == {}
    assert main(["prune", sweep.storage.root]) == 0
    assert "of " + other.storage.root + " is still to be trained" in capsys.readouterr().err
    other.write()
    with Path(other.storage.root, ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert prune(sweep, capsys) == {}
        assert main(["prune", sweep.storage.root, "--yes"]) == ExitCode.CONFIG
        capsys.readouterr()
    assert prune(sweep, capsys, "--yes") == {"cache": {str(place / "_cache")}}
    assert not (place / "_cache").exists()


def test_while_a_run_is_active_nothing_is_deleted(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(sweep.storage.root, ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["prune", sweep.storage.root]) == 0
        assert "nothing can be deleted until it ends" in capsys.readouterr().err
        assert main(["prune", sweep.storage.root, "--yes", *ALL_KINDS]) == ExitCode.CONFIG
        assert "is active in" in capsys.readouterr().err


def test_copies_of_remote_files_go_after_an_hour(
    sweep: FinishedSweep, node_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("used", "unused"):
        (node_cache / name).mkdir(parents=True)
        (node_cache / name / "weights").write_bytes(WEIGHTS)
    for path in (node_cache / "unused" / "weights", node_cache / "unused"):
        os.utime(path, (time.time() - 4000,) * 2)
    assert prune(sweep, capsys, "--yes") == {"node-cache": {"(this machine)"}}
    assert (node_cache / "used").is_dir()
    assert not (node_cache / "unused").exists()


def test_a_plan_that_cannot_be_read_is_refused(
    sweep: FinishedSweep, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.storage.write_bytes("plan.limit-9.json", b"{}")
    assert main(["prune", sweep.storage.root, "--yes"]) == ExitCode.ENVIRONMENT
    assert "is damaged or of another version" in capsys.readouterr().err
