"""Versions and aliases of a sweep's best models in MLflow's model registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codem_ray.tracking.best_models import RULE, BestModel
from codem_ray.tracking.logged_models import find_model


def register_best(client: Any, experiment_id: str, name: str, best: Sequence[BestModel]) -> None:
    """Register the best models, each once, and set the alias of each target; idempotent.

    A trial whose model is not logged is left out; the next run registers it.
    """
    models = {
        trial_id: model
        for trial_id in dict.fromkeys(item.trial.trial_id for item in best)
        if (model := find_model(client, experiment_id, trial_id)) is not None
    }
    best = [item for item in best if item.trial.trial_id in models]
    if not best:
        return
    aliases = _registered(client, name).aliases
    versions = _versions(client, name)
    for item in best:
        model = models[item.trial.trial_id]
        source = f"models:/{model.model_id}"
        if source not in versions:
            client.create_model_version(
                name,
                source=source,
                run_id=model.source_run_id,
                model_id=model.model_id,
                tags={
                    "train_language": item.trial.pairs_source,
                    "seed": str(item.trial.seed),
                    "trial_id": item.trial.trial_id,
                },
            )
            versions = _versions(client, name)
        version = versions[source]
        if str(aliases.get(item.alias)) != str(version.version):
            client.set_registered_model_alias(name, item.alias, version.version)
        key, text = item.alias, f"{item.score:.4f} on {item.benchmark}"
        if version.tags.get(key) != text:
            client.set_model_version_tag(name, version.version, key, text)


def _registered(client: Any, name: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
    return client.create_registered_model(name, description=RULE)


def _versions(client: Any, name: str) -> dict[str, Any]:
    """Return the oldest version by source; delete others, which repeated requests created."""
    found = sorted(
        client.search_model_versions(f"name = '{name}'"), key=lambda version: int(version.version)
    )
    oldest: dict[str, Any] = {}
    for version in found:
        if oldest.setdefault(version.source, version) is not version and "trial_id" in version.tags:
            client.delete_model_version(name, version.version)
    return oldest
