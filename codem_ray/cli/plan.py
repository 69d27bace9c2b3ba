"""Show a sweep's trials, tokens, steps, memory, disk, hours, cost, and the smallest gain that its
design can detect. Starts nothing, and needs a network only if storage is remote."""

from __future__ import annotations

import argparse

from codem_ray.cli.options import add_json, add_sweep, read_sweep
from codem_ray.cli.output import print_json, size_text
from codem_ray.cli.plan_hardware import hardware_table
from codem_ray.config import Sweep
from codem_ray.errors import ExitCode
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.tokens.source_draws import trained_sources
from codem_ray.training.attention import expected_attention
from codem_ray.wording import plural, text_table

EXAMPLES = """\
examples:
  codem-ray plan quickstart
  codem-ray plan codem-7b --set resources.workers=16 --price 2.5
  codem-ray plan codem-7b --set 'cluster.training_labels={ray.io/accelerator-type: H100}'
  codem-ray plan my-sweep.yaml --json | jq '.trials[].steps'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    parser.add_argument(
        "--price",
        type=float,
        metavar="P",
        help="price of a GPU hour, or without GPUs of a core hour; prints the cost",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    sweep = read_sweep(args)
    plan = plan_offline(sweep).plan
    if args.json:
        print_json(plan.to_json())
    else:
        print(plan_text(plan, sweep, args.price), end="")
    return ExitCode.COMPLETE


def plan_text(plan: SweepPlan, sweep: Sweep, price: float | None = None) -> str:
    """Return the plan as text; `price` is that of a GPU hour, or without GPUs of a core hour."""
    estimate = "~ marks estimates: nothing was tokenised or loaded.\n" if plan.is_estimate else ""
    facts = [*_workload(plan, sweep), *_sizes(plan), *_time(plan, price), _detectable(plan)]
    return (
        f"sweep {plan.name} ({plan.digest}): {plural(len(plan.trials), 'trial')}, "
        f"{plural(plan.num_cells, 'cell')}\n"
        f"\n{_trials(plan)}\n{_benchmarks(plan)}\n"
        + "".join(f"{fact}\n" for fact in facts)
        + (f"\n{table}\n" if (table := hardware_table(plan.hardware, plan.time)) else "")
        + estimate
        + "".join(f"note: {note}\n" for note in plan.notes)
    )


def _trials(plan: SweepPlan) -> str:
    about = "~" if plan.is_estimate else ""
    return text_table(
        ("trial", "source", "seed", "pairs", "tokens", "steps", "scored as"),
        [
            (
                trial.trial_id,
                trial.source,
                str(trial.seed),
                trial.pairs or None,
                f"{about}{trial.tokens:,}" if trial.tokens else None,
                f"{about}{trial.steps:,}" if trial.steps else None,
                ", ".join(trial.styles),
            )
            for trial in plan.trials
        ],
        left=2,
    )


def _benchmarks(plan: SweepPlan) -> str:
    return text_table(
        ("benchmark", "target", "problems", "quarantined", "digest"),
        [
            (
                benchmark.name + (" (limited)" if benchmark.is_limited else ""),
                benchmark.target,
                benchmark.problems,
                benchmark.quarantined,
                benchmark.digest,
            )
            for benchmark in plan.benchmarks
        ]
        + [
            (
                answers.name + (" (limited)" if answers.is_limited else ""),
                answers.target,
                answers.answers,
                0,
                answers.digest,
            )
            for answers in plan.losses
        ],
        left=2,
    )


def _workload(plan: SweepPlan, sweep: Sweep) -> list[str]:
    resources, generation = sweep.resources, sweep.generation
    gpus = f" + {resources.gpus_per_worker:g} GPU" if resources.gpus_per_worker else ""
    completions = (
        f"completions   {plan.num_prompts * generation.samples:,}, up to "
        f"{generation.max_new_tokens} tokens each"
    )
    workers = (
        f"workers       {resources.workers} x ({resources.cpus_per_worker:g} CPU{gpus}) a trial, "
        f"ZeRO stage {sweep.training.zero_stage}"
    )
    has_gpu = resources.gpus_per_worker > 0
    attention = [f"attention     {expected_attention(sweep.training, has_gpu=has_gpu)}"]
    answers = sum(facts.answers for _, facts, _ in plan.loss_cells())
    losses = [f"losses        {answers:,} reference answers to score"] if answers else []
    return [completions, *losses, workers, *(attention if trained_sources(sweep.sources) else [])]


def _sizes(plan: SweepPlan) -> list[str]:
    if plan.memory_bytes_per_worker is None or plan.disk_bytes is None:
        return []
    return [
        f"memory        ~{size_text(plan.memory_bytes_per_worker)} a worker",
        f"disk          ~{size_text(plan.disk_bytes)} at most, trials one after the other",
    ]


def _time(plan: SweepPlan, price: float | None) -> list[str]:
    time = plan.time
    if time is None:
        return []
    parts = {
        "training": time.training_hours,
        "generation": time.generation_hours,
        "execution": time.execution_hours,
    }
    device = f"GPU hours, if they are {time.gpu}s" if time.device == "GPU" else "core hours"
    cost = "" if price is None else f", {price * time.device_hours:,.2f} at {price:g} an hour"
    return [
        f"time          ~{time.hours:.2g} hours, trials one after the other ("
        + ", ".join(f"{name} {hours:.2g}" for name, hours in parts.items())
        + ")",
        f"cost          ~{time.device_hours:.2g} {device}{cost}",
    ]


def _detectable(plan: SweepPlan) -> str:
    if plan.detectable_gain is None:
        return (
            "detects       no gain in one cell: too few independent groups of problems for a "
            "matrix of this size; read the rows together"
        )
    fewest = min(plan.benchmarks, key=lambda benchmark: benchmark.groups)
    return (
        f"detects       gains of {100 * plan.detectable_gain:.0f} points or more in a cell of "
        f"{fewest.name}, which has the fewest groups of problems ({fewest.groups}); 80 % "
        "power, a quarter of the problems discordant or as many as the gain, corrected over "
        "the matrix"
    )
