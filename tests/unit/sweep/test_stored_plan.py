"""Plans in storage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.errors import ConfigError, StorageError
from codem_ray.storage import Storage
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
