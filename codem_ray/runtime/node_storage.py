"""Whether every node of the cluster reaches the sweep's storage and its tracking database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from codem_ray.config import Sweep
from codem_ray.errors import ConfigError, StorageError
from codem_ray.storage import Storage
from codem_ray.storage.store_errors import CHECK_SECONDS
from codem_ray.sweep.failures import message_of
from codem_ray.sweep.preflight import is_on_cluster
from codem_ray.tracking.connection import database_path

ANSWER_SECONDS = 180.0
"""Limit for the answer of a node, which may have to start a process first."""


def check_node_storage(sweep: Sweep, storage: Storage, tracking_uri: str) -> None:
    """Refuse local paths that nodes do not share, and nodes that cannot read and write storage.

    Ray must be initialised. Nodes that join later are not checked.

    Raises:
        ConfigError: a path is local, the cluster has several nodes, and `storage.is_shared` is not
            set.
        StorageError: nodes cannot see the files; each is named with the reason.
    """
    nodes = _alive_nodes()
    if len(nodes) > 1 and not sweep.storage.is_shared:
        refuse_local_paths(list(nodes.values()), storage, tracking_uri)
    if len(nodes) == 1 and (storage.is_local or not is_on_cluster()):
        return
    folders = [storage]
    if database := database_path(tracking_uri):
        folders.append(Storage(str(database.parent)))
    for folder in folders:
        if failures := _unreachable_nodes(folder, nodes):
            listed = "".join(f"\n  - {node}: {cause}" for node, cause in failures.items())
            raise StorageError(
                f"{folder.root} cannot be read and written on {len(failures)} of {len(nodes)} "
                f"nodes; give them the same access as this process has:{listed}"
            )


def refuse_local_paths(nodes: list[str], storage: Storage, tracking_uri: str) -> None:
    """Raise a ConfigError for a local path on several nodes."""
    cluster = f"the cluster has {len(nodes)} nodes ({', '.join(nodes)})"
    declare = "declare storage.is_shared: true if every node has it at the same path"
    if storage.is_local:
        raise ConfigError(
            f"storage.path leads to {storage.root}, a folder of this node, but {cluster}: set "
            f"storage.path to an object store, as in s3://bucket/runs, or {declare}"
        )
    if database := database_path(tracking_uri):
        raise ConfigError(
            f"tracking.uri is {tracking_uri}, a file of this node, but {cluster}: set tracking.uri "
            f"to an MLflow server, as in http://host:5000, or, for {database.parent}, {declare}"
        )


def _alive_nodes() -> dict[str, str]:
    """Return the names of the nodes by their ids."""
    return {
        node["NodeID"]: f"{node['NodeManagerHostname']}, {node['NodeManagerAddress']}"
        for node in ray.nodes()
        if node["Alive"]
    }


def _unreachable_nodes(storage: Storage, nodes: Mapping[str, str]) -> dict[str, str]:
    """Let each node read a secret and write it back; return causes of failures by node."""
    folder = f".node-check-{uuid.uuid4().hex}"
    secret = uuid.uuid4().hex.encode()
    storage.write_bytes(f"{folder}/secret", secret)
    try:
        answers = {
            node: _copy_secret.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
            ).remote(storage, folder, node)
            for node in nodes
        }
        return dict(_failures(storage, folder, secret, nodes, answers))
    finally:
        storage.remove(folder)


def _failures(
    storage: Storage,
    folder: str,
    secret: bytes,
    nodes: Mapping[str, str],
    answers: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    for node, answer in answers.items():
        try:
            ray.get(answer, timeout=ANSWER_SECONDS)
        except GetTimeoutError:
            yield nodes[node], f"no answer for {ANSWER_SECONDS:.0f} s"
        except RayError as error:
            yield nodes[node], message_of(error)
        else:
            if storage.read_optional(f"{folder}/{node}") != secret:
                yield nodes[node], "what it wrote is not seen here: it is another folder"


@ray.remote(num_cpus=0, max_retries=0)  # type: ignore[untyped-decorator]
def _copy_secret(storage: Storage, folder: str, node: str) -> None:
    if storage.is_local and not Path(storage.root).is_dir():
        raise StorageError(f"{storage.root} does not exist there")
    secret = storage.read_bytes(f"{folder}/secret", retry_seconds=CHECK_SECONDS)
    storage.write_bytes(f"{folder}/{node}", secret, retry_seconds=CHECK_SECONDS)
