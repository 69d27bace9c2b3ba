"""Plans: what a trial's identity depends on, and which cells a sweep has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codem_ray.config import Sweep
from codem_ray.config.load import sweep_from
from codem_ray.records import PromptStyle
from codem_ray.storage import Storage
from codem_ray.sweep.inputs import gather_inputs
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.stages import cells_of, export_stage, find_missing, track_stage
from codem_ray.sweep.status import (
    DONE,
    RUNNING,
    StatusWriter,
    TrialStatus,
    append_curve,
    read_curve,
    read_statuses,
)

DIGESTS = {"python": "toolchain-1", "java": "toolchain-1"}


def make(**changes: object) -> Sweep:
    raw: dict[str, object] = {
        "name": "planned",
        "base_model": {"path": "starter"},
        "sources": ["base", "python", {"name": "other", "model": "org/other", "revision": "abc"}],
        "data": {
            "corpora": [{"path": "starter"}],
            "pairs": 50,
            "template": "short",
            "decontaminate": False,
        },
        "evaluation": {"benchmarks": ["starter-python", "starter-java"], "limit": 3},
        "storage": {"path": "/nowhere"},
    }
    return sweep_from(raw, [f"{k}={json.dumps(v)}" for k, v in changes.items()], "test")


def plan_of(**changes: object) -> SweepPlan:
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return gather_inputs(make(**overrides), is_offline=True).plan


def python_id(plan: SweepPlan) -> str:
    return next(trial.trial_id for trial in plan.trials if trial.source == "python")


@pytest.mark.parametrize(
    "change",
    [
        {"training__learning_rate": 1e-3},
        {"training__epochs": 1},
        {"data__pairs": 49},
        {"data__template": "alpaca"},
        {"data__max_tokens": 300},
        {"data__seed": 1},
        {"seeds": [7]},
    ],
)
def test_a_trial_is_another_when_its_training_is(change: dict[str, object]) -> None:
    assert python_id(plan_of(**change)) != python_id(plan_of())


@pytest.mark.parametrize(
    "change",
    [
        {"resources__workers": 8},
        {"evaluation__benchmarks": ["starter-java"]},
        {"generation__max_new_tokens": 17},
        {"training__micro_batch_sequences": 4},
        {"training__checkpoint_every_steps": 3},
        {"storage__path": "/elsewhere"},
        {"tracking__uri": "http://localhost:1"},
        {"name": "renamed"},
    ],
)
def test_a_trial_is_the_same_when_only_its_surroundings_change(change: dict[str, object]) -> None:
    assert python_id(plan_of(**change)) == python_id(plan_of())


def test_base_is_scored_in_both_styles_and_the_others_in_one() -> None:
    styles = {trial.source: trial.styles for trial in plan_of().trials}
    assert styles["base"] == (PromptStyle.COMPLETION, PromptStyle.INSTRUCTION)
    assert styles["python"] == styles["other"] == (PromptStyle.INSTRUCTION,)
    assert len(plan_of().cells()) == 8


def test_seeds_multiply_trained_sources_only() -> None:
    sources = [trial.source for trial in plan_of(seeds=[0, 1, 2]).trials]
    assert sources == ["base", "python", "python", "python", "other"]


def test_a_plan_survives_json() -> None:
    plan = plan_of()
    assert SweepPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_token_limit_changes_completions_and_a_toolchain_only_verdicts() -> None:
    def keys(sweep: Sweep, digests: dict[str, str]) -> tuple[str, str]:
        cell = cells_of(sweep, gather_inputs(sweep, is_offline=True).plan, digests)[0]
        return cell.generate_key, cell.execute_key

    first = keys(make(), DIGESTS)
    longer = keys(make(**{"generation.max_new_tokens": 9}), DIGESTS)
    newer = keys(make(), {**DIGESTS, "python": "toolchain-2"})
    wider = keys(make(**{"generation.batch_size": 99}), DIGESTS)
    assert longer[0] != first[0]
    assert newer[0] == first[0]
    assert newer[1] != first[1]
    assert wider == first


def test_what_is_missing_shrinks_as_stages_are_done(tmp_path: Path) -> None:
    sweep = make()
    plan = gather_inputs(sweep, is_offline=True).plan
    storage = Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    cells = cells_of(sweep, plan, DIGESTS)
    own = [cell for cell in cells if cell.trial == trial]

    def missing() -> tuple[bool, int, bool]:
        found = find_missing(storage, trial, cells, "uri")
        return found.is_training_missing, len(found.cells), found.is_tracking_missing

    assert missing() == (True, 2, True)
    with export_stage(storage, trial).writing({}):
        pass
    assert missing() == (False, 2, True)
    storage.write_bytes(own[0].results_name, b"rows")
    # Results without a manifest still hold an infrastructure error.
    assert missing() == (False, 2, True)
    with own[0].execute_stage(storage).writing({}):
        pass
    assert missing() == (False, 1, True)
    storage.write_bytes(own[1].results_name, b"rows")
    with own[1].execute_stage(storage).writing({}):
        pass
    with track_stage(storage, trial, own, "uri").writing({}):
        pass
    assert missing() == (False, 0, False)
    assert not find_missing(storage, trial, cells, "uri")
    assert find_missing(storage, trial, cells, "another uri").is_tracking_missing


def test_a_step_done_again_after_a_resume_counts_once(tmp_path: Path) -> None:
    for step, loss in ((1, 3.0), (2, 2.0), (3, 1.0), (2, 2.0), (3, 1.5)):
        append_curve(tmp_path, {"step": step, "loss": loss})
    with (tmp_path / "curve.jsonl").open("a") as stream:
        stream.write('{"step": 4, "lo')
    assert read_curve(tmp_path) == [
        {"step": 1, "loss": 3.0},
        {"step": 2, "loss": 2.0},
        {"step": 3, "loss": 1.5},
    ]


def test_a_status_is_read_back_and_one_never_written_is_waiting(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    plan = plan_of()
    StatusWriter(storage, plan.trials[0].trial_id).update(
        is_urgent=True, state=DONE, stage="done", step=4
    )
    statuses = read_statuses(storage, plan)
    assert (statuses[0].state, statuses[0].step) == (DONE, 4)
    assert statuses[1].state == "waiting"


def test_the_time_left_follows_from_what_is_done_of_the_stage() -> None:
    status = TrialStatus(
        trial_id="x", state=RUNNING, stage="train", step=10, steps=40, stage_started_at=100.0
    )
    assert status.seconds_left(now=120.0) == pytest.approx(60.0)
    assert TrialStatus(trial_id="x", state=RUNNING, stage="train").seconds_left(1.0) is None
