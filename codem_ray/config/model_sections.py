"""The sections `base_model` and `generation`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from codem_ray.config.fields import Float, PositiveInt, Section, Seed

BUNDLED_MODELS = ("starter", "starter-instruct")
"""The names of the models that come with the package."""


class BaseModelConfig(Section):
    """The model that every trial starts from."""

    path: str
    """Hub id, local folder, or a bundled small model: `starter`, or `starter-instruct`, which also
    answers instructions."""
    revision: str | None = None
    """Pinned commit of a hub id."""
    trust_remote_code: bool = False
    """Run Python code that comes with the model."""
    parameters: PositiveInt | None = None
    """Parameter count, used by `plan` when the model is not available locally."""
    hidden_size: PositiveInt | None = None
    """Hidden size, used by `plan` when the model is not available locally."""
    num_layers: PositiveInt | None = None
    """Number of layers, used by `plan` when the model is not available locally."""


ENGINE_SETTINGS = ("tensor_parallel", "gpu_memory_utilization", "max_model_len")
"""Keys of `generation` that only some engines support; none changes the completions."""


class GenerationConfig(Section):
    """How completions are generated."""

    engine: Annotated[str, Field(min_length=1)] = "transformers"
    """Generation engine: `transformers`, `vllm`, or one that another package adds."""
    max_new_tokens: PositiveInt = 512
    """Maximum length of a completion."""
    batch_size: PositiveInt = 16
    """Prompts per batch, sorted by length."""
    samples: PositiveInt = 1
    """Completions per problem; 1 is greedy."""
    temperature: Annotated[Float, Field(ge=0)] = 0.0
    """Sampling temperature; 0: greedy."""
    top_p: Annotated[Float, Field(gt=0, le=1)] = 1.0
    """Nucleus sampling threshold, used when the temperature is above 0."""
    seed: Seed = 0
    """Sampling seed."""
    tensor_parallel: PositiveInt = 1
    """GPUs of one node that share the weights of one engine. `vllm` only."""
    gpu_memory_utilization: Annotated[Float, Field(gt=0, le=1)] | None = None
    """Share of a GPU's memory that an engine takes; null: as the engine decides. `vllm` only."""
    max_model_len: PositiveInt | None = None
    """Longest prompt with its completion, in tokens, for which an engine keeps memory; null: the
    model's context. `vllm` only."""

    def engine_settings(self) -> dict[str, Any]:
        """Return the keys that only some engines know and that are set."""
        return {
            name: value
            for name in ENGINE_SETTINGS
            if (value := getattr(self, name)) != type(self).model_fields[name].default
        }

    @model_validator(mode="after")
    def _prompts_need_room(self) -> GenerationConfig:
        if self.max_model_len is not None and self.max_model_len <= self.max_new_tokens:
            raise ValueError(
                f"max_model_len is {self.max_model_len}, which leaves no room for a prompt before "
                f"{self.max_new_tokens} new tokens: raise it or lower max_new_tokens"
            )
        return self

    @model_validator(mode="after")
    def _samples_need_temperature(self) -> GenerationConfig:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("samples > 1 needs temperature > 0: greedy samples are all the same")
        return self
