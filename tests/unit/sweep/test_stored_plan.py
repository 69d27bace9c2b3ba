"""Plans in storage."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.cli.main import main
from codem_ray.errors import ConfigError, ExitCode, StorageError
from codem_ray.storage import Storage
from codem_ray.sweep.active_run import exclusive_run
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import cells_of
from codem_ray.sweep.stored_plan import FORMAT_VERSION, StoredSweep, read_stored, write_plan


def test_a_limited_run_has_its_own_plan_and_results(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    whole_sweep, limited_sweep = (
        make_sweep(**{"evaluation.limit": None}),
        make_sweep(**{"storage.suffix": "limit-3"}),
    )
    names = []
    for sweep in (limited_sweep, whole_sweep):
        plan = plan_offline(sweep).plan
        cells = cells_of(sweep, plan, TOOLCHAIN_DIGESTS)
        write_plan(storage, sweep, plan, cells, {})
        names.append({cell.results_name.split("/")[0] for cell in cells})
        # The plan of the limited run is read until the whole sweep has one.
        assert read_stored(storage).plan == plan
    assert names == [{"results.limit-3"}, {"results"}]
    assert read_stored(storage, "limit-3").plan.benchmarks[0].problems == 3
    assert read_stored(storage).plan.benchmarks[0].problems > 3
    with pytest.raises(
        ConfigError, match=r"no plan\.limit-4\.json: it holds plan\.json, plan\.limit-3"
    ):
        read_stored(storage, "limit-4")


def write_and_read(storage: Storage) -> StoredSweep:
    sweep = make_sweep()
    plan = plan_offline(sweep).plan
    write_plan(storage, sweep, plan, cells_of(sweep, plan, TOOLCHAIN_DIGESTS), {"warnings": []})
    return read_stored(storage)


def test_cells_are_stored_as_fields(tmp_path: Path) -> None:
    stored = write_and_read(Storage(str(tmp_path)))
    assert [(c.trial_id, c.target, c.benchmark, c.style) for c in stored.cells] == [
        (trial.trial_id, benchmark.target, benchmark.name, style)
        for trial, benchmark, style in stored.plan.cells()
    ]
    raw = json.loads((tmp_path / "plan.json").read_text())
    assert raw["format_version"] == FORMAT_VERSION
    assert raw["cells"][0]["target"] == "python"


def test_a_plan_of_format_version_1_is_read(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    stored = write_and_read(storage)
    raw = json.loads((tmp_path / "plan.json").read_text())
    del raw["format_version"]
    raw["cells"] = [
        {
            "cell": str(cell),
            "trial_id": cell.trial_id,
            "results": cell.results,
            "execute": cell.execute,
        }
        for cell in stored.cells
    ]
    storage.write_json("plan.json", raw)
    assert read_stored(storage) == stored


def test_a_plan_of_a_later_format_version_is_refused(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    write_and_read(storage)
    raw = json.loads((tmp_path / "plan.json").read_text())
    storage.write_json("plan.json", raw | {"format_version": FORMAT_VERSION + 1})
    with pytest.raises(StorageError, match=r"has format version 3, but .* reads up to 2"):
        read_stored(storage)


DAMAGE = {
    "sweep.evaluation.newkey": (1, r"sweep\.evaluation\.newkey: unknown key"),
    "sweep.newsection": ({}, r"sweep\.newsection: unknown key"),
    "sweep.training.newkey": (1, r"sweep\.training\.newkey: unknown key"),
    "sweep.evaluation": (None, r"sweep\.evaluation: must be a mapping \(got None\)"),
    "sweep.evaluation.gate": (None, r"sweep\.evaluation\.gate: .*\(got None\)"),
    "facts.warnings": (None, r"facts\.warnings: must be a list"),
    "facts.environment": (None, r"facts\.environment: must be a mapping"),
    "facts": (None, "facts: must be a mapping"),
    "cells": ([], "cells: 0 are listed, which are not the 8 of its plan"),
    "plan.benchmarks": ([], "cells: 8 are listed, which are not the 0 of its plan"),
    "plan.trials": (3, r"plan\.trials: must be a list"),
}


@pytest.mark.parametrize("key", DAMAGE)
@pytest.mark.parametrize(
    "arguments", [["status", "."], ["report", "."], ["compare", ".", "."], ["replay", ".", "base"]]
)
def test_damaged_setting_is_refused_by_every_command_in_one_line(
    key: str,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    value, message = DAMAGE[key]
    write_and_read(Storage(str(tmp_path)))
    raw = json.loads((tmp_path / "plan.json").read_text())
    node = raw
    *parents, last = key.split(".")
    for parent in parents:
        node = node[parent]
    node[last] = value
    (tmp_path / "plan.json").write_text(json.dumps(raw))
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == ExitCode.ENVIRONMENT
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(rf"plan\.json is damaged .*{message}.*: run the sweep again", line)


def test_sweep_with_a_language_of_an_absent_package_is_read(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    write_and_read(storage)
    raw = json.loads((tmp_path / "plan.json").read_text())
    raw["sweep"]["sources"] = ["base", "a language of another package"]
    storage.write_json("plan.json", raw)
    assert read_stored(storage).sweep["sources"][1] == "a language of another package"


def test_a_run_that_has_no_plan_yet_is_no_missing_sweep(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "runs" / "quickstart"))
    with exclusive_run(storage), pytest.raises(ConfigError, match="a run has just started in"):
        read_stored(storage)


def test_missing_folder_is_named_with_the_sweeps_near_it(tmp_path: Path) -> None:
    write_and_read(Storage(str(tmp_path / "runs" / "quickstart")))
    near = re.escape(f"sweeps are in {tmp_path}/runs/quickstart")
    with pytest.raises(ConfigError, match=f"quikstart does not exist: {near}$"):
        read_stored(Storage(str(tmp_path / "runs" / "quikstart")))
    with pytest.raises(ConfigError, match=rf"runs holds no plan\.json: {near}$"):
        read_stored(Storage(str(tmp_path / "runs")))
    with pytest.raises(ConfigError, match="gone/x does not exist: give the folder of a sweep"):
        read_stored(Storage(str(tmp_path / "gone" / "x")))
    with pytest.raises(ConfigError, match=r"plan\.json is a file: give the folder of a sweep"):
        read_stored(Storage(str(tmp_path / "runs" / "quickstart" / "plan.json")))
