"""Compare the CPU time of the executor with that of a compiler process for each program.

    CODEM_RAY_DATA=/path/to/data python bench/execution.py [--limit N] [--languages c,go]

Each arm and language runs in a separate process with empty caches (but both arms get Go's compiled
standard library). CPU-seconds count all processes that an arm starts: our Python,
bubblewrap, compilers, programs. The last line is JSON. Exits 1 if an outcome differs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from cpu_meter import (  # noqa: E402
    adopt_orphans,
    metered,
    own_seconds,
    total_seconds,
    wait_for_orphans,
)
from programs import BENCHMARKS, programs  # noqa: E402

from codem_ray.execution.executor import Executor  # noqa: E402
from codem_ray.execution.staging import stage_harness  # noqa: E402
from codem_ray.languages import language  # noqa: E402
from codem_ray.records import ExecutionResult, Limits, Outcome  # noqa: E402
from codem_ray.runtime.chunks import plan_chunks  # noqa: E402
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox  # noqa: E402
from codem_ray.sandbox.protocol import Command  # noqa: E402
from codem_ray.sandbox.resident import FifoJudge  # noqa: E402

MATRIX_MODELS, MATRIX_PROBLEMS = 10, 164
PHASES = ("start", "warm-up", "supervisor", "sandbox", "compile", "run")


class MeasuringSandbox(BubblewrapSandbox):
    """Adds up the CPU time of compilers, which may write, and of programs, which may not."""

    def __init__(self) -> None:
        super().__init__()
        self.spent = {"compile": 0.0, "run": 0.0}
        self.runs = 0

    def add(self, command: Command, result: ExecutionResult, judge_pid: int | None = None) -> None:
        self.spent["compile" if command.is_writable else "run"] += result.cpu_seconds
        self.runs += 1
        wait_for_orphans(judge_pid)

    def run(self, command: Command) -> ExecutionResult:
        result = super().run(command)
        self.add(command, result)
        return result

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        results = super().run_pair(judge, answer)
        for command, result in zip((judge, answer), results, strict=True):
            self.add(command, result)
        return results

    def open_judge(self, command: Command) -> MeasuringJudge:
        return MeasuringJudge(self, super().open_judge(command))


class MeasuringJudge:
    """Adds up the CPU time of a resident judge and of the answers that it judges."""

    def __init__(self, sandbox: MeasuringSandbox, judge: FifoJudge) -> None:
        self._sandbox, self._judge = sandbox, judge

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        results = self._judge.run(folder, secret, limits, answer)
        for result in results:
            self._sandbox.add(answer, result, self._judge.pid)
        return results

    def close(self) -> None:
        self._judge.close()


def run_arm(
    name: str, arm: str, limit: int | None, sample: int | None, caches: Path
) -> dict[str, Any]:
    """Run one arm with the programs of one language in this process."""
    adopt_orphans()
    chosen = programs(name, limit=limit)
    num_programs = len(chosen)
    if sample is not None:
        chosen = chosen[:: max(1, num_programs // sample)][:sample]
    sandbox = MeasuringSandbox()
    started, start_seconds, before = time.monotonic(), total_seconds(), own_seconds()
    outcomes: dict[str, str] = {}
    if arm == "plain":
        from plain import run_plain

        harness = stage_harness(caches)
        go_cache = _go_cache(caches, harness) if name == "go" else None
        warm = total_seconds()
        for program in chosen:
            answer = program.job.answer or ""
            is_passed = run_plain(
                sandbox, program.job.problem, answer, harness=harness, go_cache=go_cache
            )
            outcomes[program.task_id] = "passed" if is_passed else "not passed"
    else:
        executor = Executor(sandbox, cache_dir=caches)
        executor.compiler_cache(language(name))
        warm = total_seconds()
        jobs = [program.job for program in chosen]
        for chunk in plan_chunks(jobs):
            verdicts = executor.execute([jobs[at] for at in chunk.positions])
            for at, verdict in zip(chunk.positions, verdicts, strict=True):
                outcomes[chosen[at].task_id] = str(verdict.outcome)
    supervisor_seconds = own_seconds() - before
    total = total_seconds()
    return {
        "outcomes": outcomes,
        "scale": num_programs / len(chosen),
        "quarantined": [p.task_id for p in chosen if p.is_quarantined],
        "wall_seconds": time.monotonic() - started,
        "runs": sandbox.runs,
        "phases": {
            "start": start_seconds,
            "warm-up": warm - start_seconds,
            "supervisor": supervisor_seconds,
            "sandbox": total - warm - supervisor_seconds - sum(sandbox.spent.values()),
            **sandbox.spent,
        },
    }


def _go_cache(caches: Path, harness: Path) -> Path | None:
    build = language("go").build
    assert build is not None
    assert build.warm_up is not None
    return build.warm_up(caches, harness)


def measure(
    name: str, arm: str, limit: int | None, shared: Path, sample: int | None = None
) -> dict[str, Any]:
    """Run one arm in a separate process; its CPU time includes the start of Python.

    With `sample`, only that many programs run, and their CPU time is scaled to all programs.
    """
    with tempfile.TemporaryDirectory(prefix="codem-ray-bench-", dir="/var/tmp") as folder:
        # Go's compiled library is shared by both arms; all other caches start empty.
        caches = shared if name == "go" else Path(folder)
        output = Path(folder, "result.json")
        argv = [sys.executable, __file__, "--arm", arm, "--languages", name, "--caches", caches]
        argv += ["--output", output, *(["--limit", str(limit)] if limit else [])]
        argv += ["--plain-sample", str(sample)] if sample else []
        seconds = metered([str(part) for part in argv])
        result: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        start = result["phases"]["start"] if "phases" in result else 0.0
        result["cpu_seconds"] = start + (seconds - start) * result.get("scale", 1.0)
        return result


def differences(ours: dict[str, Any], plain: dict[str, Any]) -> list[str]:
    """Return the programs outside quarantine that pass in one arm only."""
    return [
        f"{task_id}: ours {outcome}, plain {plain['outcomes'][task_id]}"
        for task_id, outcome in ours["outcomes"].items()
        if task_id in plain["outcomes"]
        and (outcome == Outcome.PASSED) != (plain["outcomes"][task_id] == "passed")
        and task_id not in ours["quarantined"]
    ]


def sandbox_overhead(rounds: int = 25, starts_per_round: int = 20) -> dict[str, dict[str, float]]:
    """Measure starts of /usr/bin/true inside and outside the sandbox alternately, in ms.

    Other load on the host only adds time, so the minimum is returned beside the median.
    """

    def bare() -> None:
        pid = os.posix_spawn("/usr/bin/true", ["/usr/bin/true"], {})
        os.waitpid(pid, 0)

    with tempfile.TemporaryDirectory(prefix="codem-ray-bench-") as folder:
        sandbox = MeasuringSandbox()
        command = Command(argv=("/usr/bin/true",), directory=Path(folder))
        starts: dict[str, Callable[[], object]] = {
            "sandbox": lambda: sandbox.run(command),
            "bare": bare,
        }
        found: dict[str, list[float]] = {}
        for _ in range(rounds):
            for label, start in starts.items():
                before, began = total_seconds(), time.perf_counter()
                for _ in range(starts_per_round):
                    start()
                cpu, wall = total_seconds() - before, time.perf_counter() - began
                found.setdefault(f"{label} cpu", []).append(cpu * 1000 / starts_per_round)
                found.setdefault(f"{label} wall", []).append(wall * 1000 / starts_per_round)
    return {
        name: {"median": statistics.median(values), "minimum": min(values)}
        for name, values in found.items()
    }


def print_table(rows: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Print figures by language, then by phase."""
    print(f"\n{'language':<12}{'programs':>9}{'plain s':>9}{'ours s':>9}{'ratio':>7}", end="")
    print(f"{'plain ms':>10}{'ours ms':>9}{'passed':>8}  identical")
    for name, (ours, plain) in rows.items():
        count = len(ours["outcomes"])
        passed = sum(outcome == Outcome.PASSED for outcome in ours["outcomes"].values())
        print(
            f"{name:<12}{count:>9}{plain['cpu_seconds']:>9.1f}{ours['cpu_seconds']:>9.1f}"
            f"{plain['cpu_seconds'] / ours['cpu_seconds']:>7.2f}"
            f"{plain['cpu_seconds'] * 1000 / count:>10.0f}"
            f"{ours['cpu_seconds'] * 1000 / count:>9.0f}{passed:>8}"
            f"  {'no' if differences(ours, plain) else 'yes'}"
        )
    print(f"\nCPU-seconds by phase\n{'language':<12}{'arm':<7}", end="")
    print("".join(f"{phase:>11}" for phase in PHASES) + f"{'wall':>9}")
    for name, arms in rows.items():
        for label, arm in zip(("ours", "plain"), arms, strict=True):
            figures = [arm["phases"][phase] for phase in PHASES]
            print(f"{name:<12}{label:<7}" + "".join(f"{value:>11.2f}" for value in figures), end="")
            print(f"{arm['wall_seconds']:>9.1f}")


