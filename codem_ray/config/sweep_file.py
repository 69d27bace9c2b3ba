"""A whole sweep file as a pydantic model, and its JSON schema."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from codem_ray.config.data_section import DataConfig
from codem_ray.config.evaluation_section import EvaluationConfig
from codem_ray.config.fields import DISTINCT, Name, Section, Seed, refuse_duplicates
from codem_ray.config.model_sections import BaseModelConfig, GenerationConfig
from codem_ray.config.runtime_sections import (
    ClusterConfig,
    ResourcesConfig,
    StorageConfig,
    TrackingConfig,
)
from codem_ray.config.search_section import SearchConfig
from codem_ray.config.search_space import check_space
from codem_ray.config.sources import (
    BASE,
    MIXED,
    ExternalModel,
    Source,
    canonical_source,
    source_name,
)
from codem_ray.config.training_section import TrainingConfig
from codem_ray.languages import LANGUAGES


class Sweep(Section):
    """One study: a base model, sources, targets, and how it is run."""

    name: Name
    """Also the MLflow experiment and the storage folder."""
    base_model: BaseModelConfig
    """The model that every trial starts from."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Rows of the transfer matrix."""
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1), DISTINCT] = (0,)
    """One trial per trained source and seed."""
    data: DataConfig
    """Corpora and tokens."""
    training: TrainingConfig = TrainingConfig()
    """Fine-tuning."""
    generation: GenerationConfig = GenerationConfig()
    """Generation of completions."""
    evaluation: EvaluationConfig
    """Benchmarks and statistics."""
    search: SearchConfig = SearchConfig()
    """Settings to compare, and scheduling of trials by Ray Tune."""
    resources: ResourcesConfig = ResourcesConfig()
    """CPUs, GPUs and workers."""
    cluster: ClusterConfig = ClusterConfig()
    """The cluster: limits, placement, labels."""
    tracking: TrackingConfig = TrackingConfig()
    """MLflow."""
    storage: StorageConfig = StorageConfig()
    """Where files are written."""

    @field_validator("sources", mode="before")
    @classmethod
    def _expand_all(cls, value: Any) -> Any:
        if value == "all":
            return [BASE, *LANGUAGES, MIXED]
        return value

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        known = tuple(canonical_source(source) for source in value)
        refuse_duplicates(tuple(source_name(source) for source in known))
        return known

    @model_validator(mode="after")
    def _k_within_samples(self) -> Sweep:
        if max(self.evaluation.k) > self.generation.samples:
            raise ValueError(
                f"evaluation.k has {max(self.evaluation.k)}, but generation.samples is "
                f"{self.generation.samples}: raise the samples or lower k"
            )
        return self

    @model_validator(mode="after")
    def _held_out_pairs_are_there(self) -> Sweep:
        loss, space = self.evaluation.loss, self.search.space
        has_pairs = loss is not None and loss.pairs is not None
        for name in ("patience", "eval_steps"):
            is_set = getattr(self.training, name) is not None or f"training.{name}" in space
            if is_set and not has_pairs:
                raise ValueError(
                    f"training.{name} is set, but no pairs are held out to measure the loss on: "
                    "set evaluation.loss.pairs to the number of pairs to hold out of each target "
                    f"language, or remove training.{name}"
                )
        return self

    @model_validator(mode="after")
    def _space_fits(self) -> Sweep:
        trained = [
            source_name(source)
            for source in self.sources
            if not isinstance(source, ExternalModel) and source != BASE
        ]
        check_space(self.search.space, self.training, self.data, trained)
        return self


def sweep_schema() -> str:
    """Return the JSON schema of a sweep file, for editors."""
    return json.dumps(Sweep.model_json_schema(), indent=2, sort_keys=True) + "\n"
