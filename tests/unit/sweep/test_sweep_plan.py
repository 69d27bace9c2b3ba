"""Plans: the ids of trials, and the cells of a sweep."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep, plan_of

from codem_ray.errors import ConfigError, DataError
from codem_ray.records import PromptStyle
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import (
    cells_of,
)
from codem_ray.sweep.sweep_plan import SweepPlan

HUMANEVAL_ROW = (
    json.dumps(
        {
            "task_id": "Mine/0",
            "prompt": 'def two():\n    """Return two."""\n',
            "canonical_solution": "    return 2\n",
            "test": "def check(candidate):\n    assert candidate() == 2\n",
            "entry_point": "two",
        }
    )
    + "\n"
)


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
def test_a_trial_id_depends_on_the_training(change: dict[str, object]) -> None:
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
def test_a_trial_id_does_not_depend_on_anything_else(change: dict[str, object]) -> None:
    assert python_id(plan_of(**change)) == python_id(plan_of())


def test_base_is_scored_in_both_styles_and_other_trials_in_one() -> None:
    styles = {trial.source: trial.styles for trial in plan_of().trials}
    assert styles["base"] == (PromptStyle.COMPLETION, PromptStyle.INSTRUCTION)
    assert styles["python"] == styles["other"] == (PromptStyle.INSTRUCTION,)
    assert len(plan_of().cells()) == 8


def test_seeds_multiply_trained_sources_only() -> None:
    sources = [trial.source for trial in plan_of(seeds=[0, 1, 2]).trials]
    assert sources == ["base", "python", "python", "python", "other"]


def test_a_plan_is_the_same_after_json() -> None:
    plan = plan_of()
    assert SweepPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_the_trial_id_of_an_external_model_depends_on_its_weights(tmp_path: Path) -> None:
    def planned() -> str:
        sources = ["base", {"name": "mine", "model": str(tmp_path)}]
        return plan_of(sources=sources).trials[1].trial_id

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    tensor = b'{"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}'
    header = struct.pack("<Q", len(tensor)) + tensor
    (tmp_path / "model.safetensors").write_bytes(header + b"one")
    first = planned()
    assert planned() == first
    (tmp_path / "model.safetensors").write_bytes(header + b"two")
    assert planned() != first


def test_base_is_the_same_trial_for_all_seeds() -> None:
    def base(seeds: list[int]) -> tuple[str, int]:
        trial = plan_of(seeds=seeds).trials[0]
        return trial.trial_id, trial.seed

    assert base([5, 6]) == base([0])


def test_a_limited_run_shares_the_training_of_the_whole_sweep() -> None:
    changes = {"data__decontaminate": True}
    assert python_id(plan_of(**changes)) == python_id(plan_of(**changes, evaluation__limit=None))


def test_a_benchmark_named_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(HUMANEVAL_ROW)
    (tmp_path / "again.jsonl").write_text(HUMANEVAL_ROW)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.jsonl").write_text(HUMANEVAL_ROW.replace("two", "three"))
    with pytest.raises(ConfigError, match="are the same problems: leave one out"):
        plan_of(evaluation__benchmarks=[str(path), str(tmp_path / "again.jsonl")])
    with pytest.raises(ConfigError, match="are both called 'mine'"):
        plan_of(evaluation__benchmarks=[str(path), str(tmp_path / "deep" / "mine.jsonl")])


def test_a_benchmark_file_is_loaded_by_its_absolute_path_and_named_after_its_stem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d ü").mkdir()
    (tmp_path / "d ü" / "he [x].jsonl").write_text(HUMANEVAL_ROW)
    monkeypatch.chdir(tmp_path)
    sweep = make_sweep(**{"evaluation.benchmarks": ["d ü/he [x].jsonl"]})
    plan = plan_offline(sweep).plan
    (facts,) = plan.benchmarks
    assert (facts.name, facts.origin) == ("he [x]", str(tmp_path / "d ü" / "he [x].jsonl"))
    assert not set("[]*? /") & set(cells_of(sweep, plan, TOOLCHAIN_DIGESTS)[0].label)


def test_a_warm_up_longer_than_the_training_is_noted() -> None:
    assert any("warmup_steps is 99999" in n for n in plan_of(training__warmup_steps=99999).notes)
    assert not any("warmup" in note for note in plan_of(training__warmup_steps=0).notes)


def test_another_rule_for_answers_is_noted() -> None:
    marks = [["<mull>", "</mull>"]]
    notes = plan_of(evaluation__extract="last", evaluation__reasoning_tags=marks).notes
    assert any("last <mull>,</mull> (default: best)" in note for note in notes)
    assert not any("reasoning_tags" in note for note in plan_of().notes)


def test_the_error_about_too_few_pairs_counts_the_dropped_ones() -> None:
    with pytest.raises(DataError, match=r"dropped: .*\d+ contaminated.*data\.decontaminate: false"):
        plan_of(data__decontaminate=True, data__pairs=1440)
