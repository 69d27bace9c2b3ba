"""The sweep file: its sections as models, how it is loaded, and how keys are overridden."""

from codem_ray.config.absolute_paths import expand_home
from codem_ray.config.data_section import (
    HUB,
    CleaningOptions,
    ColumnNames,
    CorpusConfig,
    CorpusFormat,
    DataConfig,
)
from codem_ray.config.evaluation_section import EvaluationConfig, LossConfig
from codem_ray.config.fields import MAX_COUNT
from codem_ray.config.model_sections import (
    BUNDLED_MODELS,
    ENGINE_SETTINGS,
    BaseModelConfig,
    GenerationConfig,
)
from codem_ray.config.runtime_sections import (
    ClusterConfig,
    KeepExports,
    Placement,
    ResourcesConfig,
    StorageConfig,
    TrackingConfig,
)
from codem_ray.config.search_section import SearchConfig, SearchRange
from codem_ray.config.search_space import Setting
from codem_ray.config.sources import (
    BASE,
    MIXED,
    PROSE,
    SHUFFLED,
    SPECIAL_SOURCES,
    UNION,
    ExternalModel,
    Source,
    source_name,
)
from codem_ray.config.sweep_file import Sweep, sweep_schema
from codem_ray.config.sweep_loading import bundled_sweeps, load_sweep, parse_sweep, sweep_file
from codem_ray.config.training_section import LoraConfig, TrainingConfig

__all__ = [
    "BASE",
    "BUNDLED_MODELS",
    "ENGINE_SETTINGS",
    "HUB",
    "MAX_COUNT",
    "MIXED",
    "PROSE",
    "SHUFFLED",
    "SPECIAL_SOURCES",
    "UNION",
    "BaseModelConfig",
    "CleaningOptions",
    "ClusterConfig",
    "ColumnNames",
    "CorpusConfig",
    "CorpusFormat",
    "DataConfig",
    "EvaluationConfig",
    "ExternalModel",
    "GenerationConfig",
    "KeepExports",
    "LoraConfig",
    "LossConfig",
    "Placement",
    "ResourcesConfig",
    "SearchConfig",
    "SearchRange",
    "Setting",
    "Source",
    "StorageConfig",
    "Sweep",
    "TrackingConfig",
    "TrainingConfig",
    "bundled_sweeps",
    "expand_home",
    "load_sweep",
    "parse_sweep",
    "source_name",
    "sweep_file",
    "sweep_schema",
]
