"""Sweeps as Ray jobs on a head with a token, by the commands of docs/how-to/submit-a-job.md."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from job_cluster import JobCluster, job_cluster
from tiny_sweep import SWEEP
from waiting import wait_for

pytestmark = [pytest.mark.ray, pytest.mark.toolchain, pytest.mark.slow]

TIMEOUT_SECONDS = 560
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "submit-a-job.md"
CONNECT, SUBMIT, ON_HEAD, LOGS, STOP, RESUBMIT, EXIT_CODE = re.findall(
    r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)


class Shell:
    """A user's shell in a folder with sweep files."""

    def __init__(self, cluster: JobCluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.environment = dict(cluster.environment)
        del self.environment["RAY_AUTH_MODE"], self.environment["RAY_API_SERVER_ADDRESS"]
        self.stored = folder.parent / "stored"
        folder.mkdir()
        # Long enough to be stopped in training by a command that takes a while itself.
        (folder / "my.yaml").write_text(SWEEP.replace("epochs: 2", "epochs: 20"))

    def run(
        self, command: str, environment: Mapping[str, str] | None = None, *, connects: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run commands of the page, with this test's places instead of those of the page."""
        text = f"{CONNECT}\n{command}" if connects else command
        for of_page, here in (
            ("http://127.0.0.1:8265", self.cluster.dashboard),
            ("s3://bucket/runs", str(self.stored)),
            ("http://mlflow:5000", f"sqlite:///{self.stored}/mlflow.db"),
        ):
            text = text.replace(of_page, here)
        return subprocess.run(
            ["bash", "-c", text],
            cwd=self.folder,
            env=self.environment | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def log(self, job: str) -> str:
        """Return what the job has written, without the first line, which is Ray's."""
        first, _, log = self.run(LOGS.replace("--follow my-1", job)).stdout.partition("\n")
        assert "Job submission server address" in first
        return log

    def exit_code(self, job: str) -> str:
        done = self.run(EXIT_CODE.replace("my-2", job))
        return done.stdout.strip() or done.stderr

    def job(self, name: str, command: str, *options: str) -> str:
        """Submit a command, wait for its end, and return what `ray job submit` printed."""
        line = " ".join(["ray job submit --submission-id", name, *options, "--", command])
        return self.run(line).stdout


@pytest.fixture(scope="module")
def cluster() -> Iterator[JobCluster]:
    with job_cluster() as cluster:
        yield cluster


@pytest.fixture
def shell(cluster: JobCluster, tmp_path: Path) -> Shell:
    return Shell(cluster, tmp_path / "sweeps")


def wait_for_training(stored: Path, *, step: int) -> None:
    def trains() -> bool:
        paths = stored.glob("tiny/trials/python-*/status.json")
        statuses = [json.loads(path.read_text()) for path in paths]
        return any(s["stage"] == "train" and s["step"] >= step for s in statuses)

    wait_for(trains, f"the trial reaches step {step}", seconds=TIMEOUT_SECONDS)


def matrix(folder: Path) -> list[dict[str, str]]:
    with (folder / "tiny/report/transfer_matrix.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_a_job_that_is_stopped_and_submitted_again_ends_like_a_direct_run(shell: Shell) -> None:
    submitted = shell.run(SUBMIT)
    assert submitted.returncode == 0, submitted.stdout + submitted.stderr
    wait_for_training(shell.stored, step=3)
    stopped = shell.run(STOP)
    assert stopped.returncode == 0, stopped.stderr
    first = shell.log("my-1")
    assert first.splitlines()[-1] == "codem-ray: exit code 143: stopped by SIGTERM"
    assert shell.exit_code("my-1") == "None"

    again = shell.run(RESUBMIT)
    assert again.returncode == 0, again.stdout
    log = shell.log("my-2")
    assert "succeeded" in again.stdout
    assert log.splitlines()[-1] == "codem-ray: exit code 0: complete"
    assert shell.exit_code("my-2") == "0"
    digest = subprocess.run(["sha256sum", "my.yaml"], cwd=shell.folder, capture_output=True)
    assert f"my.yaml (SHA-256 {digest.stdout[:16].decode()}...)" in log
    assert "Ray job my-2, working directory /" in log
    assert re.search(r"^\[[^\n]*\] python-\S+: (train|generate)", log, re.MULTILINE), log
    # No terminal control: neither colours nor carriage returns.
    assert not re.search(r"[\x1b\r]", first + log), ascii(first + log)
    (manifest,) = shell.stored.glob("tiny/trials/python-*/export/manifest.json")
    facts = json.loads(manifest.read_text())["facts"]
    assert facts["resumed_from_step"] >= 2

    direct = shell.folder.parent / "direct"
    done = shell.run(
        f"codem-ray run my.yaml --set storage.path={direct}", {"RAY_ADDRESS": ""}, connects=False
    )
    assert done.returncode == 0, done.stderr
    assert "exit code" not in done.stderr
    assert matrix(direct) == matrix(shell.stored)


def test_a_job_with_reserved_cpus_runs_on_the_head(shell: Shell) -> None:
    waits = ON_HEAD.replace("--no-wait ", "")
    done = shell.run(waits.replace("codem-ray run my.yaml", "printenv RAY_ADDRESS #"))
    assert done.returncode == 0, done.stdout
    assert shell.cluster.address.rpartition(":")[2] in done.stdout


@pytest.mark.parametrize(
    ("name", "command", "options", "code", "message"),
    [
        (
            "no-folder",
            "codem-ray run my.yaml",
            (),
            "2",
            "no --working-dir, so your files are not here",
        ),
        (
            "default-storage",
            "codem-ray run my.yaml",
            ("--working-dir", "."),
            "2",
            "in the working directory of the Ray job default-storage, which Ray deletes after",
        ),
        (
            "default-database",
            "codem-ray run my.yaml --set storage.path=memory://bucket",
            ("--working-dir", "."),
            "2",
            "set tracking.uri to an MLflow server",
        ),
        ("unknown-key", "codem-ray plan my.yaml --set nonsense=1", ("--working-dir", "."), "2", ""),
        (
            "lacks-a-store",
            "codem-ray plan my.yaml --set storage.path=gs://bucket/runs",
            ("--working-dir", "."),
            "3",
            "pip install 'codem-ray[gcs]'",
        ),
    ],
)
def test_exit_code_and_message_of_a_job_that_cannot_run(
    name: str, command: str, options: tuple[str, ...], code: str, message: str, shell: Shell
) -> None:
    printed = shell.job(name, command, *options)
    assert "failed" in printed
    assert shell.exit_code(name) == code
    log = shell.log(name)
    assert message in log
    assert log.splitlines()[-1].startswith(f"codem-ray: exit code {code}: ")
    assert "Traceback" not in log


def test_messages_of_ray_without_a_token_are_those_of_the_page(shell: Shell) -> None:
    page = PAGE.read_text()
    command = f"ray job submit --address {shell.cluster.dashboard} -- true"
    for environment, message in (
        ({}, "Unauthorized: Missing authentication token"),
        (
            {"RAY_AUTH_MODE": "token", "HOME": str(shell.folder)},
            "Ray couldn't find an authentication token",
        ),
        (
            {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64},
            "Forbidden: Invalid authentication token",
        ),
    ):
        done = shell.run(command, environment, connects=False)
        assert done.returncode == 1
        assert message in done.stdout + done.stderr
        assert message in page


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "RAY_AUTH_MODE is not set: set RAY_AUTH_MODE=token"),
        (
            {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64},
            "the value of RAY_AUTH_TOKEN is not its token",
        ),
        ({"RAY_AUTH_MODE": "token", "HOME": "/nonexistent"}, "this process finds no token"),
    ],
)
def test_a_run_without_the_token_ends_with_one_sentence(
    environment: dict[str, str], message: str, shell: Shell
) -> None:
    given = {"RAY_ADDRESS": shell.cluster.address, **environment}
    given["CODEM_RAY_CACHE"] = os.environ.get("CODEM_RAY_CACHE", str(shell.folder / "cache"))
    command = f"codem-ray run my.yaml --set storage.path={shell.stored}"
    done = shell.run(command, given, connects=False)
    assert done.returncode == 3, done.stderr
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
