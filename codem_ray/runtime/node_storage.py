"""Whether the nodes of a cluster reach the sweep's storage and its tracking database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import ConfigError, StorageError
from codem_ray.storage import Storage
from codem_ray.storage.store_errors import CHECK_SECONDS
from codem_ray.tracking.connection import database_path


def refuse_local_paths(nodes: Sequence[str], storage: Storage, tracking_uri: str) -> None:
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


def shared_folders(storage: Storage, tracking_uri: str) -> list[Storage]:
    """Return the folders that nodes must read and write."""
    database = database_path(tracking_uri)
    return [storage] if database is None else [storage, Storage(str(database.parent))]


@dataclass(frozen=True)
class Secret:
    """A random value in a folder, which nodes copy to show that they see the same folder."""

    storage: Storage
    folder: str
    value: bytes

    def copy(self, node_id: str) -> str:
        """Copy the value on a node; return why that failed, or ""."""
        if self.storage.is_local and not Path(self.storage.root).is_dir():
            return f"{self.storage.root} does not exist there"
        try:
            value = self.storage.read_bytes(f"{self.folder}/secret", retry_seconds=CHECK_SECONDS)
            self.storage.write_bytes(f"{self.folder}/{node_id}", value, retry_seconds=CHECK_SECONDS)
        except StorageError as error:
            return str(error)
        return ""

    def await_storage(self) -> None:
        """Wait until the storage answers. Raises StorageError after the usual time of retries."""
        self.storage.read_bytes(f"{self.folder}/secret")

    def failure(self, node_id: str, answer: str) -> str:
        """Return why the node does not share the folder, or "", after its answer."""
        if answer or self.storage.read_optional(f"{self.folder}/{node_id}") == self.value:
            return answer
        return "what it wrote is not seen here: it is another folder"


@contextmanager
def secrets(folders: Sequence[Storage]) -> Iterator[list[Secret]]:
    """Write a secret into each folder and remove it with its copies at the end."""
    with ExitStack() as stack:
        written = []
        for storage in folders:
            secret = Secret(storage, f".node-check-{uuid.uuid4().hex}", uuid.uuid4().bytes)
            stack.callback(storage.remove, secret.folder)
            storage.write_bytes(f"{secret.folder}/secret", secret.value)
            written.append(secret)
        yield written
