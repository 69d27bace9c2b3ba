"""Find runs by identifying tags, or open them, with tags and params."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codem_ray.tracking.logged_models import MAX_PARAM_CHARACTERS
from codem_ray.tracking.values import SOURCE_TAGS

_PARAMS_PER_BATCH = 100


def open_run(
    client: Any,
    experiment_id: str,
    identity: Mapping[str, str],
    *,
    name: str,
    tags: Mapping[str, str],
    params: Mapping[str, object],
) -> str:
    """Return the id of the run with these tags; open it if it is missing."""
    run = find_run(client, experiment_id, identity)
    if run is None:
        created = client.create_run(
            experiment_id, run_name=name, tags={**SOURCE_TAGS, **tags, **identity}
        )
        run = find_run(client, experiment_id, identity) or created
    _set_tags(client, run, tags)
    log_params(client, run, params)
    return str(run.info.run_id)


def find_run(client: Any, experiment_id: str, identity: Mapping[str, str]) -> Any | None:
    """Return the oldest run with these tags, and delete others; None if there is none."""
    condition = " and ".join(f"tags.`{key}` = '{value}'" for key, value in sorted(identity.items()))
    found = client.search_runs([experiment_id], filter_string=condition, max_results=100)
    found = sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))
    # A process on another host may have opened a second one, or a request that was given up but
    # arrived. All processes keep the oldest.
    for duplicate in found[1:]:
        client.delete_run(duplicate.info.run_id)
    return found[0] if found else None


def log_params(client: Any, run: Any, params: Mapping[str, object]) -> None:
    """Log the params that a run lacks: MLflow refuses to change one, so the first value stays."""
    from mlflow.entities import Param

    new = [
        Param(key, str(value)[:MAX_PARAM_CHARACTERS])
        for key, value in sorted(params.items())
        if key not in run.data.params
    ]
    for start in range(0, len(new), _PARAMS_PER_BATCH):
        client.log_batch(run.info.run_id, params=new[start : start + _PARAMS_PER_BATCH])


def _set_tags(client: Any, run: Any, tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag

    new = [RunTag(key, value) for key, value in tags.items() if run.data.tags.get(key) != value]
    if new:
        client.log_batch(run.info.run_id, tags=new)