def extrapolate(
    rows: dict[str, tuple[dict[str, Any], dict[str, Any]]], page_seconds: float
) -> float:
    """Return the CPU-seconds of 10 models x 8 languages x 164 problems, one-time costs once."""
    total = page_seconds * MATRIX_MODELS * MATRIX_PROBLEMS
    for ours, _ in rows.values():
        once = ours["phases"]["start"] + ours["phases"]["warm-up"]
        rate = (ours["cpu_seconds"] - once) / len(ours["outcomes"])
        total += once + rate * MATRIX_MODELS * MATRIX_PROBLEMS
    return total


def pages_figures(limit: int | None, caches: Path) -> dict[str, float]:
    """Return the CPU-seconds per page of McEval's HTML references."""
    from codem_ray.benchmarks import load
    from codem_ray.extraction.answers import whole_answer
    from codem_ray.records import Job

    jobs = [
        Job(problem=p, answer=whole_answer(p, p.reference))
        for p in load("mceval-html", limit=limit)
        if p.reference is not None
    ]
    # As many jobs as a benchmark of 164 problems.
    jobs = [jobs[at % len(jobs)] for at in range(MATRIX_PROBLEMS if limit is None else limit)]
    executor = Executor(MeasuringSandbox(), cache_dir=caches)
    before = total_seconds()
    verdicts = executor.execute(_distinct(jobs))
    spent = total_seconds() - before
    assert all(verdict.outcome is Outcome.PASSED for verdict in verdicts), verdicts
    return {"seconds": spent / len(jobs)}


