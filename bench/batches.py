"""Check that programs get the same outcome in a batch as alone.

    CODEM_RAY_DATA=/path/to/data python bench/batches.py [--limit N] [--languages java,go]

The programs are the references of bench/execution.py, one mutant of each, and each reference
broken in two ways: cut off in the middle, and with an undeclared name. Exits 1 and names the
programs whose outcomes differ.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from programs import BENCHMARKS, programs  # noqa: E402

from codem_ray.execution.executor import Executor  # noqa: E402
from codem_ray.records import Job  # noqa: E402
from codem_ray.sandbox.backends import open_sandbox  # noqa: E402
from codem_ray.scoring.mutations import mutants  # noqa: E402


def variants(job: Job) -> list[tuple[str, Job]]:
    """Return a program, a mutant of it and two broken versions."""
    answer, name = job.answer or "", job.problem.language
    changed = [("mutant", mutant.text) for mutant in mutants(answer, name, limit=1)]
    changed += [("cut off", answer[: len(answer) // 2]), ("undeclared", f"{answer}\nnot_there;\n")]
    return [("reference", job), *((kind, replace(job, answer=text)) for kind, text in changed)]


def main() -> int:
    """Compare the outcomes and print them by language."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--limit", type=int, help="the first N programs of each language")
    parser.add_argument("--languages", default=",".join(BENCHMARKS), help="default: %(default)s")
    args = parser.parse_args()
    executor = Executor(open_sandbox("bubblewrap"), num_threads=len(os.sched_getaffinity(0)))
    differing = 0
    totals: Counter[str] = Counter()
    for name in args.languages.split(","):
        chosen = [
            (f"{program.task_id} {kind}", job)
            for program in programs(name, limit=args.limit)
            if not program.is_quarantined
            for kind, job in variants(program.job)
        ]
        together = executor.execute([job for _, job in chosen])
        counts = Counter(str(verdict.outcome) for verdict in together)
        for (label, job), verdict in zip(chosen, together, strict=True):
            (alone,) = executor.execute([job])
            if alone.outcome != verdict.outcome:
                differing += 1
                print(f"{label}: {verdict.outcome} in a batch, {alone.outcome} alone")
        totals[name] = len(chosen)
        print(f"{name}: {len(chosen)} programs, {dict(counts.most_common())}", flush=True)
    print(json.dumps({"programs": sum(totals.values()), "differing": differing}))
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
