"""The reference answers of a sweep, and pairs that no source may draw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from planned_sweeps import make_sweep

from codem_ray.benchmarks import load
from codem_ray.config import Sweep
from codem_ray.errors import ConfigError, DataError
from codem_ray.generation import engine_registry
from codem_ray.generation.engine import Engine, EngineSpec, ModelSpec
from codem_ray.generation.engine_registry import ENGINES
from codem_ray.records import PromptStyle
from codem_ray.sweep.loss_answers import load_answers, reference_answers
from codem_ray.sweep.planning import SweepInputs, plan_offline, prepare_inputs, storage_of

BOTH = {"pairs": 4, "references": True}


def load_nothing(model: ModelSpec) -> Engine:
    raise NotImplementedError


def sweep_of(folder: Path, loss: object = BOTH, **changes: object) -> Sweep:
    return make_sweep(
        **{
            "sources": ["base", "python", "mixed"],
            "evaluation.loss": loss,
            "storage.path": str(folder),
            **changes,
        }
    )


def drawn(inputs: SweepInputs) -> set[int]:
    assert inputs.pairs is not None
    return {
        row
        for phases in inputs.pairs.draws.phases.values()
        for draw in phases
        for row in (*draw.prompts, *draw.answers)
    }


def test_no_source_draws_a_held_out_pair(tmp_path: Path) -> None:
    whole = prepare_inputs(sweep_of(tmp_path, **{"data.pairs": None}), load_tokenizer=None)
    assert whole.pairs is not None
    held_out = whole.pairs.held_out
    assert held_out is not None
    assert {name: len(rows) for name, rows in held_out.rows.items()} == {"python": 4, "java": 4}
    assert not drawn(whole) & held_out.excluded()
    assert len(whole.pairs.store.index) > len(held_out.excluded()) > 8
    # The choice is read from the cache, is the same offline, and is stated in the plan.
    again = plan_offline(sweep_of(tmp_path, **{"data.pairs": None}))
    assert again.pairs is not None
    assert again.pairs.held_out is not None
    assert again.pairs.held_out.excluded() == held_out.excluded()
    note = next(note for note in again.plan.notes if "held out" in note)
    assert f"{len(held_out.near)} near-duplicates" in note


def test_a_sweep_without_losses_keeps_its_trials(tmp_path: Path) -> None:
    plain, measured = (
        plan_offline(sweep_of(tmp_path, loss)).plan for loss in (None, {"references": True})
    )
    assert [t.trial_id for t in plain.trials] == [t.trial_id for t in measured.trials]
    assert plain.losses == ()
    assert plain.digest != measured.digest
    assert plain.loss_cells() == []


def test_stored_answers_are_those_of_pairs_and_references(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, **{"sources": ["base"]})
    inputs = prepare_inputs(sweep)
    assert inputs.pairs is not None
    assert inputs.pairs.draws.phases == {}
    by_name = {facts.name: load_answers(storage_of(sweep), facts) for facts in inputs.plan.losses}
    # The limit of three problems holds for their references, not for stated numbers.
    assert {name: len(answers) for name, answers in by_name.items()} == {
        "loss-python": 4,
        "loss-java": 4,
        "loss-starter-python": 3,
        "loss-starter-java": 3,
    }
    problems = load("starter-java", limit=3)
    assert [(one.given, one.answer) for one in by_name["loss-starter-java"]] == [
        (problem.prompt, problem.reference) for problem in problems
    ]
    held_out = inputs.pairs.held_out
    assert held_out is not None
    texts = {pair.response for _, pair in inputs.pairs.store.read(held_out.rows["java"])}
    assert {one.answer for one in by_name["loss-java"]} == texts
    assert [facts.is_limited for facts in inputs.plan.losses] == [False, False, True, True]
    plan = plan_offline(sweep_of(tmp_path, {"references": 7})).plan
    assert [(facts.answers, facts.is_limited) for facts in plan.losses] == [(7, True)] * 2


def test_every_model_is_asked_with_the_template_and_base_also_without(tmp_path: Path) -> None:
    plan = plan_offline(sweep_of(tmp_path)).plan
    styles = {
        (trial.source, facts.name): {s for t, f, s in plan.loss_cells() if (t, f) == (trial, facts)}
        for trial, facts, _ in plan.loss_cells()
    }
    tuned = {PromptStyle.INSTRUCTION}
    assert styles["base", "loss-java"] == styles["python", "loss-java"] == tuned
    assert styles["python", "loss-starter-java"] == tuned
    assert styles["base", "loss-starter-java"] == set(PromptStyle)


def test_references_that_may_be_wrong_or_are_not_asked_directly_do_not_count() -> None:
    problem, *_ = load("starter-python", limit=1)
    others = [
        replace(problem, quarantine="its reference is wrong"),
        replace(problem, reference=None),
        replace(problem, reference="  "),
    ]
    assert len(reference_answers([problem, *others])) == 1


def test_unusable_settings_are_refused_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="neither pairs nor references is set"):
        sweep_of(tmp_path, {"references": False})
    with pytest.raises(DataError, match=r"loss.pairs is 100000, .* in python, .*: lower it"):
        plan_offline(sweep_of(tmp_path, {"pairs": 100000}))
    lookup = EngineSpec(name="lookup", load=load_nothing)
    monkeypatch.setattr(engine_registry, "ENGINES", {**ENGINES, "lookup": lookup})
    changes = {"generation.engine": "lookup"}
    plan_offline(sweep_of(tmp_path, None, **changes))
    with pytest.raises(ConfigError, match=r"engine lookup only writes completions .* transformers"):
        plan_offline(sweep_of(tmp_path, **changes))


def test_answers_of_a_benchmark_elsewhere_are_assumed_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEM_RAY_DATA", raising=False)
    benchmarks = ["humaneval-x-java"]
    sweep = sweep_of(tmp_path, {"references": True}, **{"evaluation.benchmarks": benchmarks})
    (facts,) = plan_offline(sweep).plan.losses
    assert (facts.answers, facts.digest) == (3, "unknown")
    assert json.dumps(facts.name) == '"loss-humaneval-x-java"'
