"""Resolve an MLflow model URI, `models:/...`, to a local folder or a hub id."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from platformdirs import user_cache_path

from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.storage import local_folder
from codem_ray.tracking.connection import (
    absolute_uri,
    active,
    database_path,
    quiet_environment,
    tracking_errors,
)

SCHEME = "models:/"
_FORM = re.compile(
    r"models:/+(?:(?P<id>m-\w+)|(?P<name>[^/@]+)(?:/(?P<version>\d+)|@(?P<alias>.+)))"
)


def is_model_uri(text: str) -> bool:
    """Whether the text is an MLflow model URI."""
    return text.startswith(SCHEME)


def resolve_model_uri(model_uri: str, tracking_uri: str) -> str:
    """Return the local folder or the hub id of a model that a sweep logged.

    MLflow stores model and tokenizer in separate folders, so a model that was logged whole is
    assembled in the cache. A model logged by reference is found by its tag.

    Raises:
        ConfigError: the store has no such model, or a sweep did not log it.
        ModelLoadError: the model's files are gone.
    """
    form = _FORM.fullmatch(model_uri)
    if form is None:
        raise ConfigError(
            f"{model_uri!r} is not an MLflow model URI: write models:/m-<id>, "
            "models:/<name>/<version> or models:/<name>@<alias>"
        )
    uri = absolute_uri(tracking_uri)
    path = database_path(uri)
    if path is not None and not path.is_file():
        raise ConfigError(
            f"{model_uri} was looked up in {uri}, but that database does not exist: name the right "
            "one, as in --set tracking.uri=sqlite:////path/to/mlflow.db"
        )
    quiet_environment()
    import mlflow

    with tracking_errors(f"look up {model_uri}", uri), active(uri):
        model = _logged_model(mlflow.MlflowClient(tracking_uri=uri), form, model_uri, uri)
        if model.tags.get("log_mode") == "whole":
            return str(_whole(mlflow, model))
    return _referred(model, model_uri)


def _logged_model(client: Any, form: re.Match[str], model_uri: str, uri: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        model_id = form["id"]
        if model_id is None:
            found = (
                client.get_model_version(form["name"], form["version"])
                if form["version"]
                else client.get_model_version_by_alias(form["name"], form["alias"])
            )
            in_source = re.fullmatch(r"models:/+(m-\w+)", str(found.source))
            model_id = found.model_id or (in_source and in_source[1])
        model = client.get_logged_model(model_id) if model_id else None
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise ConfigError(
            f"MLflow at {uri} has no {model_uri}: look at its list of models, or name another "
            "store by --set tracking.uri=..."
        ) from error
    if model is None or "log_mode" not in model.tags:
        raise ConfigError(
            f"{model_uri} was not logged by a sweep, so the location of its weights is unknown: "
            "give its folder in the Hugging Face format"
        )
    return model


def _whole(mlflow: Any, model: Any) -> Path:
    """Copy model and tokenizer into one folder of the cache, as transformers reads them."""
    cached = user_cache_path("codem_ray") / "mlflow-models" / str(model.model_id)
    if cached.is_dir():
        return cached
    artifacts = Path(mlflow.artifacts.download_artifacts(artifact_uri=model.artifact_location))
    cached.parent.mkdir(parents=True, exist_ok=True)
    partial = cached.with_name(f".{cached.name}.{uuid.uuid4().hex[:8]}")
    try:
        partial.mkdir()
        for part in ("model", "components/tokenizer"):
            if not (artifacts / part).is_dir():
                raise ModelLoadError(
                    f"MLflow's model {model.model_id} has no {part} in {model.artifact_location}: "
                    "run the sweep again, or give the export's folder"
                )
            for file in (artifacts / part).iterdir():
                shutil.copyfile(file, partial / file.name)
        if not cached.is_dir():
            partial.rename(cached)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return cached


def _referred(model: Any, model_uri: str) -> str:
    uri = str(model.tags.get("storage_uri", ""))
    parsed = urlparse(uri)
    if parsed.scheme == "file":
        folder = Path(unquote(parsed.path))
        if not folder.is_dir():
            raise ModelLoadError(
                f"{model_uri} was logged by reference to {folder}, which no longer exists"
            )
        return str(folder)
    if not uri:
        raise ModelLoadError(f"{model_uri} was logged by reference to nothing: give its folder")
    return str(local_folder(uri)) if parsed.scheme else uri
