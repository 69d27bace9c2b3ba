"""Check that eight busy processes beside the executor change no outcome.

    CODEM_RAY_DATA=/path/to/data python bench/load.py [--limit N] [--benchmarks a,b] [--busy 8]

Judges references, broken controls and mutants of each benchmark twice, without the verdict cache:
first on the idle machine, then beside processes that only compute. Each language adds a program
that never ends, and a program that passes with half of its CPU time. The last line is JSON. Exits 1
if an outcome differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from codem_ray.benchmarks import BENCHMARKS, is_local, load
from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import LANGUAGES, language
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.scoring.mutations import mutants

ENDLESS, HALF = "never ends", "half of its time"
_SPIN = "import os\nwhile os.getppid() == {parent}:\n    for _ in range(10**6):\n        pass\n"
_HALF = {
    "python": "import time\nwhile time.process_time() < {seconds}:\n    pass\n",
    "javascript": "const spent = (u) => u.user + u.system;\n"
    "while (spent(process.cpuUsage()) < {seconds} * 1e6) {{}}\n",
    "c": "#include <time.h>\n__attribute__((constructor)) static void spin(void) {{\n"
    "    while (clock() < {seconds} * CLOCKS_PER_SEC) {{}}\n}}\n",
    "cpp": "#include <ctime>\nstatic int spin() {{\n"
    "    while (clock() < {seconds} * CLOCKS_PER_SEC) {{}}\n    return 0;\n}}\n"
    "static int spun = spin();\n",
}
"""Code that only uses `seconds` of CPU time. It is placed before an answer."""


@dataclass(frozen=True, slots=True)
class TableProgram:
    """One answer and the row of the table in which it is counted."""

    row: str
    name: str
    job: Job


def benchmark_programs(name: str, limit: int | None, num_mutants: int) -> Iterator[TableProgram]:
    """Yield references, broken controls and mutants; quarantined problems are left out."""
    for problem in load(name, limit=limit):
        if problem.quarantine is not None or problem.reference is None:
            continue
        wrong = [mutant.text for mutant in mutants(problem.reference, problem.language)]
        texts = {"reference": problem.reference}
        texts |= {f"control {at}": text for at, text in enumerate(problem.broken)}
        texts |= {f"mutant {at}": text for at, text in enumerate(wrong[:num_mutants])}
        for kind, text in texts.items():
            yield TableProgram(
                name,
                f"{problem.task_id} {kind}",
                Job(problem=problem, answer=whole_answer(problem, text)),
            )


def language_programs(names: Sequence[str]) -> Iterator[TableProgram]:
    """Yield an endless program of each language, and a program that uses half of its CPU limit."""
    for name in names:
        spec = LANGUAGES[name]
        problem = Problem(
            benchmark="load",
            task_id=name,
            language=name,
            prompt="",
            instruction="",
            tests=spec.samples.tests,
        )
        yield TableProgram(ENDLESS, name, Job(problem=problem, answer=spec.samples.loops))
        if name in _HALF:
            head = _HALF[name].format(seconds=spec.limits.cpu_seconds / 2)
            answer = head + spec.samples.passes
            yield TableProgram(HALF, name, Job(problem=problem, answer=answer))


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep `count` processes computing; they also end if this process is killed."""
    spin = [sys.executable, "-c", _SPIN.format(parent=os.getpid())]
    spinners = [subprocess.Popen(spin) for _ in range(count)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def judge(
    label: str, programs: Sequence[TableProgram], checks: Mapping[str, int], threads: int
) -> tuple[list[Verdict], float]:
    """Judge all programs; return the verdicts and the time taken."""
    executor = Executor(open_sandbox("bubblewrap"), num_threads=threads)
    executor.expected_checks.update(checks)
    started, done = time.monotonic(), 0

    def progress(more: int) -> None:
        nonlocal done
        done += more
        print(f"\r{label}: {done}/{len(programs)}", end="", file=sys.stderr)

    verdicts = executor.execute([program.job for program in programs], progress=progress)
    seconds = time.monotonic() - started
    load_average = os.getloadavg()[0]
    print(f"\r{label}: {seconds:.0f} s, load average {load_average:.1f}", file=sys.stderr)
    return verdicts, seconds


def expected_checks(
    programs: Sequence[TableProgram], verdicts: Sequence[Verdict]
) -> dict[str, int]:
    """Return the number of checks of each reference, by problem digest."""
    return {
        program.job.problem.digest(): verdict.checks_done
        for program, verdict in zip(programs, verdicts, strict=True)
        if program.name.endswith(" reference") and verdict.outcome is Outcome.PASSED
    }


def print_table(
    programs: Sequence[TableProgram], idle: Sequence[Verdict], loaded: Sequence[Verdict]
) -> None:
    """Print counts and CPU time by row; `nearest` is the largest share of the limit in a pass."""
    print(
        f"{'benchmark':<24}{'programs':>9}{'pass idle':>10}{'pass busy':>10}{'differ':>7}", end=""
    )
    print(f"{'CPU s idle':>11}{'CPU s busy':>11}{'nearest idle':>13}{'nearest busy':>13}")
    for row in dict.fromkeys(program.row for program in programs):
        positions = [at for at, program in enumerate(programs) if program.row == row]
        differ = sum(idle[at].outcome is not loaded[at].outcome for at in positions)
        line = f"{row:<24}{len(positions):>9}"
        passes, spent, nearest = [], [], []
        for verdicts in (idle, loaded):
            passed = [at for at in positions if verdicts[at].outcome is Outcome.PASSED]
            passes.append(len(passed))
            spent.append(
                sum(
                    verdicts[at].compile_cpu_seconds + verdicts[at].run_cpu_seconds
                    for at in positions
                )
            )
            shares = [verdicts[at].run_cpu_seconds / _cpu_limit(programs[at]) for at in passed]
            nearest.append(f"{max(shares, default=0.0):.0%}")
        print(f"{line}{passes[0]:>10}{passes[1]:>10}{differ:>7}", end="")
        print(f"{spent[0]:>11.1f}{spent[1]:>11.1f}{nearest[0]:>13}{nearest[1]:>13}")


def _cpu_limit(program: TableProgram) -> float:
    return language(program.job.problem.language).limits.cpu_seconds


def chosen_programs(args: argparse.Namespace) -> list[TableProgram]:
    """Return the programs selected by the arguments."""
    names = args.benchmarks.split(",") if args.benchmarks else list(BENCHMARKS)
    present = [name for name in LANGUAGES if not missing_toolchains([LANGUAGES[name]])]
    found: list[TableProgram] = []
    for name in names:
        if BENCHMARKS[name].language not in present or not is_local(name):
            print(f"{name}: left out, because its toolchain or file is missing", file=sys.stderr)
            continue
        found += benchmark_programs(name, args.limit, args.mutants)
    return found if args.no_endless else [*found, *language_programs(present)]


def main() -> int:
    """Run both arms and compare their outcomes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--benchmarks", help="names, comma-separated; default: all that are available"
    )
    parser.add_argument("--limit", type=int, help="the first N problems of each benchmark")
    parser.add_argument("--mutants", type=int, default=1, help="mutants of each reference")
    parser.add_argument(
        "--busy",
        type=int,
        default=8,
        help="busy processes in the second arm (default: %(default)s)",
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--no-endless", action="store_true", help="only programs of the benchmarks")
    args = parser.parse_args()
    programs = chosen_programs(args)
    references = [program for program in programs if program.name.endswith(" reference")]
    found, _ = judge("references", references, {}, args.threads)
    checks = expected_checks(references, found)
    idle, idle_seconds = judge("idle", programs, checks, args.threads)
    with busy(args.busy):
        loaded, loaded_seconds = judge(f"{args.busy} busy", programs, checks, args.threads)
    print_table(programs, idle, loaded)
    differing = 0
    for program, before, after in zip(programs, idle, loaded, strict=True):
        if before.outcome is not after.outcome:
            differing += 1
            print(f"{program.row}, {program.name}: {_brief(before)} idle, {_brief(after)} busy")
    figures = {
        "programs": len(programs),
        "differing": differing,
        "identical": len(programs) - differing,
        "busy_processes": args.busy,
        "idle_seconds": round(idle_seconds, 1),
        "loaded_seconds": round(loaded_seconds, 1),
    }
    print(json.dumps(figures))
    return 1 if differing else 0


def _brief(verdict: Verdict) -> str:
    message = verdict.message.partition("\n")[0][:200]
    return f"{verdict.outcome} ({verdict.run_cpu_seconds:.2f} CPU-s; {message})"


if __name__ == "__main__":
    sys.exit(main())
