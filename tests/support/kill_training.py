"""Kill processes and nodes of a small fine-tune at random steps; print what each kill cost.

`python tests/support/kill_training.py FOLDER --kills 20 --seed 1 --seconds 270` runs fine-tunes of
30 steps on a Ray cluster of two nodes of this machine, kills one thing after another, and compares
the weights of each finished fine-tune with those of one that nobody disturbed. FOLDER keeps the
table, so that the same command goes on with the kills that are left.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch
from ray.cluster_utils import Cluster
from recorded_training import BATCH, ROWS, final_weights, recorded_spec

STEPS, EVERY = 30, 4
KINDS = ("worker", "controller", "trial", "driver", "node")
_TITLES = {"worker": "RayTrainWorker", "controller": "TrainController", "trial": "ImplicitFunc"}
"""Part of the name that Ray gives to the process of an actor."""
DRIVER = Path(__file__).with_name("kill_driver.py")
HEALTH = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}
WAIT_SECONDS = 200.0


@dataclass(frozen=True)
class Kill:
    """One kill and what it cost."""

    kind: str
    step: int
    is_while_writing: bool
    resumed_at: int
    seconds_lost: float
    """From the kill until the step at which it happened was reached again."""


class Scene:
    """A cluster with a head without CPUs and a node for the workers, and the driver on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "include_dashboard": False,
                "_system_config": HEALTH,
                "temp_dir": f"/tmp/kt{os.getpid()}",
            },
        )
        self.node = self.cluster.add_node(num_cpus=2)
        self.driver: subprocess.Popen[bytes] | None = None

    def start_driver(self, spec_file: Path) -> None:
        log = (self._folder / "driver.log").open("ab")
        self.driver = subprocess.Popen(
            [sys.executable, str(DRIVER), str(spec_file)],
            env=os.environ | {"RAY_ADDRESS": self.cluster.address},
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def kill(self, kind: str, spec_file: Path) -> None:
        """Kill one process, or the node with its workers; start again what no one else would."""
        if kind == "node":
            self.cluster.remove_node(self.node, allow_graceful=False)
            self.node = self.cluster.add_node(num_cpus=2)
        elif kind == "driver":
            assert self.driver is not None
            self.driver.kill()
            self.driver.wait()
            self.start_driver(spec_file)
        else:
            random_one(processes(_TITLES[kind])).kill()

    def close(self) -> None:
        if self.driver is not None:
            self.driver.kill()
            self.driver.wait()
        self.cluster.shutdown()
        shutil.rmtree(f"/tmp/kt{os.getpid()}", ignore_errors=True)


def random_one(found: list[psutil.Process]) -> psutil.Process:
    if not found:
        raise RuntimeError("the process to be killed is not there")
    return random.choice(found)


def processes(title: str) -> list[psutil.Process]:
    """Return the processes of this script's cluster with a title of Ray."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if title in " ".join(process.cmdline())
    ]


def progress_of(folder: Path) -> tuple[int, int]:
    """Return the process of rank 0 and its step; zeros before the first step."""
    path = folder / "progress"
    words = path.read_text().split() if path.exists() else []
    return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)


def await_that(scene: Scene, folder: Path, reached: Callable[[], bool]) -> bool:
    """Wait until a condition holds; False if the driver has ended before."""
    limit = time.monotonic() + WAIT_SECONDS
    while not reached():
        assert scene.driver is not None
        if (code := scene.driver.poll()) is not None:
            if code:
                raise RuntimeError(
                    f"the driver ended with {code}: see {folder.parent / 'driver.log'}"
                )
            return False
        if time.monotonic() > limit:
            raise RuntimeError(f"waited {WAIT_SECONDS:.0f} s: see {folder.parent / 'driver.log'}")
        time.sleep(0.005)
    return True


def await_progress(scene: Scene, folder: Path, *, step: int = 0, other_than: int = 0) -> bool:
    """Wait until a process, other than the given one, has reached a step."""

    def reached() -> bool:
        process, its_step = progress_of(folder)
        return process not in (0, other_than) and its_step >= step

    return await_that(scene, folder, reached)


def run_killed(
    scene: Scene, spec: Any, folder: Path, kinds: list[str], deadline: float
) -> list[Kill]:
    """Run one fine-tune and kill until it is done; return the kills."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spec = replace(
        spec,
        ray_storage_path=str(folder / "ray"),
        export_folder=str(folder / "export"),
        node_folder=str(folder / "node") if random.random() < 0.5 else "",
    )
    (folder / "spec").write_bytes(pickle.dumps(spec))
    staging = folder / "node" if spec.node_folder else folder / "ray"
    kills: list[Kill] = []
    scene.start_driver(folder / "spec")
    before = 0
    while kinds and time.monotonic() < deadline:
        target = random.randint(before + 1, min(STEPS - 2, before + 5))
        if not await_progress(scene, folder, step=target):
            break
        is_while_writing = random.random() < 0.5 and target + EVERY < STEPS
        if is_while_writing and not await_that(scene, folder, lambda: is_writing(staging)):
            break
        time.sleep(random.random() * (0.02 if is_while_writing else 0.3))
        (process, step), started = progress_of(folder), time.monotonic()
        kind = kinds.pop()
        scene.kill(kind, folder / "spec")
        await_progress(scene, folder, other_than=process)
        resumed_at = progress_of(folder)[1]
        await_progress(scene, folder, step=step, other_than=process)
        lost = time.monotonic() - started
        kills.append(Kill(kind, step, is_while_writing, resumed_at, round(lost, 1)))
        print(kills[-1], flush=True)
        before = step
        if before >= STEPS - 3:
            break
    await_that(scene, folder, lambda: False)
    return kills


