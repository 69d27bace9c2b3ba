"""Storage on an object store loses nothing while it is unavailable; errors say what to do."""

from __future__ import annotations

import uuid
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
)

from codem_ray.errors import StorageError
from codem_ray.storage import MANIFEST, Storage, local_folder
from codem_ray.storage.store_errors import retrying


def away_storage() -> Storage:
    return Storage(f"unreliable://{uuid.uuid4().hex}/runs/x")


def test_requests_are_repeated_while_the_store_is_unavailable(unreliable: type) -> None:
    stage = away_storage().stage("trials/a")
    for failures in (3, 5, 8):
        unreliable.failures = failures  # type: ignore[attr-defined]
        with stage.writing({"failures": failures}) as writer:
            (writer.folder / "file").write_text(str(failures))
        unreliable.failures = 3  # type: ignore[attr-defined]
        manifest = stage.manifest()
        assert manifest is not None
        assert manifest.inputs == {"failures": failures}
        assert (stage.folder() / "file").read_text() == str(failures)


def test_a_store_that_stays_away_is_an_error_and_not_an_absent_stage(
    unreliable: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = away_storage()
    monkeypatch.setattr(Storage.read_optional, "__kwdefaults__", {"retry_seconds": 0.05})
    assert storage.stage("trials/a").manifest() is None
    unreliable.failures = 10_000  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match=r"cannot read .*the store does not answer \(reset by"):
        storage.stage("trials/a").manifest()


def client_error(code: str, text: str) -> OSError:
    """The error of s3fs for an answer of S3."""
    error = OSError(text) if code == "Odd" else PermissionError(text)
    if code == "NoSuchBucket":
        error = FileNotFoundError(text)
    error.__cause__ = ClientError({"Error": {"Code": code, "Message": text}}, "GetObject")
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "no credentials were found .*: set AWS_PROFILE"),
        (
            client_error("AccessDenied", "Access Denied"),
            "the store refuses the request .*rights on bucket 'b'",
        ),
        (client_error("NoSuchBucket", "no"), "there is no bucket 'b': create it, or correct"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            "the store does not answer .*127.0.0.1:1.*: check AWS_ENDPOINT_URL_S3",
        ),
        (client_error("Odd", "odd"), "odd: check storage.path and AWS_ENDPOINT_URL_S3"),
    ],
)
def test_errors_of_a_store_are_one_sentence_with_the_next_step(
    error: Exception, message: str
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(StorageError, match=rf"^cannot read s3://b/x: {message}") as caught:
        retrying(fail, action="read s3://b/x", uri="s3://b/x", retry_seconds=0.0)
    assert "\n" not in str(caught.value)


def test_a_setting_that_a_client_cannot_read_is_an_error_of_the_store() -> None:
    session = botocore.session.Session()

    def fail() -> None:
        session.create_client("s3", endpoint_url="127.0.0.1:1", region_name="x")

    with pytest.raises(StorageError, match=r"Invalid endpoint: 127\.0\.0\.1:1: .*with http://"):
        retrying(fail, action="read s3://b/x", uri="s3://b/x")


def test_an_error_of_our_own_code_is_not_taken_for_one_of_the_store() -> None:
    def fail() -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        retrying(fail, action="read", uri="s3://b/x")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("gs://b/x", r"pip install 'codem-ray\[gcs\]'"),
        ("az://b/x", r"pip install 'codem-ray\[azure\]'"),
        ("foo://b/x", "foo:// is not known: write a path, or one of s3"),
    ],
)
def test_a_uri_without_its_package_names_the_extra(uri: str, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        Storage(uri)


def test_a_file_uri_is_a_local_path(tmp_path: Path) -> None:
    storage = Storage(f"file://{tmp_path}/runs")
    assert storage.local_path("a") == tmp_path / "runs" / "a"
    assert storage.uri("a") == str(tmp_path / "runs" / "a")


def test_a_stage_written_again_holds_no_file_of_the_first_time(remote: Storage) -> None:
    stage = remote.stage("s")
    for name in ("old", "new"):
        with stage.writing({}) as writer:
            (writer.folder / name).write_text(name)
    assert sorted(remote.files("s")) == [f"s/{MANIFEST}", "s/new"]


def test_a_stage_whose_object_was_deleted_counts_as_absent(remote: Storage) -> None:
    with remote.stage("s").writing({}) as writer:
        (writer.folder / "a").write_text("a")
    remote.remove("s/a")
    assert remote.stage("s").manifest() is None


def test_files_that_another_process_uploaded_belong_to_the_stage(remote: Storage) -> None:
    stage = remote.stage("trials/a/export")
    with stage.writing({}) as writer:
        (writer.folder / "model").mkdir()
        (writer.folder / "model" / "weights").write_bytes(b"weights")
        writer.uploaded.update(Storage(remote.root).stage(stage.name).upload(writer.folder))
        assert stage.manifest() is None
        assert writer.has("model/weights")
    manifest = stage.manifest()
    assert manifest is not None
    assert list(manifest.files) == ["model/weights"]
    assert (local_folder(f"{stage.uri}/model") / "weights").read_bytes() == b"weights"


def test_what_a_node_wrote_is_not_downloaded_by_it(remote: Storage) -> None:
    with remote.stage("s").writing({}) as writer:
        (writer.folder / "a").write_text("right")
    remote.write_bytes("s/a", b"wrong")
    assert (remote.stage("s").folder() / "a").read_text() == "right"


def test_a_damaged_object_is_refused_by_another_node(
    remote: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remote.stage("s").writing({}) as writer:
        (writer.folder / "a").write_text("right")
    remote.write_bytes("s/a", b"wrong")
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "other"))
    with pytest.raises(StorageError, match="s/a is not what was written there"):
        remote.stage("s").folder()
    remote.write_bytes("s/a", b"right")
    assert (remote.stage("s").folder() / "a").read_text() == "right"


def test_a_uri_that_is_no_finished_stage_is_named(remote: Storage) -> None:
    with pytest.raises(StorageError, match="is not a finished stage"):
        local_folder(remote.uri("trials/a/export"))


def test_a_local_file_is_read_again_only_if_its_time_or_size_changed(tmp_path: Path) -> None:
    import os

    stage = Storage(str(tmp_path)).stage("export")
    with stage.writing({}) as writer:
        (writer.folder / "weights").write_bytes(b"right")
    path = stage.folder() / "weights"
    stat = path.stat()
    path.write_bytes(b"wrong")
    assert stage.manifest(is_checked=True) is None
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert stage.manifest(is_checked=True) is not None
    # A copy of the folder has new times, and its content is right.
    path.write_bytes(b"right")
    assert stage.manifest(is_checked=True) is not None
