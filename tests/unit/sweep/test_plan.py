"""Plans: what a trial's identity depends on, and which cells a sweep has."""

from __future__ import annotations

import hashlib
import json
import struct
from functools import partial
from pathlib import Path

import pytest

from codem_ray.config import Sweep, parse_sweep
from codem_ray.errors import ConfigError, DataError, EnvironmentLackError, ModelLoadError
from codem_ray.generation import engine
from codem_ray.records import PromptStyle
from codem_ray.storage import Storage
from codem_ray.sweep import preflight
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.preflight import check_models
from codem_ray.sweep.resources import Node
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    CellPlan,
    cells_of,
    export_stage,
    find_missing,
)
from codem_ray.sweep.status import (
    DONE,
    RUNNING,
    STOPPED,
    StatusWriter,
    TrialStatus,
    append_curve,
    exclusive_run,
    is_run_active,
    read_curve,
    read_statuses,
    with_stopped,
)
from codem_ray.sweep.stored_plan import read_stored, write_plan
from codem_ray.tracking.trial_record import is_recorded, record_inputs, record_stage

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
            "max_tokens": 256,
            "decontaminate": False,
        },
        "generation": {"max_new_tokens": 128},
        "evaluation": {"benchmarks": ["starter-python", "starter-java"], "limit": 3},
        "storage": {"path": "/nowhere"},
    }
    return parse_sweep(raw, [f"{k}={json.dumps(v)}" for k, v in changes.items()], "test")


def plan_of(**changes: object) -> SweepPlan:
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return plan_offline(make(**overrides)).plan


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
        cell = cells_of(sweep, plan_offline(sweep).plan, digests)[0]
        return cell.generate_key, cell.execute_key

    first = keys(make(), DIGESTS)
    longer = keys(make(**{"generation.max_new_tokens": 9}), DIGESTS)
    newer = keys(make(), {**DIGESTS, "python": "toolchain-2"})
    wider = keys(make(**{"generation.batch_size": 99}), DIGESTS)
    assert longer[0] != first[0]
    assert newer[0] == first[0]
    assert newer[1] != first[1]
    assert wider == first


def finish(storage: Storage, cell: CellPlan, rows: bytes = b"rows") -> None:
    storage.write_bytes(cell.results_name, rows)
    with cell.execute_stage(storage).writing({}) as writer:
        writer.facts[RESULTS_DIGEST] = hashlib.sha256(rows).hexdigest()


def test_what_is_missing_shrinks_as_stages_are_done(tmp_path: Path) -> None:
    sweep = make()
    plan = plan_offline(sweep).plan
    storage = Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    cells = cells_of(sweep, plan, DIGESTS)
    own = [cell for cell in cells if cell.trial == trial]

    def missing() -> tuple[bool, int, bool]:
        found = find_missing(storage, trial, cells, partial(is_recorded, storage, "databricks"))
        return found.is_training_missing, len(found.cells), found.is_tracking_missing

    assert missing() == (True, 2, True)
    with export_stage(storage, trial).writing({}):
        pass
    assert missing() == (False, 2, True)
    storage.write_bytes(own[0].results_name, b"rows")
    # Results without a manifest still hold an infrastructure error.
    assert missing() == (False, 2, True)
    finish(storage, own[0])
    assert missing() == (False, 1, True)
    finish(storage, own[1])
    with record_stage(storage, trial, own, "databricks").writing(record_inputs(storage, own)):
        pass
    assert missing() == (False, 0, False)
    assert not find_missing(storage, trial, cells, partial(is_recorded, storage, "databricks"))
    assert find_missing(
        storage, trial, cells, partial(is_recorded, storage, "databricks://other")
    ).is_tracking_missing
    # A cell that was tried again keeps its name, and MLflow has not seen its new rows.
    finish(storage, own[1], b"new rows")
    assert missing() == (False, 0, True)


def test_damaged_files_are_made_anew(tmp_path: Path) -> None:
    sweep = make()
    plan = plan_offline(sweep).plan
    storage = Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    cells = [cell for cell in cells_of(sweep, plan, DIGESTS) if cell.trial == trial]
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


def test_an_external_model_is_another_when_its_weights_are(tmp_path: Path) -> None:
    def planned() -> str:
        sources = ["base", {"name": "mine", "model": str(tmp_path)}]
        return plan_of(sources=sources).trials[1].trial_id

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    header = struct.pack("<Q", 2) + b"{}"
    (tmp_path / "model.safetensors").write_bytes(header + b"one")
    first = planned()
    assert planned() == first
    (tmp_path / "model.safetensors").write_bytes(header + b"two")
    assert planned() != first


def test_base_stays_the_same_row_whatever_the_seeds() -> None:
    def base(seeds: list[int]) -> tuple[str, int]:
        trial = plan_of(seeds=seeds).trials[0]
        return trial.trial_id, trial.seed

    assert base([5, 6]) == base([0])


def read_plan(storage: Storage, suffix: str = "") -> SweepPlan:
    return read_stored(storage, suffix).plan


