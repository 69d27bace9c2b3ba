"""A sweep on the rig's cluster: its file, its objects in the store, and what its trials do now."""

from __future__ import annotations

import csv
import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
from machines import Machine
from ray_rig import BUCKET, Job, RayRig
from tiny_sweep import SWEEP as TINY

from codem_ray.sweep.stages import suffixed

# Long enough to be disturbed in each stage.
SWEEP = TINY.replace("epochs: 2", "epochs: 6").replace("limit: 4", "limit: 12, cache: false")
PROCESS_OF_STAGE = {
    "train": re.compile("ray::RayTrainWorker"),
    "generate": re.compile("ray::_?GeneratorActor"),
    "execute": re.compile("ray::_?ExecutorActor"),
}
"""What a machine runs for a stage, as `ps` shows it."""
FILE = "tiny.yaml"
LOSS = "train/loss"
RUN_SECONDS = 900
"""Longest time of an undisturbed run on a busy machine."""


@dataclass(frozen=True)
class ClusterSweep:
    """The small sweep with a folder of its own in the store and an experiment of its own."""

    rig: RayRig
    name: str
    folder: Path
    """Working directory of its jobs."""

    @classmethod
    def create(cls, rig: RayRig, name: str, parent: Path) -> ClusterSweep:
        """Write the sweep file."""
        folder = parent / name
        folder.mkdir()
        text = SWEEP.replace("name: tiny", f"name: {name}")
        storage = f"storage: {{path: s3://{BUCKET}/runs}}\n"
        tracking = f"tracking: {{uri: {rig.mlflow_url}}}\n"
        (folder / FILE).write_text(text + storage + tracking)
        return cls(rig, name, folder)

    def submit(self, attempt: int = 1, *options: str) -> Job:
        """Submit it; each attempt is a job of its own."""
        command = ("codem-ray", "run", FILE, *options)
        return self.rig.submit(self.folder, *command, name=f"{self.name}-{attempt}")

    def matrix(self, suffix: str = "") -> list[dict[str, str]]:
        """Return the rows of the transfer matrix of its run with a `storage.suffix`."""
        report = suffixed("report", suffix)
        text = self._object(f"{BUCKET}/runs/{self.name}/{report}/transfer_matrix.csv").decode()
        return list(csv.DictReader(text.splitlines()))

    def statuses(self) -> list[dict[str, Any]]:
        """Return the status of each trial that has one."""
        keys = self.keys("trials/")
        return [json.loads(self._object(key)) for key in keys if key.endswith("/status.json")]

    def keys(self, prefix: str = "") -> list[str]:
        """Return the names of its objects below a folder."""
        found: list[str] = self._store().find(f"{BUCKET}/runs/{self.name}/{prefix}")
        return found

    def _object(self, key: str) -> bytes:
        content: bytes = self._store().cat_file(key)
        return content

    def _store(self) -> Any:
        return fsspec.filesystem(
            "s3",
            endpoint_url=self.rig.store_url,
            key=self.rig.storage_environment["AWS_ACCESS_KEY_ID"],
            secret=self.rig.storage_environment["AWS_SECRET_ACCESS_KEY"],
            use_listings_cache=False,
        )

    def is_in(self, stage: str, step: int = 0) -> Callable[[], bool]:
        """Return a test of whether some trial is in a stage, and has trained so many steps."""
        return lambda: any(s["stage"] == stage and s["step"] >= step for s in self.statuses())

    def machine_of(self, stage: str) -> Machine:
        """Return the last worker machine with a process of a stage."""
        found = [
            machine
            for machine in self.rig.workers.values()
            if any(map(PROCESS_OF_STAGE[stage].match, machine.processes().values()))
        ]
        assert found, f"no worker machine has a process of {stage}"
        return found[-1]

    def logged(self) -> list[tuple[str, str, list[int]]]:
        """Return kind, status and steps with a loss of each of its runs in MLflow."""
        experiment = self._mlflow(f"experiments/get-by-name?experiment_name={self.name}")
        ids = [experiment["experiment"]["experiment_id"]]
        found = self._mlflow("runs/search", {"experiment_ids": ids, "max_results": 1000})
        runs = []
        for run in found.get("runs", []):
            tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
            query = f"run_id={run['info']['run_id']}&metric_key={LOSS}"
            points = self._mlflow(f"metrics/get-history?{query}").get("metrics", [])
            steps = [int(point["step"]) for point in points]
            runs.append((tags["codem_ray.kind"], run["info"]["status"], steps))
        return sorted(runs)

    def _mlflow(self, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.rig.mlflow_url}/api/2.0/mlflow/{call}",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@dataclass(frozen=True)
class Undisturbed:
    """A run of the small sweep to which nothing happened."""

    sweep: ClusterSweep
    job: Job
    seconds: float
