"""The sections `resources`, `cluster`, `tracking` and `storage`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from codem_ray.config.fields import Float, PositiveFloat, PositiveInt, Section


class ResourcesConfig(Section):
    """Resources of a trial and of the evaluation."""

    workers: PositiveInt = 2
    """Ray Train workers of a trial."""
    cpus_per_worker: PositiveFloat = 1.0
    """CPUs reserved for each worker; also its thread count, rounded down."""
    gpus_per_worker: Annotated[Float, Field(ge=0)] = 0.0
    """GPUs reserved for each worker."""
    executors: PositiveInt | None = None
    """Most executors. On a cluster each reserves a CPU; they start with the work and end when they
    are idle. On one machine this is their number. null: 64, on one machine one per CPU."""
    generators: PositiveInt = 1
    """Generation engines of a trial; on GPUs each has `generation.tensor_parallel` GPUs."""


Placement = Literal["PACK", "SPREAD", "STRICT_PACK"]
LabelSelector = Mapping[
    Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")],
    Annotated[str, Field(pattern=r"^!?([A-Za-z0-9][\w.-]*|in\([\w.-]+( *, *[\w.-]+)*\))$")],
]


class ClusterConfig(Section):
    """The cluster that the sweep may use. Without a cluster only `placement` has an effect."""

    max_nodes: PositiveInt | None = None
    """Nodes, head included, that the cluster can grow to; null: as the autoscaler declares, or the
    nodes that exist."""
    max_gpus: PositiveInt | None = None
    """GPUs that the sweep uses at a time, and that the cluster can grow to; null: no limit."""
    start_timeout_minutes: PositiveFloat = 30.0
    """Longest wait for nodes that do not exist yet."""
    placement: Placement = "PACK"
    """Ray's strategy for the workers of a trial: PACK uses few nodes, STRICT_PACK one node, SPREAD
    many."""
    training_labels: LabelSelector = Field(default={})
    """Ray's label selector for the nodes that train, such as `ray.io/accelerator-type: H100`; a
    value is `a`, `!a`, `in(a,b)` or `!in(a,b)`."""
    generation_labels: LabelSelector = Field(default={})
    """Ray's label selector for the nodes that generate."""


class TrackingConfig(Section):
    """Where MLflow writes."""

    uri: str | None = None
    """Tracking URI; null: sqlite in the storage folder's parent, `runs/mlflow.db`. The path in a
    sqlite URI is written plainly, without escapes."""
    log_models: Literal["auto", "whole", "reference", "none"] = "auto"
    """`auto`: whole below `whole_model_bytes`, else by reference."""
    whole_model_bytes: PositiveInt = 1 << 30
    """Size below which `auto` logs a model whole."""
    registered_model: str | None = None
    """Name in the model registry under which the best model of each target has its alias; null: the
    sweep's name."""


KeepExports = Literal["all", "best", "none"]


class StorageConfig(Section):
    """Where the files of the sweep are written."""

    path: str = "runs"
    """Folder or fsspec URI; the sweep gets its own folder in it."""
    is_shared: bool = False
    """Declare that local paths, of storage and of a sqlite database, are the same file system on
    every node. Without it they are refused on a cluster of several nodes."""
    keep_exports: KeepExports = "all"
    """Weights to keep after a trial is scored and logged: of all trials; of the `best` of each
    source, which has the highest mean pass@1 over the benchmarks among its seeds and settings; or
    of `none`."""
    node_folder: str | None = None
    """Folder of each node's own disk, such as an NVMe, where a checkpoint is written before it is
    copied to `path` while the training goes on; null: none if `path` is a local path, else the
    node's cache (`CODEM_RAY_CACHE`). Set it if `path` is a slow shared file system."""
    suffix: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$|^$")] = ""
    """Suffix of the names of plan, results and report. `--limit N` sets it to `limit-N`, so that
    limited results never replace those of whole benchmarks. Trained models are shared."""

    @property
    def are_checkpoints_copied(self) -> bool:
        """Whether checkpoints are written to a node's own disk before they are in `path`."""
        return self.node_folder is not None or "://" in self.path.removeprefix("file://")

    @field_validator("node_folder")
    @classmethod
    def _is_absolute(cls, folder: str | None) -> str | None:
        # Workers change their directory.
        if folder is not None and not folder.startswith(("/", "~")):
            raise ValueError(f"is {folder!r}: write the full path that it has on every node")
        return folder

    @field_validator("path")
    @classmethod
    def _names_a_folder(cls, path: str) -> str:
        # Joined with the name of the sweep, "s3://" would become a local folder called "s3:".
        if not path.strip() or path.rstrip("/").endswith(":"):
            raise ValueError("must name a folder or a bucket, as in runs or s3://bucket/runs")
        if match := re.match(r"([a-z][a-z0-9]*):/(?!/)", path):
            scheme, rest = match[1], path[match.end() :]
            raise ValueError(f"has one slash after {scheme}: write {scheme}://{rest}")
        return path
