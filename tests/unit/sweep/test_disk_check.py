"""Refusals and warnings about disks before a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.errors import EnvironmentLackError
from codem_ray.storage import Storage
from codem_ray.sweep.disk_check import check_disk, disk_problems
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.resources import DiskNeeds
from codem_ray.sweep.stages import cells_of, find_missing

NEEDS = DiskNeeds(exports=50, checkpoints=30, node_local=20)
STORAGE, TEMPORARY = "storage.path", "a node's own copies"


def test_needs_of_one_disk_are_added() -> None:
    one = {STORAGE: (Path("/data"), 1), TEMPORARY: (Path("/tmp"), 1)}
    two = {STORAGE: (Path("/data"), 1), TEMPORARY: (Path("/tmp"), 2)}
    assert [is_refused for _, is_refused in disk_problems(NEEDS, one, {1: 99})] == [True]
    assert disk_problems(NEEDS, two, {1: 100, 2: 25}) == []
    assert [is_refused for _, is_refused in disk_problems(NEEDS, two, {1: 100, 2: 21})] == [False]


def test_a_run_that_cannot_fit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    model = {"path": "org/huge", "parameters": 10**15, "hidden_size": 4096, "num_layers": 42}
    sweep = make_sweep(**{"base_model": model, "data.template": "alpaca"})
    storage = Storage(str(tmp_path / "not" / "yet"))
    plan = plan_offline(sweep).plan
    cells = cells_of(sweep, plan, TOOLCHAIN_DIGESTS)
    missing = [
        find_missing(storage, trial, cells, lambda trial, cells: False) for trial in plan.trials
    ]
    with pytest.raises(EnvironmentLackError, match=r"4,000,000\.0.*keep_exports"):
        check_disk(sweep, storage, missing, is_one_machine=True, log=print)
    # Nothing is trained, so nothing is needed.
    check_disk(sweep, storage, missing[:1], is_one_machine=True, log=print)
