"""Storage: readers see whole files and finished stages only."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codem_ray.errors import StorageError
from codem_ray.storage import MANIFEST, StageWriter, Storage, digest_of


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "runs"))


def test_a_finished_stage_has_its_files_facts_and_manifest(storage: Storage) -> None:
    stage = storage.stage("trials/x/score")
    with stage.writing({"seed": 1}) as writer:
        (writer.folder / "a.txt").write_text("alpha")
        writer.facts["steps"] = 3
    manifest = stage.manifest()
    assert manifest is not None
    assert manifest.facts == {"steps": 3}
    assert manifest.inputs == {"seed": 1}
    assert (stage.folder() / "a.txt").read_text() == "alpha"


def test_a_stage_that_fails_leaves_nothing(storage: Storage) -> None:
    stage = storage.stage("trials/x/score")

    def fail() -> None:
        with stage.writing({}) as writer:
            (writer.folder / "a.txt").write_text("half")
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        fail()
    assert stage.manifest() is None
    assert list(Path(storage.root).rglob("*.txt")) == []


def test_a_stage_whose_file_was_lost_counts_as_absent(storage: Storage) -> None:
    stage = storage.stage("s")
    with stage.writing({}) as writer:
        (writer.folder / "a.txt").write_text("alpha")
    (stage.folder() / "a.txt").unlink()
    assert stage.manifest() is None


def test_a_damaged_manifest_counts_as_absent(storage: Storage) -> None:
    stage = storage.stage("s")
    with stage.writing({}) as writer:
        (writer.folder / "a.txt").write_text("alpha")
    (stage.folder() / MANIFEST).write_text('{"stage": ')
    assert stage.manifest() is None


@pytest.mark.parametrize("name", ["facts", "files", "inputs", "seconds"])
def test_manifest_with_an_empty_field_counts_as_absent(storage: Storage, name: str) -> None:
    stage = storage.stage("a/stage")
    with stage.writing({}):
        pass
    path = f"a/stage/{MANIFEST}"
    storage.write_json(path, storage.read_json(path) | {name: None})
    assert stage.manifest() is None


def test_folder_of_an_unknown_user_is_refused() -> None:
    with pytest.raises(StorageError, match="there is no such user"):
        Storage("~nobody-of-that-name/runs")


def test_writing_a_stage_again_replaces_it_whole(storage: Storage) -> None:
    stage = storage.stage("s")
    for name in ("old.txt", "new.txt"):
        with stage.writing({}) as writer:
            (writer.folder / name).write_text(name)
    assert sorted(p.name for p in stage.folder().iterdir()) == [MANIFEST, "new.txt"]


def test_remote_storage_keeps_the_same_contract() -> None:
    storage = Storage("memory://bucket/runs")
    stage = storage.stage("trials/x")
    assert stage.manifest() is None
    with stage.writing({}) as writer:
        (writer.folder / "sub").mkdir()
        (writer.folder / "sub" / "a.bin").write_bytes(b"\x00\x01")
    assert stage.manifest() is not None
    assert (stage.folder() / "sub" / "a.bin").read_bytes() == b"\x00\x01"
    storage.write_json("plan.json", {"a": 1})
    assert storage.read_json("plan.json") == {"a": 1}
    assert storage.names("", "*.json") == ["plan.json"]


def test_a_damaged_json_file_is_named(storage: Storage) -> None:
    storage.write_bytes("plan.json", b"{")
    with pytest.raises(StorageError, match=r"plan\.json is damaged.*run again"):
        storage.read_json("plan.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tiny disk needs root")
def test_a_full_disk_is_named_and_leaves_no_half_result(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this container may not mount a tmpfs")
    try:
        storage = Storage(str(disk / "runs"))
        storage.write_bytes("old.bin", b"old")
        with pytest.raises(StorageError, match="the disk is full"):
            storage.write_bytes("old.bin", b"x" * 200_000)
        assert storage.read_bytes("old.bin") == b"old"
        assert [p.name for p in (disk / "runs").iterdir()] == ["old.bin"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(StorageError, match="cannot write"):
        Storage(str(blocker / "runs")).check_writable()


def test_digests_depend_on_values_and_not_on_key_order() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_the_next_attempt_removes_the_leftovers_of_a_killed_stage(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    killed = storage.stage("trials/a/export")._temporary_folder()
    other = storage.stage("trials/a/export.b")._temporary_folder()
    assert killed.is_dir()
    with storage.stage("trials/a/export").writing({}) as writer:
        (writer.folder / "weights").write_text("w")
    left = sorted(path.name for path in (tmp_path / "trials" / "a").iterdir())
    assert left == sorted(["export", other.name])


def test_a_stage_that_many_processes_need_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make(writer: StageWriter) -> None:
        made.append(1)
        time.sleep(0.2)
        (writer.folder / "file").write_bytes(b"x")

    stages = [Storage(str(tmp_path)).stage("shared/key") for _ in range(4)]
    logged: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda s: s.made_once({}, make, log=logged.append), stages))
    assert len(made) == 1
    assert len({manifest.finished_at for manifest in found}) == 1
    assert all("waiting for another process" in text for text in logged)
    assert stages[0].made_once({}, make).files == found[0].files


def test_after_a_failed_process_the_next_one_makes_the_stage(tmp_path: Path) -> None:
    stage = Storage(str(tmp_path)).stage("shared/key")

    def fail(writer: StageWriter) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        stage.made_once({}, fail)
    assert stage.manifest() is None
    assert stage.made_once({}, lambda writer: None).stage == "shared/key"


@pytest.mark.parametrize("name", ["what?", "50%20", "a b", "#1", "[x]", "*"])
def test_a_root_with_wildcards_lists_only_its_own_names(tmp_path: Path, name: str) -> None:
    for folder in (name, "whatX", "a", "x"):
        storage = Storage(str(tmp_path / folder))
        storage.write_json("sub/plan.json", {})
        storage.write_json(f"plan-{folder}.json", {})
    storage = Storage(str(tmp_path / name))
    assert storage.names("", "plan*.json") == [f"plan-{name}.json"]
    assert storage.names("", "*/plan*.json") == ["sub/plan.json"]
    assert storage.names("sub") == ["sub/plan.json"]