def _distinct(jobs: list[Any]) -> list[Any]:
    from dataclasses import replace

    # Equal pages are judged once, so trailing spaces make each page different.
    return [replace(job, answer=f"{job.answer}{' ' * at}") for at, job in enumerate(jobs)]


def main() -> int:
    """Run both arms and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--limit", type=int, help="the first N programs of each language")
    parser.add_argument("--languages", default=",".join(BENCHMARKS), help="default: %(default)s")
    parser.add_argument(
        "--arm", choices=("ours", "plain", "pages", "overhead"), help=argparse.SUPPRESS
    )
    parser.add_argument("--caches", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument(
        "--plain-sample",
        type=int,
        metavar="N",
        help="run N programs of each language in the plain arm and scale their CPU time",
    )
    parser.add_argument(
        "--only-ours", action="store_true", help="leave out the plain arm (for tuning)"
    )
    args = parser.parse_args()
    names = args.languages.split(",")
    if args.arm == "overhead":
        adopt_orphans()
        args.output.write_text(json.dumps({"ms": sandbox_overhead()}), encoding="utf-8")
        return 0
    if args.arm == "pages":
        adopt_orphans()
        args.output.write_text(json.dumps(pages_figures(args.limit, args.caches)), encoding="utf-8")
        return 0
    if args.arm:
        result = run_arm(names[0], args.arm, args.limit, args.plain_sample, args.caches)
        args.output.write_text(json.dumps(result), encoding="utf-8")
        return 0
    rows = {}
    with tempfile.TemporaryDirectory(prefix="codem-ray-bench-", dir="/var/tmp") as folder:
        shared = Path(folder)
        overhead = measure("python", "overhead", None, shared)["ms"]
        for kind in ("median", "minimum"):
            figures = (f"{name} {value[kind]:.2f}" for name, value in overhead.items())
            print(f"start of /usr/bin/true, ms, {kind}: " + ", ".join(figures))
        if "go" in names:
            _go_cache(shared, stage_harness(shared))
        for name in names:
            ours = measure(name, "ours", args.limit, shared)
            plain = (
                ours
                if args.only_ours
                else measure(name, "plain", args.limit, shared, args.plain_sample)
            )
            rows[name] = ours, plain
            print(f"{name}: ours {ours['cpu_seconds']:.1f}, plain {plain['cpu_seconds']:.1f} CPU-s")
            for task_id, outcome in ours["outcomes"].items():
                if outcome != Outcome.PASSED:
                    print(f"  not passed: {task_id}: {outcome}")
        pages = measure("html", "pages", args.limit, shared)["seconds"]
    print_table(rows)
    different = {} if args.only_ours else {n: d for n, r in rows.items() if (d := differences(*r))}
    for name, lines in different.items():
        print(f"\n{name}: outcomes differ:\n  " + "\n  ".join(lines))
    matrix = extrapolate(rows, pages)
    print(f"\na page: {pages * 1000:.0f} ms; matrix of {MATRIX_MODELS} models: {matrix:.0f} CPU-s")
    ours_total, plain_total = (sum(r[at]["cpu_seconds"] for r in rows.values()) for at in (0, 1))
    summary = {
        "cpu_seconds": round(ours_total, 1),
        "cpu_seconds_plain": round(plain_total, 1),
        "ratio": round(plain_total / ours_total, 2),
        "outcomes_identical": not different,
        "programs": sum(len(r[0]["outcomes"]) for r in rows.values()),
        "programs_plain": sum(len(r[1]["outcomes"]) for r in rows.values()),
        "matrix_cpu_seconds": round(matrix),
        "sandbox_overhead_ms": {
            kind: round(overhead["sandbox cpu"][kind] - overhead["bare cpu"][kind], 2)
            for kind in ("median", "minimum")
        },
    }
    print(json.dumps(summary))
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
