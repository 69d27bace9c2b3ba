"""The checkpoints of a fine-tune on disk: staged, published while the training goes on, replaced.

A rank writes its files to a staging folder and marks them as written. A thread then publishes them:
they are renamed into the sweep's storage, or copied to it from a node's own disk. Last of all comes
a seal that lists them. A checkpoint counts if it has the seals of all ranks, and all files have the
sizes in the seals. When it does, those before it are deleted.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from codem_ray.storage import Storage, digest_of, replacing
from codem_ray.storage.node_cache import work_folder
from codem_ray.training.checkpoint_names import CheckpointForm, CheckpointName, parse_name

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.5
"""Interval at which rank 0 looks whether the other ranks have sealed a checkpoint."""
CLOSE_SECONDS = 120.0
"""Limit for the end of a copy after the end of the training."""
_STAGING = ".staging"
_FILES, _WRITTEN = "files", "written.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundCheckpoint:
    """A complete checkpoint in storage."""

    name: CheckpointName
    form: CheckpointForm


class CheckpointStore:
    """The checkpoints of one fine-tune, as one rank sees them."""

    def __init__(
        self, uri: str, form: CheckpointForm, *, rank: int, local_rank: int, node_folder: str = ""
    ) -> None:
        """Every rank has one. `uri` is the folder of all checkpoints of the fine-tune.

        `node_folder` is a folder of the node's own disk for staging. Without it, checkpoints are
        staged in storage if that is a local path, else in the node's cache.
        """
        self._storage, self._form, self.rank = Storage(uri), form, rank
        self._is_copied = bool(node_folder) or not self._storage.is_local
        if not self._is_copied:
            self._staging = self._storage.local_path(_STAGING)
        else:
            parent = Path(node_folder).expanduser() if node_folder else work_folder()
            self._staging = parent / f"codem-ray-checkpoints-{digest_of(self._storage.root)[:16]}"
        # A folder that all nodes share has one rank to tidy it, a node's own folder one per node.
        self._tidies = (local_rank if self._is_copied else rank) == 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def finish_copies(self) -> None:
        """Publish what an earlier attempt had written and not yet published on this node."""
        if not self._tidies or not self._staging.is_dir():
            return
        newest = max((found.name.step for found in self.complete()[0]), default=0)
        for folder in sorted(self._staging.glob("step-*/rank-*")):
            name = parse_name(folder.parent.name)
            if name is None or name.step <= newest or not (folder / _WRITTEN).is_file():
                continue
            try:
                self._publish(name, folder)
            except FileNotFoundError as error:
                # Another process has deleted it meanwhile; without its seal it does not count.
                _LOG.warning("%s could not be finished: %s", name, error)
        shutil.rmtree(self._staging, ignore_errors=True)

    def complete(self) -> tuple[list[FoundCheckpoint], list[str]]:
        """Return the complete checkpoints, newest first, and why others are not used."""
        sizes = self._storage.files("")
        folders = sorted({file.partition("/")[0] for file in sizes}, reverse=True)
        found, damaged = [], []
        for name in filter(None, map(parse_name, folders)):
            seals = [f"{name}/{_seal(rank)}" for rank in range(name.ranks)]
            if missing := [seal for seal in seals if seal not in sizes]:
                damaged.append(f"{name} was not finished ({missing[0]} is missing)")
                continue
            contents = [json.loads(self._storage.read_bytes(seal)) for seal in seals]
            listed = {
                f"{name}/{file}": size for it in contents for file, size in it["files"].items()
            }
            wrong = sorted(file for file, size in listed.items() if sizes.get(file) != size)
            if wrong:
                damaged.append(
                    f"{name} is damaged ({wrong[0]} has {sizes.get(wrong[0], 0)} bytes instead of "
                    f"{listed[wrong[0]]})"
                )
                continue
            found.append(FoundCheckpoint(name=name, form=CheckpointForm(**contents[0]["form"])))
        return found, damaged

    def keep_only(self, kept: CheckpointName | None) -> None:
        """Delete all checkpoints but one, on rank 0; called before any is written."""
        if self.rank == 0:
            self._remove([name for name in self._names() if name != kept])

    def fetch(self, name: CheckpointName) -> Path:
        """Return the folder of a complete checkpoint on this node."""
        if self._storage.is_local:
            return self._storage.local_path(str(name))
        return self._storage.folder_copy(str(name))

    def begin(self, name: CheckpointName) -> Path:
        """Return the new folder into which this rank writes, once the last one is published.

        Raises the error that ended the publication of the last one.
        """
        self.wait()
        return self._folder(name) / _FILES

    def mark_written(self, name: CheckpointName) -> None:
        """Mark this rank's files as written: from here on a killed worker loses none of them."""
        folder = self._folder(name)
        paths = [path for path in sorted((folder / _FILES).rglob("*")) if path.is_file()]
        sizes = {str(path.relative_to(folder / _FILES)): path.stat().st_size for path in paths}
        with replacing(folder / _WRITTEN) as marker:
            marker.write_text(json.dumps({"files": sizes, "form": asdict(self._form)}))

    def publish(self, name: CheckpointName) -> None:
        """Publish a written checkpoint in a thread, and delete the one before it."""

        def run() -> None:
            try:
                self._publish(name, self._folder(name))
                if self.rank == 0 and self._await_seals(name):
                    self.remove_before(name)
            except Exception as error:
                self._failure = error

        self._thread = threading.Thread(target=run, name="publish-checkpoint", daemon=True)
        self._thread.start()

    @property
    def is_publishing(self) -> bool:
        """Whether this rank has not published its last checkpoint yet."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        """Wait until this rank has published its last checkpoint; raise the error that ended it."""
        # Another rank may have failed, and its seal would never come.
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._stop.clear()
        failure, self._failure, self._thread = self._failure, None, None
        if failure is not None:
            raise failure

    def remove_before(self, name: CheckpointName) -> None:
        """Delete the checkpoints before one that all ranks have published, on rank 0."""
        if self.rank == 0:
            self._remove([old for old in self._names() if old.step < name.step])

    def close(self) -> None:
        """End the thread; a copy that has begun ends first, because it may be all that is saved."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)
        if self._failure is not None:
            _LOG.warning("the last checkpoint was not saved: %s", self._failure)
        for folder in (*sorted(self._staging.glob("step-*")), self._staging):
            # Others may still write there.
            with suppress(OSError):
                folder.rmdir()

    def _folder(self, name: CheckpointName) -> Path:
        return self._staging / str(name) / f"rank-{self.rank:05d}"

    def _publish(self, name: CheckpointName, folder: Path) -> None:
        """Move or copy the written files of a rank to storage and seal them; may be repeated."""
        content = json.loads((folder / _WRITTEN).read_text())
        if self._is_copied:
            self._storage.put_folder(folder / _FILES, str(name))
        else:
            for file in content["files"]:
                _move(folder / _FILES / file, self._storage.local_path(f"{name}/{file}"))
        rank = int(folder.name.removeprefix("rank-"))
        self._storage.write_json(f"{name}/{_seal(rank)}", content)
        shutil.rmtree(folder, ignore_errors=True)

    def _await_seals(self, name: CheckpointName) -> bool:
        """Wait until all ranks have sealed a checkpoint; False if the training ends before."""
        while True:
            seals = self._storage.names(str(name), "rank-*.json")
            if len(seals) == name.ranks:
                return True
            if self._stop.wait(POLL_SECONDS):
                return False

    def _names(self) -> Iterator[CheckpointName]:
        """Yield the names of all checkpoints in storage, complete or not."""
        found = self._storage.names("", "step-*")
        return filter(None, [parse_name(name) for name in found])

    def _remove(self, names: list[CheckpointName]) -> None:
        for name in names:
            # Without a seal, what is left by a removal that is killed does not count.
            self._storage.remove(f"{name}/{_seal(0)}")
            self._storage.remove(str(name))


def _seal(rank: int) -> str:
    return f"rank-{rank:05d}.json"


def _move(source: Path, target: Path) -> None:
    """Rename a file once its content is on the disk; it may have been renamed before."""
    if not source.exists() and target.exists():
        return
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
