"""Checkpoints in storage: only complete ones count, and one is kept."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path

import pytest
from unreliable_store import UnreliableFileSystem

from codem_ray.errors import StorageError
from codem_ray.storage import store_errors
from codem_ray.training.checkpoint_names import CheckpointForm, CheckpointName
from codem_ray.training.checkpoint_store import CheckpointStore

RANKS = 2
FORM = CheckpointForm(ranks=RANKS, zero_stage=2, optimizer="adamw")


def name_at(step: int, attempt: str = "0000000a") -> CheckpointName:
    return CheckpointName(step=step, ranks=RANKS, attempt=attempt)


@pytest.fixture(params=["staged in storage", "staged on the node"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> list[CheckpointStore]:
    return open_stores(tmp_path, is_copied=request.param == "staged on the node")


def open_stores(root: Path, *, is_copied: bool) -> list[CheckpointStore]:
    return [
        CheckpointStore(
            str(root / "checkpoints"),
            FORM,
            rank=rank,
            local_rank=rank,
            node_folder=str(root / "node") if is_copied else "",
        )
        for rank in range(RANKS)
    ]


def write(store: CheckpointStore, name: CheckpointName) -> None:
    folder = store.begin(name)
    (folder / "global_step").mkdir(parents=True)
    (folder / "global_step" / f"shard-{store.rank}.pt").write_bytes(b"x" * 1000)
    store.mark_written(name)


def save(stores: list[CheckpointStore], name: CheckpointName) -> None:
    for store in stores:
        write(store, name)
    for store in stores:
        store.publish(name)
    for store in stores:
        store.wait()
    stores[0].remove_before(name)


def test_rank_0_deletes_the_one_before_when_all_have_published(
    stores: list[CheckpointStore],
) -> None:
    save(stores, name_at(4))
    for store in stores:
        write(store, name_at(8))
        store.publish(name_at(8))
    limit = time.monotonic() + 20
    while stores[0].is_publishing and time.monotonic() < limit:
        time.sleep(0.05)
    assert not stores[0].fetch(name_at(4)).exists()
    assert steps(stores[0]) == [8]


def steps(store: CheckpointStore) -> list[int]:
    return [found.name.step for found in store.complete()[0]]


def test_a_new_training_has_no_checkpoint(stores: list[CheckpointStore]) -> None:
    assert stores[0].complete() == ([], [])
    for store in stores:
        store.finish_copies()
        store.keep_only(None)


def test_the_files_of_all_ranks_are_in_one_folder(stores: list[CheckpointStore]) -> None:
    save(stores, name_at(4))
    [found] = stores[1].complete()[0]
    assert (found.name, found.form) == (name_at(4), FORM)
    shards = (stores[1].fetch(found.name) / "global_step").iterdir()
    assert sorted(path.name for path in shards) == ["shard-0.pt", "shard-1.pt"]


def test_a_new_checkpoint_replaces_the_one_before(stores: list[CheckpointStore]) -> None:
    save(stores, name_at(4))
    save(stores, name_at(8))
    assert steps(stores[0]) == [8]
    assert not stores[0].fetch(name_at(4)).exists()


def test_the_one_before_is_used_while_a_rank_has_not_published(
    stores: list[CheckpointStore],
) -> None:
    save(stores, name_at(4))
    for store in stores:
        write(store, name_at(8))
    stores[0].publish(name_at(8))
    found, damaged = stores[1].complete()
    assert [it.name.step for it in found] == [4]
    assert all("was not finished" in sentence for sentence in damaged)
    stores[0].close()
    # Rank 0 waited for the other's seal, and has deleted nothing.
    assert stores[0].fetch(name_at(4)).exists()


def test_a_file_that_was_cut_ends_the_trust_in_its_checkpoint(
    stores: list[CheckpointStore],
) -> None:
    save(stores, name_at(4))
    kept = stores[0].fetch(name_at(4))
    shutil.copytree(kept, kept.with_name("saved"))
    save(stores, name_at(8))
    kept.with_name("saved").rename(kept)
    shard = stores[0].fetch(name_at(8)) / "global_step" / "shard-1.pt"
    shard.write_bytes(shard.read_bytes()[:-1])
    found, damaged = stores[0].complete()
    assert [it.name.step for it in found] == [4]
    assert "shard-1.pt has 999 bytes instead of 1000" in damaged[0]


def test_what_a_killed_attempt_had_written_is_published_by_the_next(
    tmp_path: Path, stores: list[CheckpointStore]
) -> None:
    save(stores, name_at(4))
    for store in stores:
        write(store, name_at(8))
    stores[0].publish(name_at(8))
    stores[0].close()
    again = open_stores(tmp_path, is_copied=(tmp_path / "node").exists())
    for store in again:
        store.finish_copies()
    assert steps(again[0]) == [8, 4]
    again[0].keep_only(name_at(8))
    assert steps(again[0]) == [8]


def test_what_a_killed_attempt_had_not_finished_to_write_is_dropped(
    tmp_path: Path, stores: list[CheckpointStore]
) -> None:
    save(stores, name_at(4))
    write(stores[0], name_at(8))
    half = stores[1].begin(name_at(8))
    half.mkdir(parents=True)
    (half / "shard-1.pt").write_bytes(b"x" * 500)
    again = open_stores(tmp_path, is_copied=(tmp_path / "node").exists())
    for store in again:
        store.finish_copies()
    assert steps(again[0]) == [4]
    again[0].keep_only(name_at(4))
    assert [path.name for path in (tmp_path / "checkpoints").glob("step-*")] == [str(name_at(4))]
    assert not half.exists()


def test_a_store_that_is_unavailable_at_times_gets_and_gives_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_errors, "_FIRST_DELAY", 0.01)
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    uri = f"unreliable://{uuid.uuid4().hex}/runs/train"
    stores = [CheckpointStore(uri, FORM, rank=rank, local_rank=rank) for rank in range(RANKS)]
    UnreliableFileSystem.failures = 3
    try:
        save(stores, name_at(4))
        save(stores, name_at(8))
        assert steps(stores[0]) == [8]
        UnreliableFileSystem.failures = 3
        copy = stores[0].fetch(name_at(8)) / "global_step"
        assert sorted(path.name for path in copy.iterdir()) == ["shard-0.pt", "shard-1.pt"]
    finally:
        UnreliableFileSystem.failures = 0


def test_an_error_of_the_copy_is_raised_before_the_next_checkpoint(tmp_path: Path) -> None:
    stores = open_stores(tmp_path, is_copied=True)
    write(stores[0], name_at(4))
    (tmp_path / "checkpoints").write_text("a file in the place of the folder")
    stores[0].publish(name_at(4))
    with pytest.raises((StorageError, NotADirectoryError)):
        stores[0].begin(name_at(8))
