"""Create and find the LoggedModel of each trial, stored whole or by reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.errors import StorageError
from codem_ray.tracking import whole_models
from codem_ray.tracking.values import SOURCE_TAGS, LogMode, TrialModel

MAX_PARAM_CHARACTERS = 6000


def find_model(client: Any, experiment_id: str, trial_id: str) -> Any | None:
    """Return the trial's finished LoggedModel; delete those of interrupted attempts."""
    found = client.search_logged_models(
        [experiment_id], filter_string=f"tags.trial_id = '{trial_id}'"
    )
    ready = [model for model in found if str(model.status) == "READY"]
    for model in found:
        if model not in ready:
            client.delete_logged_model(model.model_id)
    ready.sort(key=lambda model: (model.creation_timestamp, model.model_id))
    for duplicate in ready[1:]:
        client.delete_logged_model(duplicate.model_id)
    return ready[0] if ready else None


def create_model(
    client: Any, experiment_id: str, trial: TrialModel, folder: Path | None, mode: LogMode
) -> str:
    """Log a model and return its id; call it inside `active(uri)`."""
    fields = {
        "name": trial.trial_id.replace("/", "-").replace(":", "-"),
        "source_run_id": trial.run_id,
        "model_type": "code-llm",
        "tags": {
            "train_language": trial.source,
            "seed": str(trial.seed),
            "trial_id": trial.trial_id,
            "sweep": trial.sweep,
            "log_mode": str(mode),
            "storage_uri": trial.uri,
            **SOURCE_TAGS,
        },
        "params": {
            key: str(value)[:MAX_PARAM_CHARACTERS] for key, value in sorted(trial.params.items())
        },
    }
    import mlflow

    if mode is LogMode.REFERENCE:
        model = mlflow.create_external_model(experiment_id=experiment_id, **fields)
        return str(model.model_id)
    if folder is None:
        raise StorageError(
            f"{trial.trial_id}: logging a model whole needs a local folder, and there is none; "
            "set tracking.log_models to reference"
        )
    model = client.create_logged_model(experiment_id, **fields)
    from mlflow.models import Model

    Model.log(
        artifact_path=None,
        name=fields["name"],
        model_id=model.model_id,
        flavor=whole_models,
        folder=folder,
        answering=trial.answering,
    )
    client.finalize_logged_model(model.model_id, "READY")
    return str(model.model_id)


def link_to_run(client: Any, run_id: str, model_id: str) -> None:
    """Register a model as the output of its run; idempotent."""
    from mlflow.entities import LoggedModelOutput

    outputs = client.get_run(run_id).outputs
    linked = outputs.model_outputs if outputs is not None else []
    if model_id not in {output.model_id for output in linked}:
        client.log_outputs(run_id=run_id, models=[LoggedModelOutput(model_id, step=0)])
