"""The MLflow server of the recipes, with a real PostgreSQL and an S3 server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from free_ports import free_port
from page_commands import ROOT, blocks_run_by
from s3_server import s3_server
from waiting import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("initdb") is None, reason="PostgreSQL is not installed"),
    pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="no setpriv"),
]
PASSWORD = "secret"
(PAGE_COMMANDS,) = [block.text for block in blocks_run_by("test_mlflow_server")]


def recipe_command() -> list[str]:
    """Return the command of the recipe for Kubernetes."""
    file = ROOT / "cluster" / "kuberay" / "services" / "mlflow.yaml"
    objects = {item["kind"]: item for item in yaml.safe_load_all(file.read_text(encoding="utf-8"))}
    (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    command: list[str] = container["command"]
    return command


@pytest.fixture(scope="module")
def postgres() -> Iterator[int]:
    """The port of a database server with the user and database `mlflow`."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    # PostgreSQL refuses to run as root.
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(folder, user, -1)
    drop = ["setpriv", f"--reuid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    data, port = folder / "data", free_port()
    (folder / "password").write_text(PASSWORD)
    init = ["initdb", "-D", str(data), "-U", "mlflow", "-A", "scram-sha-256"]
    pwfile = f"--pwfile={folder / 'password'}"
    subprocess.run([*drop, *init, pwfile], check=True, capture_output=True, cwd=folder)
    server = subprocess.Popen(
        [*drop, "postgres", "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_works(
            lambda: socket.create_connection(("127.0.0.1", port), timeout=5).close()
        )
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        create = ["createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "mlflow", "mlflow"]
        wait_until_it_works(
            lambda: subprocess.run(create, check=True, env=environment, capture_output=True)
        )
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        shutil.rmtree(folder)


def wait_until_it_works(attempt: Callable[[], object]) -> None:
    wait_for(
        lambda: (attempt(), True),
        "the service works",
        seconds=300,
        pause=1,
        errors=(OSError, subprocess.CalledProcessError),
    )


@pytest.mark.parametrize("source", ["page", "recipe"])
def test_runs_and_artifacts_reach_the_database_and_the_store(
    source: str, postgres: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    with s3_server() as store:
        import s3fs

        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem(skip_instance_cache=True).makedirs("codem-ray", exist_ok=True)
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "POSTGRES_PASSWORD": PASSWORD,
            "MLFLOW_S3_ENDPOINT_URL": store.url,
            "MLFLOW_BACKEND_STORE_URI": f"postgresql+psycopg2://mlflow:{PASSWORD}@127.0.0.1:{postgres}/mlflow",
        }
        command = ["bash", "-ec", PAGE_COMMANDS.replace("5432", str(postgres))]
        if source == "recipe":
            command = recipe_command()
        own = [part.replace("5000", port) for part in command]
        log = (tmp_path / "server.log").open("wb")
        server = subprocess.Popen(
            own, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_it_works(lambda: urllib.request.urlopen(f"{url}/health", timeout=5).close())
            log_and_read(url, source, store.environment, tmp_path, monkeypatch)
            request = urllib.request.Request(f"{url}/", headers={"Host": "evil.example"})
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request, timeout=30)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)


def log_and_read(
    url: str,
    name: str,
    credentials: Mapping[str, str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Log a metric and an artifact as a client that has no credentials of the store."""
    from mlflow import MlflowClient

    for variable in credentials:
        monkeypatch.delenv(variable)
    client = MlflowClient(url)
    experiment = client.create_experiment(name)
    run = client.create_run(experiment).info.run_id
    client.log_metric(run, "loss", 0.5)
    (folder / "report.txt").write_text("done")
    client.log_artifact(run, str(folder / "report.txt"))
    assert client.get_run(run).data.metrics == {"loss": 0.5}
    assert [artifact.path for artifact in client.list_artifacts(run)] == ["report.txt"]
    assert client.get_experiment(experiment).artifact_location.startswith("mlflow-artifacts:")
