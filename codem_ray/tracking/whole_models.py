"""A model that is stored in MLflow whole, and that answers there as it did in its sweep."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import codem_ray.prompting
from codem_ray.errors import ModelLoadError
from codem_ray.models.adapters import load_causal_model
from codem_ray.prompting.encoding import start_tokens
from codem_ray.prompting.settings import Answering
from codem_ray.prompting.templates import CHAT, as_chat_template
from codem_ray.tokens.tuning_record import RECORD

CODE = "codem_ray_prompting"
EXAMPLE = ("Write a function that returns the sum of two integers.",)
"""Input that MLflow shows with the model."""
_PACKAGES = ("torch", "transformers", "accelerate", "jinja2")


def save_model(path: str, mlflow_model: Any, folder: Path, answering: Answering) -> None:
    """Write a model into the folder `path`; MLflow's `Model.log` calls it as that of a flavor.

    The flavor `transformers` has the components. The flavor `python_function` is what
    `mlflow.pyfunc` loads: it takes instructions and returns answers, by a copy of
    `codem_ray.prompting`.
    """
    import mlflow.pyfunc
    import mlflow.transformers
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, Schema

    texts = Schema([ColSpec("string")])
    with tempfile.TemporaryDirectory(prefix="codem-ray-model-") as made:
        code = Path(made) / CODE
        shutil.copytree(
            Path(codem_ray.prompting.__file__).parent,
            code,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        mlflow.transformers.save_model(
            _components(folder, answering),
            path=path,
            mlflow_model=mlflow_model,
            # Without requirements MLflow would load the model again to find them; without a task
            # it would ask the hub.
            task="text-generation",
            pip_requirements=[f"{name}=={version(name).split('+')[0]}" for name in _PACKAGES],
            code_paths=[str(code)],
            signature=ModelSignature(inputs=texts, outputs=texts),
            input_example=list(EXAMPLE),
            metadata={"answering": asdict(answering)},
        )
    saved = Path(path)
    answering.write(saved)
    if (folder / RECORD).is_file():
        shutil.copyfile(folder / RECORD, saved / "model" / RECORD)
    flavor = dict(mlflow_model.flavors[mlflow.pyfunc.FLAVOR_NAME])
    mlflow_model.flavors[mlflow.pyfunc.FLAVOR_NAME] = flavor | {
        mlflow.pyfunc.MAIN: f"{CODE}.answering"
    }
    mlflow_model.save(str(saved / "MLmodel"))


def _components(folder: Path, answering: Answering) -> dict[str, Any]:
    """Load model and tokenizer, so that a pipeline of them asks and decodes as the sweep did."""
    # log_model(path) fails with some releases of transformers and copies the weights twice.
    import transformers

    try:
        model = load_causal_model(str(folder), local_files_only=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelLoadError(
            f"cannot load {folder} to log it whole: {error}; export it again or set "
            "tracking.log_models to reference"
        ) from error
    model.generation_config = answering.generation_config(model, tokenizer)
    if answering.template != CHAT or tokenizer.chat_template:
        start = tokenizer.decode(start_tokens(tokenizer))
        tokenizer.chat_template = as_chat_template(
            answering.template, tokenizer, start, date.fromisoformat(answering.chat_date)
        )
    return {"model": model, "tokenizer": tokenizer}
