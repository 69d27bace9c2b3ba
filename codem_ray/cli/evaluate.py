"""Score one model on chosen targets, or completions that were made elsewhere. Nothing is trained;
with --model the same command goes on where it stopped. --completions needs neither torch nor Ray:
FILE has rows of `task_id` and `completion`, a body to follow the prompt or a whole answer."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from codem_ray.cli.options import add_json, positive_int, print_json
from codem_ray.errors import ConfigError, ExitCode

EXAMPLES = """\
examples:
  codem-ray evaluate --model ./my-model --targets python java
  codem-ray evaluate --model bigcode/starcoderbase-1b --benchmarks humaneval-x-go --style completion
  codem-ray evaluate --completions mine.jsonl --benchmark humaneval-x-java --out scored.jsonl
  codem-ray evaluate --model runs/quickstart/trials/python-s0-*/export --targets html --limit 10
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="M", help="hub id or folder")
    what.add_argument("--completions", metavar="FILE", help="JSON lines to score")
    parser.add_argument(
        "--benchmark", metavar="B", help="with --completions: a name, or a file of problems"
    )
    parser.add_argument("--out", metavar="OUT", help="with --completions: rows with outcomes")
    parser.add_argument("--revision", metavar="COMMIT", help="pinned commit of a hub id")
    parser.add_argument(
        "--targets", nargs="+", metavar="LANGUAGE", help="each language's benchmark that is at hand"
    )
    parser.add_argument(
        "--benchmarks", nargs="+", metavar="B", help="benchmarks by name, in place of --targets"
    )
    parser.add_argument(
        "--template",
        default="alpaca",
        help="what goes around an instruction (default %(default)s); see data.template",
    )
    parser.add_argument("--storage", default="runs", metavar="DIR", help="default %(default)s")
    parser.add_argument("--limit", type=positive_int, metavar="N", help="first N problems of each")
    parser.add_argument("--max-new-tokens", type=positive_int, default=512, metavar="N")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="any key of a sweep file, as in generation.samples=10; may be repeated",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Score and print; exit 4 when a verdict is missing."""
    if args.completions:
        return _score_file(args)
    from codem_ray.cli.run import run_and_print
    from codem_ray.config.load import sweep_from

    if args.targets and args.benchmarks:
        raise ConfigError("give --targets or --benchmarks, not both")
    if not args.targets and not args.benchmarks:
        raise ConfigError("say what to score: --targets python java, or --benchmarks NAME")
    benchmarks = args.benchmarks or _benchmarks_of(args.targets)
    raw = {
        "name": "evaluate-" + _slug(args.model),
        "base_model": {"path": args.model, "revision": args.revision},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}], "template": args.template},
        "generation": {"max_new_tokens": args.max_new_tokens},
        "evaluation": {"benchmarks": benchmarks, "limit": args.limit},
        "storage": {"path": args.storage},
    }
    return int(run_and_print(sweep_from(raw, args.overrides, "evaluate"), is_json=args.json))


def _score_file(args: argparse.Namespace) -> int:
    from codem_ray.benchmarks import load
    from codem_ray.cli.progress import progress_bar
    from codem_ray.evaluation.gate import validate_benchmark
    from codem_ray.evaluation.scoring import read_completion_rows, score_file, write_scored
    from codem_ray.execution.executor import Executor
    from codem_ray.records import Job, Verdict
    from codem_ray.sandbox.host import open_sandbox

    if not args.benchmark:
        raise ConfigError("--completions needs --benchmark: a name of `codem-ray ls benchmarks`")
    problems = load(args.benchmark, limit=args.limit)
    rows = read_completion_rows(Path(args.completions), problems)
    asked = {str(row.values["task_id"]) for row in rows}
    executor = Executor(open_sandbox("bubblewrap"), num_threads=len(os.sched_getaffinity(0)))

    with progress_bar("programs") as advance:

        def execute(jobs: Sequence[Job]) -> list[Verdict]:
            advance(0, len(jobs))
            return executor.execute(jobs, progress=lambda done: advance(done, 0))

        # A reference says how many checks there are; an answer that ends before them is no pass.
        gate = validate_benchmark([p for p in problems if p.task_id in asked], execute)
        gate.raise_if_failed()
        executor.expected_checks.update(gate.expected_checks)
        judged, score = score_file(rows, problems, execute)
    if args.out:
        write_scored(Path(args.out), rows, judged)
    if args.json:
        print_json(asdict(score))
    else:
        low, high = score.interval
        print(
            f"{args.benchmark}: pass@1 {100 * score.pass_at_1:.1f} % "
            f"({100 * low:.1f} to {100 * high:.1f}), {score.problems} problems"
        )
        for outcome, count in sorted(score.outcomes.items(), key=lambda item: -item[1]):
            print(f"  {outcome}: {count}")
        if score.unanswered:
            print(f"  {score.unanswered} problems of the benchmark have no completion in the file")
    return ExitCode.INCOMPLETE if score.is_incomplete else ExitCode.COMPLETE


def _slug(model: str) -> str:
    from codem_ray.storage import digest_of

    path = Path(model)
    if not path.is_dir():
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in model).strip("-")
    # An export's folder is always called `export`, so the name of its trial tells more.
    name = path.resolve().name if path.resolve().name != "export" else path.resolve().parent.name
    return f"{name}-{digest_of(str(path.resolve()))[:6]}"


def _benchmarks_of(targets: Sequence[str]) -> list[str]:
    from codem_ray.benchmarks import BENCHMARKS
    from codem_ray.languages import language
    from codem_ray.sweep.inputs import is_at_hand

    chosen = []
    for target in targets:
        name = language(target).name
        own = [spec.name for spec in BENCHMARKS.values() if spec.language == name]
        real = [one for one in own if not one.startswith("starter-") and is_at_hand(one)]
        chosen.append((real or own)[0])
    return chosen
