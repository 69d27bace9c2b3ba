"""Keys of stages, and the missing stages of a trial."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.config import Sweep
from codem_ray.storage import Storage
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    CellPlan,
    cells_of,
    export_stage,
    find_missing,
    with_stored_keys,
)
from codem_ray.tracking.trial_record import is_recorded, record_inputs, record_stage


def finish(storage: Storage, cell: CellPlan, rows: bytes = b"rows") -> None:
    storage.write_bytes(cell.results_name, rows)
    with cell.execute_stage(storage).writing({}) as writer:
        writer.facts[RESULTS_DIGEST] = hashlib.sha256(rows).hexdigest()


def test_missing_work_shrinks_as_stages_finish(tmp_path: Path) -> None:
    sweep = make_sweep()
    plan = plan_offline(sweep).plan
    storage = Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    cells = cells_of(sweep, plan, TOOLCHAIN_DIGESTS)
    own_cells = [cell for cell in cells if cell.trial == trial]

    def missing() -> tuple[bool, int, bool]:
        found = find_missing(storage, trial, cells, partial(is_recorded, storage, "databricks"))
        return found.is_training_missing, len(found.cells), found.is_tracking_missing

    assert missing() == (True, 2, True)
    with export_stage(storage, trial).writing({}):
        pass
    assert missing() == (False, 2, True)
    storage.write_bytes(own_cells[0].results_name, b"rows")
    # Results without a manifest still hold an infrastructure error.
    assert missing() == (False, 2, True)
    finish(storage, own_cells[0])
    assert missing() == (False, 1, True)
    finish(storage, own_cells[1])
    with record_stage(storage, trial, own_cells, "databricks").writing(
        record_inputs(storage, own_cells)
    ):
        pass
    assert missing() == (False, 0, False)
    assert not find_missing(storage, trial, cells, partial(is_recorded, storage, "databricks"))
    assert find_missing(
        storage, trial, cells, partial(is_recorded, storage, "databricks://other")
    ).is_tracking_missing
    # A cell that was tried again keeps its name, and MLflow has not seen its new rows.
    finish(storage, own_cells[1], b"new rows")
    assert missing() == (False, 0, True)


def test_damaged_files_are_missing_work(tmp_path: Path) -> None:
    sweep = make_sweep()
    plan = plan_offline(sweep).plan
    storage = Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    cells = [cell for cell in cells_of(sweep, plan, TOOLCHAIN_DIGESTS) if cell.trial == trial]
    with export_stage(storage, trial).writing({}) as writer:
        (writer.folder / "weights").write_bytes(b"weights")
    for cell in cells:
        with cell.generate_stage(storage).writing({}) as writer:
            (writer.folder / "completions").write_bytes(b"completions")
        finish(storage, cell)
    assert not find_missing(storage, trial, cells, partial(is_recorded, storage, "uri")).cells

    storage.write_bytes(cells[0].results_name, b"")
    found = find_missing(storage, trial, cells, partial(is_recorded, storage, "uri"))
    assert (found.cells, found.is_training_missing) == ((cells[0],), False)

    # Weights are looked at only where something has to be generated from them.
    (tmp_path / "trials" / trial.trial_id / "export" / "weights").write_bytes(b"wei")
    assert not find_missing(
        storage, trial, cells, partial(is_recorded, storage, "uri")
    ).is_training_missing
    Path(cells[0].generate_stage(storage).uri, "completions").write_bytes(b"comp")
    assert cells[0].generate_stage(storage).manifest(is_checked=True) is None
    assert find_missing(
        storage, trial, cells, partial(is_recorded, storage, "uri")
    ).is_training_missing


def test_a_token_limit_changes_both_keys_and_a_toolchain_only_the_execute_key() -> None:
    def keys(sweep: Sweep, digests: dict[str, str]) -> tuple[str, str]:
        cell = cells_of(sweep, plan_offline(sweep).plan, digests)[0]
        return cell.generate_key, cell.execute_key

    first = keys(make_sweep(), TOOLCHAIN_DIGESTS)
    longer = keys(make_sweep(**{"generation.max_new_tokens": 9}), TOOLCHAIN_DIGESTS)
    newer = keys(make_sweep(), {**TOOLCHAIN_DIGESTS, "python": "toolchain-2"})
    vllm = {"generation.engine": "vllm", "resources.gpus_per_worker": 1}
    speed = vllm | {
        "generation.batch_size": 99,
        "generation.tensor_parallel": 4,
        "generation.gpu_memory_utilization": 0.5,
        "generation.max_model_len": 4096,
    }
    faster = keys(make_sweep(**speed), TOOLCHAIN_DIGESTS)
    assert longer[0] != first[0]
    assert newer[0] == first[0]
    assert newer[1] != first[1]
    assert faster == keys(make_sweep(**vllm), TOOLCHAIN_DIGESTS)


HTML = {"evaluation.benchmarks": ["starter-html"]}


def html_cells(sweep: Sweep, browser: str, *, uses_browser: bool = False) -> list[CellPlan]:
    plan = plan_offline(sweep).plan
    (facts,) = plan.benchmarks
    plan = replace(plan, benchmarks=(replace(facts, uses_browser=uses_browser),))
    return cells_of(sweep, plan, {"html": "jsdom"}, {"html": f"jsdom and {browser}"})


def test_a_browser_changes_only_the_keys_of_tests_that_use_one() -> None:
    def keys(browser: str, uses_browser: bool) -> list[str]:
        cells = html_cells(make_sweep(**HTML), browser, uses_browser=uses_browser)
        return [cell.execute_key for cell in cells]

    assert not plan_offline(make_sweep(**HTML)).plan.benchmarks[0].uses_browser
    assert keys("none", False) == keys("Chromium 1", False)
    assert not set(keys("none", True)) & set(keys("Chromium 1", True))
    assert not set(keys("none", False)) & set(keys("none", True))


def test_results_of_a_run_that_counted_the_browser_stay_valid(tmp_path: Path) -> None:
    sweep, storage = make_sweep(**HTML), Storage(str(tmp_path))
    before = html_cells(sweep, "Chromium 1", uses_browser=True)
    finish(storage, before[0])
    now = html_cells(sweep, "Chromium 1")
    kept = with_stored_keys(storage, now)
    assert [cell.execute_key for cell in kept] == [
        before[0].execute_key,
        *(cell.execute_key for cell in now[1:]),
    ]
    # Once the cell is stored under its own key, that one counts.
    finish(storage, now[0])
    assert with_stored_keys(storage, now) == now
