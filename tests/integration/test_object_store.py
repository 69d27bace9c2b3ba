"""Storage on a real S3 server: messages, leases, and a sweep that is stopped and cut off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from s3_server import BUCKET, S3Server, s3_server
from tiny_sweep import SWEEP
from waiting import wait_for

from codem_ray.storage import MANIFEST, Storage
from codem_ray.storage.lease import Lease, LeaseTakenError

TIMEOUT_SECONDS = 540
CUT_SECONDS, LONG_CUT_SECONDS = 30.0, 120.0


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(autouse=True)
def client(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.use(monkeypatch, tmp_path / "node")


def storage_at(tmp_path: Path) -> Storage:
    """A prefix of its own for each test."""
    return Storage(f"s3://{BUCKET}/{tmp_path.name}")


def command(folder: Path, name: str, storage: str, *more: str) -> list[str]:
    path = folder / "tiny.yaml"
    path.write_text(SWEEP)
    code = [sys.executable, "-m", "codem_ray", name, str(path)]
    return [*code, "--set", f"storage.path={storage}", *more]


def start(folder: Path, storage: str) -> subprocess.Popen[str]:
    with (folder / "stderr.txt").open("a") as stderr:
        return subprocess.Popen(
            command(folder, "run", storage),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


def run(folder: Path, storage: str) -> None:
    process = start(folder, storage)
    process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0, (folder / "stderr.txt").read_text()


def is_in(storage: Storage, *stages: str, step: int = 0) -> bool:
    statuses = [
        json.loads(storage.read_bytes(name))
        for name in storage.names("trials", "python-*/status.json")
    ]
    return any(s["stage"] in stages and s["step"] >= step for s in statuses)


def wait_for_stage(storage: Storage, *stages: str, step: int = 0, since: float = 0.0) -> None:
    def is_reached() -> bool:
        names = storage.names("trials", "python-*/status.json")
        statuses = [json.loads(storage.read_bytes(name)) for name in names]
        return any(
            s["updated_at"] >= since and s["stage"] in stages and s["step"] >= step
            for s in statuses
        )

    wait_for(is_reached, f"the trial reaches {stages}", seconds=TIMEOUT_SECONDS)


def test_stages_on_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = storage_at(tmp_path)
    storage.check_writable()
    stage = storage.stage("trials/a/export")
    assert stage.manifest() is None
    with stage.writing({"seed": 1}) as writer:
        (writer.folder / "sub").mkdir()
        (writer.folder / "sub" / "large").write_bytes(bytes(range(256)) * 40_000)
        (writer.folder / "empty").touch()
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "other"))
    folder = stage.folder()
    assert (folder / "sub" / "large").read_bytes() == bytes(range(256)) * 40_000
    assert (folder / "empty").read_bytes() == b""
    assert set(storage.files("trials")) == {
        f"trials/a/export/{name}" for name in ("empty", "sub/large", MANIFEST)
    }
    storage.remove("trials")
    assert not storage.exists("trials")


def test_only_one_of_many_processes_gets_a_lease(tmp_path: Path) -> None:
    results: list[str] = []
    barrier = threading.Barrier(4)

    def want() -> None:
        lease = Lease(storage_at(tmp_path), ".lease.json")
        barrier.wait()
        try:
            with lease.held():
                results.append("held")
                time.sleep(4.0)
        except LeaseTakenError:
            results.append("refused")

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["held", "refused", "refused", "refused"]


@pytest.mark.parametrize(
    ("storage", "environment", "message"),
    [
        ("s3://nowhere/runs", {}, "there is no bucket 'nowhere'"),
        (
            f"s3://{BUCKET}/runs",
            {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"},
            "the store does not answer",
        ),
        (
            f"s3://{BUCKET}/runs",
            {
                "AWS_ACCESS_KEY_ID": "",
                "AWS_SECRET_ACCESS_KEY": "",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            },
            "no credentials were found",
        ),
        ("gs://bucket/runs", {}, "pip install 'codem-ray[gcs]'"),
    ],
)
@pytest.mark.parametrize("name", ["plan", "data"])
def test_a_store_that_cannot_be_used_is_refused_in_one_sentence(
    name: str, storage: str, environment: dict[str, str], message: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        command(tmp_path, name, storage),
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("codem-ray: cannot ")
    assert message in last
    assert "corpora" not in done.stderr


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.toolchain
def test_a_sweep_on_s3_that_is_stopped_and_cut_off_ends_like_one_on_a_local_folder(
    tmp_path: Path, server: S3Server
) -> None:
    """Stopped by SIGTERM in training; then the store is unavailable in training and evaluation."""
    local, remote = tmp_path / "local", tmp_path / "remote"
    local.mkdir()
    remote.mkdir()
    run(local, "runs")
    uri = storage_at(tmp_path).uri("runs")
    storage = Storage(f"{uri}/tiny")
    stopped = start(remote, uri)
    wait_for_stage(storage, "train", step=2)
    second = subprocess.run(
        command(remote, "run", uri), cwd=remote, capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert f"(process {stopped.pid} on " in second.stderr
    stopped.send_signal(signal.SIGTERM)
    stopped.communicate(timeout=120)
    assert stopped.returncode == 143
    assert storage.names("trials", "python-*/export/manifest.json") == []

    resumed_at = time.time()
    resumed = start(remote, uri)
    for stages in (("train",), ("generate", "execute")):
        wait_for_stage(storage, *stages, since=resumed_at)
        with server.cut_off():
            time.sleep(CUT_SECONDS)
    resumed.communicate(timeout=TIMEOUT_SECONDS)
    assert resumed.returncode == 0, (remote / "stderr.txt").read_text()
    matrix = "report/transfer_matrix.csv"
    assert storage.read_bytes(matrix) == (local / "runs/tiny" / matrix).read_bytes()
    (manifest,) = storage.names("trials", "python-*/export/manifest.json")
    facts = storage.read_json(manifest)["facts"]
    assert facts["resumed_from_step"] >= 2
    assert [point["step"] for point in facts["curve"]] == list(range(1, facts["steps"] + 1))
    assert not storage.names("trials", "python-*/train/*")
    # Nothing is left to do, and the commands that read results take the URI.
    for name in ("status", "report"):
        done = subprocess.run(
            [sys.executable, "-m", "codem_ray", name, storage.root],
            cwd=remote,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_every_kind_of_request_waits_for_a_store_that_is_unavailable_for_two_minutes(
    tmp_path: Path, server: S3Server
) -> None:
    pytest.importorskip("ray", reason="the light install has no Ray")
    from codem_ray.runtime.train_storage import storage_options

    storage = storage_at(tmp_path)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "weights").write_bytes(bytes(1 << 20))
    with storage.stage("old").writing({}) as writer:
        (writer.folder / "rows").write_bytes(b"rows")
    storage.put_folder(checkpoint, "last")
    storage.write_json("status.json", {"step": 1})
    train_state = storage_options(storage.uri("train"))

    def write_stage(name: str) -> None:
        with storage.stage(name).writing({}) as writer:
            (writer.folder / "file").write_bytes(b"content")

    def write_results() -> None:
        with storage.writing("results/rows.parquet") as path:
            path.write_bytes(b"rows")

    def write_train_state() -> None:
        path = f"{train_state['storage_path']}/snapshot.json"
        with train_state["storage_filesystem"].open_output_stream(path) as stream:
            stream.write(b"{}")
        assert train_state["storage_filesystem"].get_file_info(path).size == 2

    requests: dict[str, Callable[[], object]] = {
        "tokens": lambda: storage.stage("tokens").made_once({}, lambda writer: None),
        "state of Ray Train": write_train_state,
        "checkpoint": lambda: storage.put_folder(checkpoint, "step-2"),
        "resume": lambda: storage.folder_copy("last"),
        "export": lambda: write_stage("export"),
        "generate": lambda: storage.stage("old").folder(),
        "execute": write_results,
        "report": lambda: storage.write_bytes("report/index.html", b"page"),
        "status": lambda: storage.read_json("status.json"),
    }
    started = time.monotonic()

    def finish(name: str) -> str:
        requests[name]()
        return f"{name}: {time.monotonic() - started:.0f} s"

    with ThreadPoolExecutor(len(requests)) as threads:
        with server.cut_off():
            done = [threads.submit(finish, name) for name in requests]
            time.sleep(LONG_CUT_SECONDS)
            assert not [future.result() for future in done if future.done()]
        print([future.result(timeout=TIMEOUT_SECONDS) for future in done])
    assert storage.stage("tokens").manifest() is not None
    assert storage.stage("export").manifest() is not None
    assert storage.read_bytes("results/rows.parquet") == b"rows"
    assert storage.files("step-2") == {"step-2/weights": 1 << 20}


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.toolchain
def test_a_store_that_is_unavailable_for_two_minutes_in_each_stage_costs_time_only(
    tmp_path: Path, server: S3Server
) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    local.mkdir()
    remote.mkdir()
    run(local, "runs")
    uri = storage_at(tmp_path).uri("runs")
    storage = Storage(f"{uri}/tiny")
    process = start(remote, uri)
    log = remote / "stderr.txt"
    stages: dict[str, Callable[[], bool]] = {
        "tokens": lambda: "reading and cleaning the corpora" in log.read_text(),
        "train": lambda: is_in(storage, "train", step=2),
        "generate": lambda: is_in(storage, "generate", "execute", "track", "done"),
        "execute": lambda: is_in(storage, "execute", "track", "done"),
        "report": lambda: "writing the report" in log.read_text(),
    }
    for stage, is_reached in stages.items():
        wait_for(is_reached, f"the run reaches {stage}", seconds=TIMEOUT_SECONDS)
        with server.cut_off():
            time.sleep(LONG_CUT_SECONDS)
        print(f"the store was cut off in {stage}")
    process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    matrix = "report/transfer_matrix.csv"
    assert storage.read_bytes(matrix) == (local / "runs/tiny" / matrix).read_bytes()
    (manifest,) = storage.names("trials", "python-*/export/manifest.json")
    facts = storage.read_json(manifest)["facts"]
    # No attempt was lost.
    assert facts["resumed_from_step"] == 0
    assert [point["step"] for point in facts["curve"]] == list(range(1, facts["steps"] + 1))
    for name in ("status", "report"):
        reader = subprocess.Popen(
            [sys.executable, "-m", "codem_ray", name, storage.root],
            cwd=remote,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Its imports take a moment, so that it meets a store that does not answer.
        with server.cut_off():
            time.sleep(LONG_CUT_SECONDS)
        _, errors = reader.communicate(timeout=TIMEOUT_SECONDS)
        assert reader.returncode == 0, errors
        assert "Traceback" not in errors