def is_writing(staging: Path) -> bool:
    """Whether a rank has files of a checkpoint that it has not published."""
    return any(staging.glob("**/rank-*/files/**/*.pt"))


def main() -> None:
    """Run the kills that are left and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=270.0)
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    root: Path = options.folder.resolve()
    root.mkdir(parents=True, exist_ok=True)
    table = root / "kills.json"
    done: list[dict[str, Any]] = json.loads(table.read_text()) if table.exists() else []
    seed = options.seed + len(done)
    random.seed(seed)
    spec = recorded_spec(
        root,
        "llama",
        "killed",
        epochs=STEPS * BATCH / ROWS,
        checkpoint_every_steps=EVERY,
    )
    kinds = [KINDS[number % len(KINDS)] for number in range(options.kills)][len(done) :][::-1]
    scene = Scene(root)
    try:
        quiet = replace(
            spec,
            ray_storage_path=str(root / "quiet" / "ray"),
            export_folder=str(root / "quiet" / "export"),
        )
        if not Path(quiet.export_folder).exists():
            (root / "quiet").mkdir(exist_ok=True)
            (root / "quiet" / "spec").write_bytes(pickle.dumps(quiet))
            scene.start_driver(root / "quiet" / "spec")
            await_that(scene, root / "quiet", lambda: False)
        expected = final_weights(quiet)
        while kinds and time.monotonic() < deadline:
            folder = root / f"from-{len(done):02d}"
            kills = run_killed(scene, spec, folder, kinds, deadline)
            found = final_weights(replace(spec, export_folder=str(folder / "export")))
            is_equal = all(torch.equal(found[name], expected[name]) for name in expected)
            done += [asdict(kill) | {"seed": seed, "is_equal": is_equal} for kill in kills]
            table.write_text(json.dumps(done, indent=1))
    finally:
        scene.close()
    print(
        f"{'kind':<12}{'step':>5}{'writing':>9}{'resumed':>9}{'lost, s':>9}{'equal':>7}{'seed':>6}"
    )
    for kill in done:
        print(
            f"{kill['kind']:<12}{kill['step']:>5}{'yes' if kill['is_while_writing'] else 'no':>9}"
            f"{kill['resumed_at']:>9}{kill['seconds_lost']:>9.1f}"
            f"{'yes' if kill['is_equal'] else 'NO':>7}{kill['seed']:>6}"
        )
    sys.exit(0 if len(done) >= options.kills and all(kill["is_equal"] for kill in done) else 1)


if __name__ == "__main__":
    main()
