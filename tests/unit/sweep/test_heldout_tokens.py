"""Tokens of held-out pairs, and what they change in a plan."""

from __future__ import annotations

from pathlib import Path

from planned_sweeps import make_sweep

from codem_ray.sweep.planning import SweepInputs, plan_offline, prepare_inputs, storage_of
from codem_ray.sweep.stages import tokens_stage


def inputs_of(folder: Path, **changes: object) -> SweepInputs:
    settings = {"sources": ["base", "python"], "storage.path": str(folder), **changes}
    return plan_offline(make_sweep(**settings))


def test_held_out_pairs_of_each_target_are_packed_beside_the_sources(tmp_path: Path) -> None:
    sweep = make_sweep(
        **{
            "sources": ["base", "python"],
            "storage.path": str(tmp_path),
            "evaluation.loss": {"pairs": 4},
        }
    )
    inputs = prepare_inputs(sweep)
    storage = storage_of(sweep)
    assert list(inputs.heldout_keys) == ["python", "java"]
    for key in inputs.heldout_keys.values():
        manifest = tokens_stage(storage, key).manifest()
        assert manifest is not None
        assert manifest.facts["pairs"] == 4
    # Texts of held-out pairs, not of a source: no key is that of a source's tokens.
    assert not set(inputs.heldout_keys.values()) & {*inputs.tokens_keys["python"]}


def test_patience_puts_the_pairs_that_it_looks_at_into_the_trial_id(tmp_path: Path) -> None:
    def trial_id(pairs: int, **training: object) -> str:
        changes = {f"training.{name}": value for name, value in training.items()}
        inputs = inputs_of(tmp_path, **{"evaluation.loss": {"pairs": pairs}, **changes})
        return inputs.plan.trials[1].trial_id

    assert trial_id(4) == trial_id(4, eval_steps=3)
    ids = [trial_id(4), trial_id(4, patience=2), trial_id(4, patience=2, eval_steps=3)]
    assert len({*ids, trial_id(4, patience=1)}) == 4


def test_a_search_by_training_loss_says_so(tmp_path: Path) -> None:
    space = {"search.space": {"training.epochs": [1, 2]}}
    (note,) = (note for note in inputs_of(tmp_path, **space).plan.notes if "training loss" in note)
    assert "set evaluation.loss.pairs" in note
    measured = inputs_of(tmp_path, **space, **{"evaluation.loss": {"pairs": 4}})
    assert not [note for note in measured.plan.notes if "training loss" in note]
