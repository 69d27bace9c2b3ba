"""The sweep file: its models, how it is read, and how single keys are overridden."""

from codem_ray.config.load import bundled_sweeps, load_sweep, sweep_schema
from codem_ray.config.models import (
    BaseModelConfig,
    CorpusConfig,
    DataConfig,
    EvaluationConfig,
    ExternalModel,
    GenerationConfig,
    ResourcesConfig,
    SearchConfig,
    StorageConfig,
    Sweep,
    TrackingConfig,
    TrainingConfig,
)

__all__ = [
    "BaseModelConfig",
    "CorpusConfig",
    "DataConfig",
    "EvaluationConfig",
    "ExternalModel",
    "GenerationConfig",
    "ResourcesConfig",
    "SearchConfig",
    "StorageConfig",
    "Sweep",
    "TrackingConfig",
    "TrainingConfig",
    "bundled_sweeps",
    "load_sweep",
    "sweep_schema",
]
