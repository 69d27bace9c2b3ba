"""Run a small sweep; print the seconds of each trial outside training steps, generation and tests.

    python bench/overhead.py [--sweep quickstart] [--sources python,java] [--code FOLDER]
    python bench/overhead.py --set resources.workers=2

The sweep is cut to a few pairs and problems, which changes the work and not the overhead, unless it
is to be `--whole`. The reference gate is off. Wall time is divided by cause from what a run
records: status files, which are read while it runs, and the manifests of stages. CPU time is summed
by kind of process. On a busy machine compare CPU time, and ratios of runs in turn. `--code` runs
the package of another checkout. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

POLL_SECONDS = 0.1
SMALL = ("data.pairs=48", "evaluation.limit=4")
"""Settings that cut a sweep."""
WORK = ("train", "generate", "execute", "loss")
"""Stages that are the work itself."""
NO_OVERHEAD = (*WORK, "wait_train")
"""Other trials train while one waits for its place."""
CAUSES = {
    "trial_start": "start of the trial, until it asks for its place",
    "wait_train": "waiting for a place to train",
    "process": "scheduling, process start, controller, end of the workers",
    "import": "imports of torch, DeepSpeed and transformers",
    "load_model": "data, base weights, check of the architecture",
    "initialise": "DeepSpeed, optimizer, checkpoint",
    "train": "training steps",
    "export": "gathering and writing the weights",
    "store": "placement group, manifest of the export",
    "engine": "waiting for the engine and loading it",
    "generate": "writing completions",
    "loss": "measuring losses",
    "execute": "running programs after the last completion",
    "track": "MLflow",
}


@dataclass
class Seen:
    """Stages of a trial, in the order in which its status showed them."""

    stages: list[tuple[str, float]] = field(default_factory=list)

    def add(self, status: dict[str, Any]) -> None:
        """Note a stage that is new."""
        stage = status["stage"]
        if not self.stages or self.stages[-1][0] != stage:
            self.stages.append((stage, status["stage_started_at"] or status["updated_at"]))

    def seconds(self, stage: str, begin: float, end: float) -> float:
        """Return the time in a stage between two moments."""
        ends = [start for _, start in self.stages[1:]] + [end]
        return sum(
            max(0.0, min(until, end) - max(start, begin))
            for (name, start), until in zip(self.stages, ends, strict=True)
            if name == stage
        )

    def first(self, *stages: str) -> float | None:
        """Return when one of the stages was first shown."""
        return next((start for name, start in self.stages if name in stages), None)


def divide(seen: Seen, export: dict[str, Any] | None) -> dict[str, float]:
    """Return the wall seconds of a finished trial by cause; `export` is its export's manifest."""
    begin, end = seen.stages[0][1], seen.stages[-1][1]
    parts = {stage: seen.seconds(stage, begin, end) for stage in (*WORK, "track")}
    ready = begin
    if export is not None:
        facts, ready = export["facts"], export["finished_at"]
        started = ready - export["seconds"]
        timings = {k: v for k, v in facts["timings"].items() if not k.endswith("_cpu")}
        # A trial waits in the queue before Ray Train starts, and Ray Train's own start is part of
        # the training's time.
        waited = seen.seconds("wait", started, ready)
        if waited:
            # The status shows a wait two seconds after it has begun.
            waited += (seen.first("wait") or started) - started
        parts |= {
            "trial_start": started - begin,
            "wait_train": waited,
            "import": sum(v for k, v in timings.items() if k.startswith("import")),
            **{k: timings.get(k, 0.0) for k in ("load_model", "initialise", "train", "export")},
            "process": facts["seconds"] - sum(timings.values()),
        }
        parts["store"] = export["seconds"] - waited - facts["seconds"]
    first = seen.first("loss", "generate", "execute")
    parts["engine"] = max(0.0, (first or ready) - ready)
    return {cause: round(parts.get(cause, 0.0), 2) for cause in CAUSES}


def kind_of(process: psutil.Process) -> str:
    """Return a name that processes of one kind share."""
    command: list[str] = process.cmdline()
    title = command[0] if command else str(process.name())
    if title.startswith("ray::"):
        return title.removeprefix("ray::").partition(".")[0]
    return Path(title).name.partition(" ")[0]


