"""A Ray cluster on machines without a common folder, with an object store and MLflow beside it."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machines import HOME, Machine, network

BUCKET = "bucket"
METADATA = "169.254.169.254"
START_SECONDS = 180.0
GCS_PORT = 6379
_S3_PORT, _MLFLOW_PORT, _DASHBOARD_PORT = 9000, 5000, 8265
_OF_RUNS = re.compile(r"ray::|bwrap|\S*python\S* \S*codem-ray run")
_OF_RAY = re.compile(r"ray::(IDLE|SPILL|RESTORE|DashboardAgent|RuntimeEnvAgent|_Autoscaling)")
"""Processes that Ray keeps; the coordinator of Ray Train's demand is an actor of the cluster."""
_STATE = """
import json, ray
from ray.util import placement_group_table
ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
total, free = ray.cluster_resources(), ray.available_resources()
used = {name: total[name] - free.get(name, 0.0) for name in ("CPU", "GPU") if name in total}
groups = [g["name"] for g in placement_group_table().values() if g["state"] != "REMOVED"]
nodes = [n["NodeManagerAddress"] for n in ray.nodes() if n["Alive"]]
print(json.dumps({"used": used, "groups": groups, "nodes": nodes}))
"""


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What is in use on the cluster."""

    used: Mapping[str, float]
    """CPUs and GPUs that are reserved."""
    groups: list[str]
    """Names of placement groups."""
    nodes: list[str]
    """Addresses of nodes that are alive."""
    processes: list[str]
    """Workers, drivers and programs under test on any machine."""

    def is_clean(self) -> bool:
        """Return whether nothing of a run is left."""
        return not (any(self.used.values()) or self.groups or self.processes)


class RayRig:
    """The cluster; `head` runs the driver, and `workers` are the other nodes by name."""

    def __init__(self, machines: Mapping[str, Machine], workers: Sequence[str]) -> None:
        self.machines = machines
        self.head, self.store, self.mlflow = (machines[n] for n in ("head", "store", "mlflow"))
        self.workers = {name: machines[name] for name in workers}
        self.token = secrets.token_hex(32)
        self.api = f"http://{self.head.address}:{_DASHBOARD_PORT}"
        self.store_url = f"http://{self.store.address}:{_S3_PORT}"
        self.mlflow_url = f"http://{self.mlflow.address}:{_MLFLOW_PORT}"
        self.storage_environment = {
            "AWS_ENDPOINT_URL_S3": self.store_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": self.token,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self._num_cpus: dict[str, int] = {}
        self._jobs: list[Job] = []
        for machine in (self.head, *self.workers.values()):
            machine.environment |= {"RAY_AUTH_MODE": "token", **self.storage_environment}
            # On a crowded host Ray's own limit is too short.
            machine.environment["RAY_raylet_start_wait_time_s"] = "180"
            machine.environment["RAY_worker_niceness"] = "0"
            folder = machine.folder / "home/.ray"
            folder.mkdir()
            (folder / "auth_token").write_text(self.token)

    def start_services(self) -> None:
        """Start the object store and MLflow's server, and wait until both answer."""
        serve = ["python", "-m", "moto.server", "-H", "0.0.0.0", "-p", str(_S3_PORT)]
        self.store.spawn(serve)
        # Its queues of background jobs are a dozen processes that nothing here needs.
        self.mlflow.environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        database = ["--backend-store-uri", "sqlite:////tmp/mlflow.db"]
        serve = ["mlflow", "server", "--host", "0.0.0.0", "--port", str(_MLFLOW_PORT)]
        serve += ["--allowed-hosts", "*", "--workers", "1", *database]
        self.mlflow.spawn([*serve, "--artifacts-destination", "/tmp/artifacts"])
        create = urllib.request.Request(f"{self.store_url}/{BUCKET}", method="PUT")
        _until(lambda: _opens(create), "the object store")
        _until(lambda: _opens(f"{self.mlflow_url}/health"), "MLflow")

    def start_metadata_server(self) -> None:
        """Let a web server answer at the address where clouds give credentials to machines."""
        self.store.run(["ip", "addr", "replace", f"{METADATA}/32", "dev", "eth0"])
        self.store.spawn(["python", "-m", "http.server", "80", "--bind", METADATA])
        for machine in (self.head, *self.workers.values()):
            machine.run(["ip", "route", "replace", METADATA, "dev", "eth0"])

    def services(self) -> list[str]:
        """Return the addresses that programs under test must not reach, as `host:port`."""
        urls = (self.api, self.store_url, self.mlflow_url)
        ours = [url.removeprefix("http://") for url in urls]
        return [f"{self.head.address}:{GCS_PORT}", *ours, f"{METADATA}:80"]

    def start_head(self, extra: Sequence[str] = ()) -> None:
        """Start a head without CPUs, with its dashboard."""
        options = ["--head", f"--port={GCS_PORT}", "--dashboard-host=0.0.0.0", *extra]
        self._start_ray(self.head, 0, options)
        _until(lambda: self.request("/api/jobs/") is not None, "the dashboard")

    def start_worker(self, name: str, *, num_cpus: int = 1, num_gpus: int = 0) -> None:
        """Start Ray on a worker machine; it joins the head."""
        options = [f"--address={self.head.address}:{GCS_PORT}", f"--num-gpus={num_gpus}"]
        self._start_ray(self.workers[name], num_cpus, options)

    def revive(self, name: str) -> None:
        """Boot a worker machine that was killed, and let it join with the CPUs that it had."""
        self.workers[name].start()
        self.start_worker(name, num_cpus=self._num_cpus[name])

    def _start_ray(self, machine: Machine, num_cpus: int, options: Sequence[str]) -> None:
        self._num_cpus[machine.name] = num_cpus
        command = ["ray", "start", f"--node-ip-address={machine.address}", *options]
        command += [f"--num-cpus={num_cpus}", f"--object-store-memory={128 << 20}"]
        machine.run([*command, "--disable-usage-stats"], timeout=START_SECONDS)

    def request(self, path: str) -> Any:
        """Return an answer of the dashboard, None while it does not answer."""
        address = urllib.request.Request(f"{self.api}{path}")
        address.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None

    def client(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `ray` as a user does who only knows the address and the token."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(HOME),
            "RAY_API_SERVER_ADDRESS": self.api,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
        }
        return subprocess.run(
            [f"{sys.prefix}/bin/ray", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=START_SECONDS,
            **options,
        )

    def submit(self, folder: Path | None, *command: str, name: str) -> Job:
        """Submit a command, with a working directory if one is given."""
        options = ["--submission-id", name, "--no-wait"]
        options += ["--working-dir", str(folder)] if folder else []
        self.client("job", "submit", *options, "--", *command)
        self._jobs.append(Job(self, name))
        return self._jobs[-1]

    def end_jobs(self) -> None:
        """Stop the jobs that still run, as those of a test that failed do."""
        while self._jobs:
            job = self._jobs.pop()
            if job.details()["status"] in ("PENDING", "RUNNING"):
                job.stop()

    def state(self) -> Remains:
        """Return what is in use."""
        # A driver of its own: the dashboard's figures are seconds old.
        output = self.head.run(["python", "-c", _STATE]).stdout
        processes = []
        for machine in (self.head, *self.workers.values()):
            processes += [
                f"{machine.name}: {line[:120]}"
                for line in machine.processes().values()
                if _OF_RUNS.match(line) and not _OF_RAY.match(line)
            ]
        return Remains(**json.loads(output.splitlines()[-1]), processes=processes)

    def seconds_until_clean(self, limit: float = 180.0) -> tuple[float, Remains]:
        """Wait until nothing of a run is left; return how long it took and what was left last."""
        started = time.monotonic()
        while True:
            remains = self.state()
            seconds = time.monotonic() - started
            if remains.is_clean() or seconds > limit:
                return seconds, remains
            time.sleep(1)


@dataclass(frozen=True)
class Job:
    """A submitted job."""

    rig: RayRig
    name: str

    def details(self) -> dict[str, Any]:
        """Return what the dashboard knows of it."""
        found: dict[str, Any] | None = self.rig.request(f"/api/jobs/{self.name}")
        return found or {"status": "UNKNOWN"}

    def log(self) -> str:
        """Return its log so far."""
        found = self.rig.request(f"/api/jobs/{self.name}/logs")
        return found["logs"] if found else ""

    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self.details()["status"] in ("PENDING", "RUNNING", "UNKNOWN")

    def wait(self, limit: float) -> int | None:
        """Wait for its end and return its exit code."""
        _until(lambda: not self.is_running(), f"the end of {self.name}", limit)
        code: int | None = self.details()["driver_exit_code"]
        return code

    def wait_for(self, condition: Callable[[], bool], what: str, limit: float = 900.0) -> None:
        """Wait for a condition while it runs."""

        def is_met() -> bool:
            if not self.is_running():
                raise AssertionError(f"{self.name} ended before {what}\n{self.log()[-4000:]}")
            return condition()

        _until(is_met, what, limit)

    def stop(self) -> None:
        """Stop it as a user does."""
        self.rig.client("job", "stop", self.name)


@contextmanager
def services_rig(workers: Sequence[str] = ()) -> Iterator[RayRig]:
    """Boot machines and start the services; Ray is not started."""
    with network(["head", "store", "mlflow", *workers]) as machines:
        rig = RayRig(machines, workers)
        rig.start_services()
        yield rig


@contextmanager
def ray_rig(workers: Mapping[str, int]) -> Iterator[RayRig]:
    """Start services and a cluster: a head without CPUs, and workers with a number of CPUs each."""
    with services_rig(list(workers)) as rig:
        rig.start_head()
        for name, num_cpus in workers.items():
            rig.start_worker(name, num_cpus=num_cpus)
        yield rig


def _opens(request: urllib.request.Request | str) -> bool:
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError:
        return False
    return True


def _until(condition: Callable[[], bool], what: str, limit: float = START_SECONDS) -> None:
    give_up_at = time.monotonic() + limit
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what}: not within {limit:.0f} s")
        time.sleep(0.5)
