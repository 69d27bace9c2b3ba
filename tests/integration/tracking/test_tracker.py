"""The tracker on a temporary sqlite database."""

from __future__ import annotations

import json
import pickle
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.errors import ConfigError, ModelLoadError, StorageError
from codem_ray.models.check import check_base_model
from codem_ray.tracking.connection import active
from codem_ray.tracking.model_uris import resolve_model_uri
from codem_ray.tracking.presence import holds_runs
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.values import CurvePoint, LogMode, TargetScore, TrialModel

mlflow = pytest.importorskip("mlflow", reason="the light install has no MLflow")

TARGETS = ("python", "java", "html")
NOW_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    tracker = Tracker(f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db", "quickstart")
    tracker.prepare()
    return tracker


@pytest.fixture(scope="module")
def client(tracker: Tracker) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(tracking_uri=tracker.uri)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny random Llama and a tokenizer of its own."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("export")
    words = ["<pad>", "<s>", "</s>", "<unk>", *(f"w{number}" for number in range(60))]
    raw = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=64,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            initializer_range=0.5,
        )
    )
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    ).save_pretrained(folder)
    return folder


def open_trial(tracker: Tracker, trial_id: str, language: str = "python") -> TrialModel:
    parent = tracker.parent_run()
    run_id = tracker.trial_run(trial_id, parent, train_language=language, seed=0)
    return TrialModel(
        trial_id=trial_id,
        source=language,
        seed=0,
        sweep="quickstart",
        run_id=run_id,
        uri=f"s3://bucket/{trial_id}/export",
        params={"lr": 1e-4},
    )


def scores(values: tuple[float, ...] = (0.5, 0.25, 0.0)) -> list[TargetScore]:
    return [
        TargetScore(
            target=target,
            benchmark=f"starter-{target}",
            benchmark_digest=f"d-{target}",
            value=value,
            problems=25,
        )
        for target, value in zip(TARGETS, values, strict=True)
    ]


