"""A model that is logged whole gives, loaded by MLflow, the answers that were scored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.benchmarks import load
from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.prompting.settings import Answering
from codem_ray.records import PromptStyle
from codem_ray.starter.assets import model_path
from codem_ray.tokens.tuning_record import TuningRecord, read_tuning_record, write_tuning_record
from codem_ray.tracking.model_uris import resolve_model_uri
from codem_ray.tracking.tracker import Tracker
from codem_ray.tracking.values import LogMode, TrialModel

pytest.importorskip("mlflow", reason="the light install has no MLflow")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

# The prompt opens a code block, which the model closes before it writes on.
TEMPLATE = "{{ instruction }}\n```python\n"
MAX_NEW_TOKENS, PROBLEMS = 128, 6
RECORD = TuningRecord(trial_id="c-s0-1", source="c", template=TEMPLATE)
_PREDICT = """
import json, sys
import mlflow, pandas
uri, model, instructions = json.load(sys.stdin)
mlflow.set_tracking_uri(uri)
loaded = mlflow.pyfunc.load_model(model)
pipeline = mlflow.transformers.load_model(model, device="cpu")
chats = [[{"role": "user", "content": text}] for text in instructions]
json.dump({
    "list": loaded.predict(instructions),
    "table": loaded.predict(pandas.DataFrame({"instruction": instructions[:1]})),
    "pipeline": [one[0]["generated_text"][-1]["content"] for one in pipeline(chats)],
    "modules": [name for name in sys.modules if name == "codem_ray"],
}, open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the starter model as if it had been tuned, but it never ends a text."""
    folder = tmp_path_factory.mktemp("trial") / "export"
    # The precision of an evaluation on a CPU; MLflow's pipeline takes that of the files.
    model = transformers.AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32)
    model.get_input_embeddings().weight.data[model.config.eos_token_id].zero_()
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(model_path()).save_pretrained(folder)
    write_tuning_record(folder, RECORD)
    return folder


def test_a_logged_model_answers_as_it_was_scored_without_codem_ray(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = load("starter-python", limit=PROBLEMS)
    engine = load_engine(ModelSpec(path=str(export), num_threads=1), "transformers")
    config = GenerationConfig(max_new_tokens=MAX_NEW_TOKENS)
    scored = generate(engine, problems, PromptStyle.INSTRUCTION, TEMPLATE, config)
    tracker = Tracker(f"sqlite:///{tmp_path}/mlflow.db", "logged")
    run_id = tracker.trial_run("c-s0-1", tracker.parent_run(), train_language="c", seed=0)
    trial = TrialModel(
        trial_id="c-s0-1",
        source="c",
        seed=0,
        sweep="logged",
        run_id=run_id,
        uri=export.as_uri(),
        answering=Answering(template=TEMPLATE, max_new_tokens=MAX_NEW_TOKENS),
    )
    model = f"models:/{tracker.log_model(trial, mode=LogMode.WHOLE, folder=export)}"

    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    asked = [tracker.uri, model, [problem.instruction for problem in problems]]
    subprocess.run(
        [sys.executable, "-c", _PREDICT, str(tmp_path / "answers.json")],
        input=json.dumps(asked),
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
        timeout=300,
    )
    answers = json.loads((tmp_path / "answers.json").read_text())
    texts = [completion.text for completion in scored]
    assert answers["list"] == texts
    assert any(text.endswith("\n```") for text in texts)
    assert answers["table"] == texts[:1]
    assert answers["modules"] == []
    # The pipeline knows no closing fence, so it may write on after the answer.
    written = answers["pipeline"]
    assert [one[: len(text)] for one, text in zip(written, texts, strict=True)] == texts
    assert written != texts

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert read_tuning_record(Path(resolve_model_uri(model, tracker.uri))) == RECORD