def watch(run: subprocess.Popen[bytes], root: Path) -> tuple[dict[str, Seen], dict[str, float]]:
    """Read statuses and CPU times until the run has ended."""
    seen: dict[str, Seen] = defaultdict(Seen)
    cpu: dict[tuple[int, float], tuple[str, float]] = {}
    looked = 0.0
    while run.poll() is None:
        for file in root.glob("*/trials/*/status.json"):
            try:
                seen[file.parent.name].add(json.loads(file.read_text(encoding="utf-8")))
            except (OSError, ValueError):
                continue  # It is being replaced.
        if time.monotonic() - looked > 1.0:
            looked = time.monotonic()
            parent = psutil.Process(run.pid)
            for process in [parent, *parent.children(recursive=True)]:
                try:
                    times, key = process.cpu_times(), (process.pid, process.create_time())
                    cpu[key] = (kind_of(process), times.user + times.system)
                except psutil.Error:
                    continue  # It has ended.
        time.sleep(POLL_SECONDS)
    by_kind: dict[str, float] = defaultdict(float)
    for kind, seconds in cpu.values():
        by_kind[kind] += seconds
    return seen, dict(by_kind)


def read_export(root: Path, trial_id: str) -> dict[str, Any] | None:
    """Return the manifest of a trial's export; None: nothing was trained."""
    for file in root.glob(f"*/trials/{trial_id}/export*/manifest.json"):
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return manifest
    return None


def show(trials: dict[str, dict[str, float]], cpu: dict[str, float], wall: float) -> None:
    """Print the tables."""
    names = [name.partition("-")[0] for name in trials]
    print("cause (wall s)".ljust(14), *(name.rjust(11) for name in names), "sum".rjust(9))
    for cause, text in CAUSES.items():
        row = [parts[cause] for parts in trials.values()]
        mark = " " if cause in NO_OVERHEAD else "*"
        print(
            f"{cause}{mark}".ljust(14), *(f"{v:11.1f}" for v in row), f"{sum(row):9.1f}", "", text
        )
    overheads = [overhead(parts) for parts in trials.values()]
    print("overhead".ljust(14), *(f"{v:11.1f}" for v in overheads), f"{sum(overheads):9.1f}")
    print("* counts as overhead")
    print(f"\n{wall:.0f} s of wall time, {sum(cpu.values()):.0f} CPU-seconds:")
    for kind, seconds in sorted(cpu.items(), key=lambda item: -item[1]):
        if seconds >= 0.5:
            print(f"  {seconds:8.1f}  {kind}")


def overhead(parts: dict[str, float]) -> float:
    """Return a trial's seconds that are neither work nor the turn of another trial."""
    return round(sum(v for k, v in parts.items() if k not in NO_OVERHEAD), 2)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sweep", default="quickstart", help="default: %(default)s")
    parser.add_argument("--sources", default="python,javascript", help="default: %(default)s")
    parser.add_argument("--whole", action="store_true", help="all pairs and problems")
    parser.add_argument("--set", action="append", default=[], help="as of `codem-ray run`")
    parser.add_argument("--code", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--folder", type=Path, help="default: a temporary folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as temporary:
        root = args.folder or Path(temporary, "runs")
        settings = [
            f"storage.path={root}",
            f"sources=[{args.sources}]",
            "evaluation.gate=false",
            *([] if args.whole else SMALL),
            *args.set,
        ]
        command = [sys.executable, "-m", "codem_ray", "run", args.sweep]
        for setting in settings:
            command += ["--set", setting]
        environment = os.environ | {"PYTHONPATH": str(args.code), "RAY_TMPDIR": temporary}
        started = time.monotonic()
        run = subprocess.Popen(command, cwd=args.code, env=environment, stdout=subprocess.DEVNULL)
        seen, cpu = watch(run, root)
        wall = time.monotonic() - started
        trials = {
            trial_id: divide(stages, read_export(root, trial_id))
            for trial_id, stages in sorted(seen.items())
        }
    show(trials, cpu, wall)
    figures = {
        trial_id: parts | {"overhead": overhead(parts)} for trial_id, parts in trials.items()
    }
    print(json.dumps({"rc": run.returncode, "wall": round(wall, 1), "cpu": cpu, "trials": figures}))
    return run.returncode


if __name__ == "__main__":
    raise SystemExit(main())
