"""Facts about a base model's architecture, above all whether its documents can be packed."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError

from codem_ray.errors import ModelLoadError, StorageError
from codem_ray.models.hub import model_config
from codem_ray.models.recurrence import RECURRENT_TYPES, has_recurrent_layers
from codem_ray.storage import digest_of, replacing

PACKABLE = frozenset(
    {
        *("codegen", "cohere", "deepseek_v3", "gemma", "gemma2", "gemma3_text", "glm"),
        *("gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "granite", "helium", "llama"),
        *("mistral", "mixtral", "olmo", "olmo2", "persimmon", "phi", "phi3", "qwen2"),
        *("qwen2_moe", "qwen3", "qwen3_moe", "smollm3", "stablelm", "starcoder2"),
    }
)
"""Model types whose documents can be packed. `plan` relies on this list; `run` measures."""
NOT_PACKABLE = RECURRENT_TYPES | {"biogpt", "bloom", "falcon", "gpt_oss", "mpt", "opt", "xglm"}
"""Model types whose documents cannot be packed. `bench/architectures.py` measures both lists."""
MEASURE_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """Facts about an architecture."""

    model_type: str
    is_packable: bool
    """Whether a row may hold several documents."""
    is_recurrent: bool
    obstacle: str = ""
    """Why documents cannot be packed."""
    is_measured: bool = True
    """False: derived from the model type, or assumed if that is unknown; `run` measures."""

    @property
    def note(self) -> str:
        """Return a sentence for the user; empty if nothing is unusual."""
        if not self.is_packable:
            return (
                f"each document gets a row of its own, because in a model of type "
                f"{self.model_type} {self.obstacle}: training.batch_sequences counts documents"
            )
        if not self.is_measured and self.model_type not in PACKABLE:
            of_type = f" ({self.model_type})" if self.model_type else ""
            return (
                f"the architecture of the base model{of_type} is not known yet: `run` measures "
                "before training whether its documents can be packed, and if they cannot, trial "
                "ids change"
            )
        return ""


def architecture_of(path: str, *, revision: str | None, trust_remote_code: bool) -> Architecture:
    """Measure the architecture of a local folder or a hub id, once for each config.

    Raises ModelLoadError if transformers cannot make a causal language model of its config.
    """
    config = model_config(path, revision=revision)
    cached = _cache_file(config)
    if (known := _read_cached(cached)) is not None:
        return known
    from codem_ray.training.packing_check import measure_architecture

    measured = measure_architecture(path, revision=revision, trust_remote_code=trust_remote_code)
    # The cache only saves time, so an error of it is no error of the measurement.
    with suppress(StorageError), replacing(cached) as temporary:
        temporary.write_text(json.dumps(asdict(measured)))
    return measured


def expected_architecture(
    path: str, *, revision: str | None, trust_remote_code: bool
) -> Architecture:
    """Return what is known of an architecture without the network, for `plan`.

    A local model of an unknown type is measured if the training packages are installed, which
    takes some seconds the first time. Raises as `architecture_of`.
    """
    if not Path(path).expanduser().is_dir():
        return Architecture(model_type="", is_packable=True, is_recurrent=False, is_measured=False)
    config = model_config(path)
    if (known := _read_cached(_cache_file(config))) is not None:
        return known
    text = config.get("text_config", config)
    model_type = str(text.get("model_type", "unknown"))
    is_listed = model_type in PACKABLE | NOT_PACKABLE
    if not is_listed and _transformers_version():
        return architecture_of(path, revision=revision, trust_remote_code=trust_remote_code)
    is_recurrent = model_type in RECURRENT_TYPES or has_recurrent_layers(text.get("layer_types"))
    is_packable = model_type not in NOT_PACKABLE and not is_recurrent
    return Architecture(
        model_type=model_type,
        is_packable=is_packable,
        is_recurrent=is_recurrent,
        obstacle="" if is_packable else "packed documents change each other's loss",
        is_measured=False,
    )


def refuse_recurrent(architecture: Architecture, path: str, *, engine: str) -> None:
    """Refuse a model that would be trained but that the engine cannot generate with."""
    if architecture.is_recurrent and engine == "transformers":
        raise ModelLoadError(
            f"{path}: a model with recurrent layers ({architecture.model_type}) cannot be batched "
            "by generation.engine transformers; set generation.engine to vllm"
        )


def _cache_file(config: Mapping[str, Any]) -> Path:
    key = digest_of([MEASURE_VERSION, _transformers_version(), config])
    return user_cache_path("codem_ray") / "architectures" / key


def _read_cached(cached: Path) -> Architecture | None:
    try:
        return TypeAdapter(Architecture).validate_json(cached.read_bytes())
    except (OSError, ValidationError):
        return None


def _transformers_version() -> str:
    """Return the version of transformers; empty in the light installation."""
    try:
        importlib.metadata.version("torch")
        return importlib.metadata.version("transformers")
    except importlib.metadata.PackageNotFoundError:
        return ""