def test_a_limited_run_keeps_plan_and_results_of_its_own(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    whole, part = make(**{"evaluation.limit": None}), make(**{"storage.suffix": "limit-3"})
    names = []
    for sweep in (part, whole):
        plan = plan_offline(sweep).plan
        cells = cells_of(sweep, plan, DIGESTS)
        write_plan(storage, sweep, plan, cells, {})
        names.append({cell.results_name.split("/")[0] for cell in cells})
        # Until there is a whole one, the limited one is what the folder holds.
        assert read_plan(storage) == plan
    assert names == [{"results.limit-3"}, {"results"}]
    assert read_plan(storage, "limit-3").benchmarks[0].problems == 3
    assert read_plan(storage).benchmarks[0].problems > 3
    with pytest.raises(
        ConfigError, match=r"no plan\.limit-4\.json: it holds plan\.json, plan\.limit-3"
    ):
        read_plan(storage, "limit-4")


def test_training_is_shared_with_a_limited_run() -> None:
    changes = {"data__decontaminate": True}
    assert python_id(plan_of(**changes)) == python_id(plan_of(**changes, evaluation__limit=None))


def test_a_trial_whose_run_ended_without_a_word_is_called_stopped(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    running = TrialStatus(trial_id="x", state=RUNNING, updated_at=1000.0)

    def state(is_active: bool | None, now: float) -> str:
        return with_stopped([running], is_active=is_active, now=now)[0].state

    assert is_run_active(storage) is False
    with exclusive_run(storage):
        assert is_run_active(storage) is True
    assert is_run_active(storage) is False
    assert state(True, 9e9) == RUNNING
    assert state(False, 1001.0) == STOPPED
    assert (state(None, 1001.0), state(None, 9e9)) == (RUNNING, STOPPED)


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


def test_a_benchmark_meant_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(HUMANEVAL_ROW)
    (tmp_path / "again.jsonl").write_text(HUMANEVAL_ROW)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.jsonl").write_text(HUMANEVAL_ROW.replace("two", "three"))
    with pytest.raises(ConfigError, match="are the same problems: leave one out"):
        plan_of(evaluation__benchmarks=[str(path), str(tmp_path / "again.jsonl")])
    with pytest.raises(ConfigError, match="are both called 'mine'"):
        plan_of(evaluation__benchmarks=[str(path), str(tmp_path / "deep" / "mine.jsonl")])


def test_a_benchmark_file_is_loaded_by_its_absolute_path_and_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d ü").mkdir()
    (tmp_path / "d ü" / "he [x].jsonl").write_text(HUMANEVAL_ROW)
    monkeypatch.chdir(tmp_path)
    sweep = make(**{"evaluation.benchmarks": ["d ü/he [x].jsonl"]})
    plan = plan_offline(sweep).plan
    (facts,) = plan.benchmarks
    assert (facts.name, facts.origin) == ("he [x]", str(tmp_path / "d ü" / "he [x].jsonl"))
    assert not set("[]*? /") & set(cells_of(sweep, plan, DIGESTS)[0].label)


def test_a_plan_looks_at_the_models_it_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sources: ext: model"):
        plan_of(sources=["base", {"name": "ext", "model": str(tmp_path / "gone")}])
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(ModelLoadError, match=r"no \*\.safetensors"):
        plan_of(base_model__path=str(tmp_path / "model"))


def test_a_warm_up_longer_than_the_training_is_told() -> None:
    assert any("warmup_steps is 99999" in n for n in plan_of(training__warmup_steps=99999).notes)
    assert not any("warmup" in note for note in plan_of(training__warmup_steps=0).notes)


def test_only_what_is_trained_needs_the_length_of_training() -> None:
    long = {"data.max_tokens": 2048, "generation.max_new_tokens": 128}
    check_models(make(**long, sources=["base"]))
    with pytest.raises(ConfigError, match=r"data\.max_tokens is 2048"):
        check_models(make(**long, sources=["base", "python"]))
    with pytest.raises(ConfigError, match=r"data\.max_tokens is 2048"):
        plan_of(data__max_tokens=2048)


def test_what_was_dropped_is_told_where_pairs_are_too_few() -> None:
    with pytest.raises(DataError, match=r"dropped: .*\d+ contaminated.*data\.decontaminate: false"):
        plan_of(data__decontaminate=True, data__pairs=1440)


@pytest.mark.parametrize("uri", ["foo://x", "mlflow.db"])
def test_a_tracking_uri_of_no_known_kind_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"tracking\.uri is .*sqlite:////path"):
        plan_of(tracking__uri=uri)


@pytest.mark.parametrize("uri", ["sqlite:////a/b.db", "https://host:5000", "mysql+pymysql://h/d"])
def test_tracking_uris_that_mlflow_knows_are_taken(uri: str) -> None:
    assert plan_of(tracking__uri=uri).trials


def test_an_engine_that_is_not_installed_is_a_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    sweep = make(**{"generation.engine": "vllm"})
    with pytest.raises(EnvironmentLackError, match=r"vllm, which needs vllm: pip install"):
        preflight.check_environment(
            sweep,
            targets=[],
            storage=Storage(str(tmp_path)),
            nodes=[Node(cpus=8, gpus=0)],
        )
