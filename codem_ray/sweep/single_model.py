"""Defaults for a sweep that scores one model as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codem_ray.benchmarks import BENCHMARKS, is_local
from codem_ray.config import BaseModelConfig, Sweep
from codem_ray.errors import ConfigError
from codem_ray.languages import language
from codem_ray.models.check import check_base_model, check_model_files
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import resolve_base_model
from codem_ray.storage import digest_of

MAX_NEW_TOKENS = 512


def default_max_new_tokens(model: str) -> int:
    """Return a completion length that leaves room for a prompt in the model's context."""
    path = resolve_base_model(BaseModelConfig(path=model))
    # An incomplete model folder is named here; reading its shape would fail less clearly.
    check_model_files(path, key="--model", trust_remote_code=True)
    shape = model_shape(path)
    if shape is None or shape.context_tokens is None:
        return MAX_NEW_TOKENS
    return max(1, min(MAX_NEW_TOKENS, shape.context_tokens // 4))


def check_named_model(sweep: Sweep) -> None:
    """Check the model of a command line, so that messages name `--model`.

    Raises ConfigError or ModelLoadError.
    """
    base = sweep.base_model
    check_base_model(
        resolve_base_model(base),
        key="--model",
        revision=base.revision,
        trust_remote_code=base.trust_remote_code,
    )


def model_label(model: str) -> str:
    """Return a name for a model that is fit for a file name and unique among local folders."""
    path = Path(model)
    if not path.is_dir():
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in model).strip("-")
    folder = path.resolve()
    # Every export's folder is called `export`; the trial's folder above it has a telling name.
    name = folder.parent.name if folder.name == "export" else folder.name
    return f"{name}-{digest_of(str(folder))[:6]}"


def benchmarks_of_targets(targets: Sequence[str]) -> list[str]:
    """Return the first available benchmark of each language; the starter kit's come last.

    Raises:
        ConfigError: a language is unknown or has no benchmark.
    """
    chosen = []
    for target in targets:
        target_name = language(target).name
        known = [spec.name for spec in BENCHMARKS.values() if spec.language == target_name]
        if not known:
            raise ConfigError(
                f"no benchmark in {target_name} is known by name: name a file of problems by "
                "--benchmarks"
            )
        published = [name for name in known if not name.startswith("starter-") and is_local(name)]
        chosen.append((published or known)[0])
    return chosen
