"""Local paths on a cluster of several nodes are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.errors import ConfigError
from codem_ray.runtime.node_storage import refuse_local_paths
from codem_ray.storage import Storage

NODES = ["head, 10.0.0.1", "worker, 10.0.0.2"]


def test_a_local_folder_on_two_nodes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"2 nodes \(head, 10.0.0.1, worker.*s3://.*is_shared"):
        refuse_local_paths(NODES, Storage(str(tmp_path)), "http://host:5000")


def test_a_sqlite_file_on_two_nodes_is_refused(tmp_path: Path) -> None:
    storage = Storage("memory://bucket/runs")
    with pytest.raises(ConfigError, match=r"tracking.uri is sqlite.*2 nodes.*MLflow server"):
        refuse_local_paths(NODES, storage, f"sqlite:///{tmp_path}/mlflow.db")
    refuse_local_paths(NODES, storage, "http://host:5000")