def test_runs_are_found_again_and_never_opened_twice(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    params = {f"p{number}": "x" * 7000 for number in range(130)}
    parent = tracker.parent_run(tags={"benchmarks": "a"})
    first = tracker.trial_run("java-1", parent, train_language="java", seed=3, params=params)
    again = Tracker(tracker.uri, "quickstart")
    assert again.parent_run(tags={"benchmarks": "a, b"}) == parent
    assert client.get_run(parent).data.tags["benchmarks"] == "a, b"
    assert again.trial_run("java-1", parent, train_language="java", seed=3, params=params) == first
    run = client.get_run(first)
    assert {key: run.data.tags[key] for key in ("train_language", "seed", "trial_id", "sweep")} == {
        "train_language": "java",
        "seed": "3",
        "trial_id": "java-1",
        "sweep": "quickstart",
    }
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert "source" not in run.data.tags
    assert len(run.data.params) == 130
    assert {len(value) for value in run.data.params.values()} == {6000}


def test_a_limited_run_has_its_own_name_tag_and_dataset(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    whole = open_trial(tracker, "limited-0")
    parent = tracker.parent_run(3)
    assert parent not in (tracker.parent_run(), tracker.parent_run(5))
    assert tracker.parent_run(3) == parent
    run_id = tracker.trial_run("limited-0", parent, train_language="python", seed=0, limit=3)
    assert run_id != whole.run_id
    runs = {run: client.get_run(run) for run in (parent, run_id, whole.run_id)}
    assert [run.data.tags["limit"] for run in runs.values()] == ["3", "3", "none"]
    assert runs[parent].info.run_name == "quickstart (limit 3)"
    assert runs[run_id].info.run_name == "limited-0 (limit 3)"
    model_id = tracker.log_model(whole, mode=LogMode.REFERENCE)
    tracker.log_scores(whole.run_id, model_id, scores(), NOW_MS)
    tracker.log_scores(
        run_id, model_id, [replace(row, limit=3, value=1.0) for row in scores()], NOW_MS
    )
    held = {m.dataset_name: m.value for m in client.get_logged_model(model_id).metrics}
    assert held == {
        "starter-python": 0.5,
        "starter-java": 0.25,
        "starter-html": 0.0,
        "starter-python (limit 3)": 1.0,
        "starter-java (limit 3)": 1.0,
        "starter-html (limit 3)": 1.0,
    }


def test_deleted_runs_and_missing_databases_are_noticed(
    tracker: Tracker, client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    kept = tracker.trial_run("kept-0", tracker.parent_run(), train_language="c", seed=0)
    lost = tracker.trial_run("lost-0", tracker.parent_run(), train_language="c", seed=0)
    assert holds_runs(tracker.uri, [kept, lost])
    client.delete_run(lost)
    assert holds_runs(tracker.uri, [kept])
    assert not holds_runs(tracker.uri, [kept, lost])
    assert not holds_runs(f"sqlite:///{tmp_path}/none.db", [kept])
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database")
    assert not holds_runs(f"sqlite:///{tmp_path}/text.db", [kept])


def test_a_server_that_does_not_answer_is_assumed_to_hold_its_runs() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert holds_runs(f"http://127.0.0.1:{port}", ["a" * 32])


def test_training_curve_is_logged_once_also_when_a_resume_repeats_steps(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    run_id = open_trial(tracker, "curve-1").run_id
    points = [
        CurvePoint(step, {"loss": 1 / (step + 1), "lr": 1e-4}, 1_000 + step) for step in range(700)
    ]
    assert tracker.log_training_curve(run_id, points[:400]) == 800
    assert tracker.log_training_curve(run_id, points[350:]) == 600
    assert tracker.log_training_curve(run_id, points) == 0
    history = client.get_metric_history(run_id, "loss")
    assert [metric.step for metric in history] == list(range(700))


def test_every_model_has_a_score_for_each_target_dataset(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    for trial_id, language in (("base-0", "base"), ("python-0", "python")):
        trial = open_trial(tracker, trial_id, language)
        model_id = tracker.log_model(trial, mode=LogMode.REFERENCE)
        assert tracker.log_model(trial, mode=LogMode.REFERENCE) == model_id
        assert tracker.log_scores(trial.run_id, model_id, scores(), NOW_MS) == 3
        assert tracker.log_scores(trial.run_id, model_id, scores(), NOW_MS) == 0
        run = client.get_run(trial.run_id)
        assert run.data.metrics["pass_at_1/java"] == 0.25
        assert [output.model_id for output in run.outputs.model_outputs] == [model_id]
    found = client.search_logged_models([tracker.prepare()], filter_string="tags.seed = '0'")
    scored = {
        model.tags["trial_id"]: {
            metric.dataset_name: metric.value
            for metric in model.metrics
            if metric.key == "pass_at_1"
        }
        for model in found
        if model.tags["trial_id"] in ("base-0", "python-0")
    }
    expected = {"starter-python": 0.5, "starter-java": 0.25, "starter-html": 0.0}
    assert scored == {"base-0": expected, "python-0": expected}
    assert {model.tags["storage_uri"] for model in found} >= {"s3://bucket/python-0/export"}
    best = client.search_logged_models(
        [tracker.prepare()],
        datasets=[{"dataset_name": "starter-java"}],
        order_by=[{"field_name": "metrics.pass_at_1", "dataset_name": "starter-java"}],
    )
    assert len(best) >= 2


def test_a_changed_score_is_logged_again_and_the_others_are_not(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    trial = open_trial(tracker, "go-0", "go")
    model_id = tracker.log_model(trial, mode=LogMode.REFERENCE)
    tracker.log_scores(trial.run_id, model_id, scores(), NOW_MS)
    assert tracker.log_scores(trial.run_id, model_id, scores((0.5, 0.75, 0.0)), NOW_MS) == 1
    assert tracker.log_scores(trial.run_id, model_id, scores((0.5, 0.75, 0.0)), NOW_MS) == 0
    assert client.get_run(trial.run_id).data.metrics["pass_at_1/java"] == 0.75


def test_each_benchmark_of_a_target_has_its_own_run_metric(
    tracker: Tracker, client: mlflow.MlflowClient
) -> None:
    trial = open_trial(tracker, "c-0", "c")
    rows = [
        TargetScore(target="c", benchmark=name, benchmark_digest=name, value=value, problems=10)
        for name, value in (("humaneval-c", 0.1), ("mine [x]", 0.2))
    ]
    model_id = tracker.log_model(trial, mode=LogMode.REFERENCE)
    tracker.log_scores(trial.run_id, model_id, rows, NOW_MS)
    metrics = client.get_run(trial.run_id).data.metrics
    assert (metrics["pass_at_1/c/humaneval-c"], metrics["pass_at_1/c/mine _x_"]) == (0.1, 0.2)


def test_whole_model_loads_back_and_writes_the_same_tokens(
    tracker: Tracker,
    client: mlflow.MlflowClient,
    export: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    trial = open_trial(tracker, "html-0", "html")
    model_id = tracker.log_model(trial, mode=LogMode.WHOLE, folder=export)
    assert tracker.log_model(trial, mode=LogMode.WHOLE, folder=export) == model_id
    assert capfd.readouterr().out == ""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(tracker.uri)
    try:
        info = mlflow.models.get_model_info(f"models:/{model_id}")
        assert [column.type.name for column in info.signature.inputs] == ["string"]
        assert info.metadata["answering"]["temperature"] == 0.0
        folder = Path(client.get_logged_model(model_id).artifact_location.removeprefix("file://"))
        assert "integers" in (folder / "input_example.json").read_text()
        settings = json.loads((folder / "model" / "generation_config.json").read_text())
        assert (settings["do_sample"], settings["max_new_tokens"]) == (False, 512)
        loaded = mlflow.transformers.load_model(
            f"models:/{model_id}", return_type="components", device="cpu"
        )
    finally:
        mlflow.set_tracking_uri(before)

    def write(model: AutoModelForCausalLM, tokenizer: AutoTokenizer) -> list[int]:
        tokens = tokenizer("w1 w2 w3", return_tensors="pt")
        with torch.no_grad():
            out = model.generate(
                input_ids=tokens["input_ids"],
                attention_mask=tokens["attention_mask"],
                max_new_tokens=12,
                do_sample=False,
            )
        return list(out[0].tolist())

    original = write(
        AutoModelForCausalLM.from_pretrained(export), AutoTokenizer.from_pretrained(export)
    )
    assert write(loaded["model"], loaded["tokenizer"]) == original
    assert len(original) > 4


def test_a_logged_model_is_found_again_by_its_uri(
    tracker: Tracker,
    client: mlflow.MlflowClient,
    export: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    parent = tracker.parent_run()
    ids = {}
    for trial_id, mode in (("whole-found", LogMode.WHOLE), ("by-name", LogMode.REFERENCE)):
        run_id = tracker.trial_run(trial_id, parent, train_language="python", seed=0)
        trial = TrialModel(
            trial_id=trial_id,
            source="python",
            seed=0,
            sweep="quickstart",
            run_id=run_id,
            uri=export.as_uri(),
            params={},
        )
        ids[mode] = tracker.log_model(trial, mode=mode, folder=export)
    assert resolve_model_uri(f"models:/{ids[LogMode.REFERENCE]}", tracker.uri) == str(export)
    whole = Path(resolve_model_uri(f"models:/{ids[LogMode.WHOLE]}", tracker.uri))
    assert whole != export
    assert (whole / "model.safetensors").read_bytes() == (export / "model.safetensors").read_bytes()
    check_base_model(str(whole))
    assert resolve_model_uri(f"models:/{ids[LogMode.WHOLE]}", tracker.uri) == str(whole)
    with active(tracker.uri):
        mlflow.register_model(f"models:/{ids[LogMode.WHOLE]}", "tuned")
    assert resolve_model_uri("models:/tuned/1", tracker.uri) == str(whole)
    for wrong in ("models:/m-0", "models:/tuned/7", "models:/nobody/1"):
        with pytest.raises(ConfigError, match="has no models:/"):
            resolve_model_uri(wrong, tracker.uri)


def test_a_partly_logged_model_is_replaced(tracker: Tracker, client: mlflow.MlflowClient) -> None:
    trial = open_trial(tracker, "half-0")
    half = client.create_logged_model(tracker.prepare(), name="half-0", tags={"trial_id": "half-0"})
    model_id = tracker.log_model(trial, mode=LogMode.REFERENCE)
    assert model_id != half.model_id
    found = client.search_logged_models(
        [tracker.prepare()], filter_string="tags.trial_id = 'half-0'"
    )
    assert [model.model_id for model in found] == [model_id]


def test_whole_model_without_a_usable_folder_is_refused(tracker: Tracker, tmp_path: Path) -> None:
    trial = open_trial(tracker, "broken-0")
    with pytest.raises(StorageError, match="log_models"):
        tracker.log_model(trial, mode=LogMode.WHOLE)
    with pytest.raises(ModelLoadError, match="log_models"):
        tracker.log_model(trial, mode=LogMode.WHOLE, folder=tmp_path)


def test_artifacts_are_stored_beside_the_database_and_are_replaced(
    tracker: Tracker, client: mlflow.MlflowClient, tmp_path: Path
) -> None:
    parent = tracker.parent_run()
    path = tmp_path / "transfer_matrix.csv"
    for text in ("old", "new"):
        path.write_text(text)
        tracker.log_artifacts(parent, [path])
    tracker.finish_run(parent)
    run = client.get_run(parent)
    assert run.info.status == "FINISHED"
    folder = Path(run.info.artifact_uri.removeprefix("file://"))
    assert folder.is_relative_to(Path(tracker.uri.removeprefix("sqlite:///")).parent)
    assert (folder / "report" / "transfer_matrix.csv").read_text() == "new"


_RACER = """
import sys
from codem_ray.tracking.tracker import Tracker
tracker = Tracker(sys.argv[1], "race")
parent = tracker.parent_run()
print(parent, *[tracker.trial_run(f"t{i}", parent, train_language="c", seed=0) for i in range(4)])
"""


def test_two_processes_that_create_the_database_at_once_share_their_runs(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    root = str(Path(__file__).parents[3])
    racers = [
        subprocess.Popen([sys.executable, "-c", _RACER, uri], stdout=subprocess.PIPE, cwd=root)
        for _ in range(2)
    ]
    printed = [racer.communicate(timeout=120)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert printed[0] == printed[1]
    assert len(printed[0].split()) == 5


def test_tracker_pickles_and_makes_its_path_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again = pickle.loads(pickle.dumps(Tracker("sqlite:///runs/mlflow.db", "x")))
    assert again.uri == f"sqlite:///{tmp_path}/runs/mlflow.db"


def test_an_unusable_uri_is_refused_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, only text long enough to be read\n")
    with pytest.raises(StorageError, match="set tracking"):
        Tracker(f"sqlite:///{tmp_path}/mlflow.db", "x").prepare()
    with pytest.raises(StorageError, match="not a URI"):
        Tracker("runs/mlflow.db", "x")


def test_deleted_experiment_is_refused_with_the_command_that_restores_it(tmp_path: Path) -> None:
    tracker = Tracker(f"sqlite:///{tmp_path}/mlflow.db", "gone")
    experiment_id = tracker.prepare()
    mlflow.MlflowClient(tracking_uri=tracker.uri).delete_experiment(experiment_id)
    with pytest.raises(StorageError, match=f"restore -x {experiment_id}"):
        Tracker(tracker.uri, "gone").prepare()
