"""Plain-text tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.config import Sweep
from codem_ray.sweep.plan import SweepPlan


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Align columns; the first `left` to the left, the others to the right."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = []
    for row in cells:
        parts = [
            text.ljust(width) if index < left else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def size_text(num_bytes: float) -> str:
    """Return a number of bytes as people write it."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if num_bytes >= 10 else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def count_text(number: int) -> str:
    """Return a count with thousands separated."""
    return f"{number:,}"


def plan_text(plan: SweepPlan, sweep: Sweep) -> str:
    """Return what `codem-ray plan` prints."""
    about = "~" if plan.is_estimate else ""
    trials = text_table(
        ("trial", "source", "seed", "pairs", "tokens", "steps", "scored as"),
        [
            (
                trial.trial_id,
                trial.source,
                str(trial.seed),
                count_text(trial.pairs) if trial.pairs else "-",
                about + count_text(trial.tokens) if trial.tokens else "-",
                about + count_text(trial.steps) if trial.steps else "-",
                ", ".join(trial.styles),
            )
            for trial in plan.trials
        ],
        left=2,
    )
    benchmarks = text_table(
        ("benchmark", "target", "problems", "quarantined", "digest"),
        [
            (
                b.name + (" (limited)" if b.is_limited else ""),
                b.target,
                str(b.problems),
                str(b.quarantined),
                b.digest,
            )
            for b in plan.benchmarks
        ],
        left=2,
    )
    asked = sum(b.problems * len(t.styles) for t, b in _pairs(plan)) * sweep.generation.samples
    wanted = sweep.resources
    gpus = f" + {wanted.gpus_per_worker:g} GPU" if wanted.gpus_per_worker else ""
    facts = [
        f"completions   {count_text(asked)}, up to {sweep.generation.max_new_tokens} tokens each",
        (
            f"workers       {wanted.workers} x ({wanted.cpus_per_worker:g} CPU{gpus}) a trial, "
            f"ZeRO stage {sweep.training.zero_stage}"
        ),
    ]
    if plan.memory_bytes_per_worker is not None and plan.disk_bytes is not None:
        facts.append(f"memory        ~{size_text(plan.memory_bytes_per_worker)} a worker")
        facts.append(
            f"disk          ~{size_text(plan.disk_bytes)} at most, trials one after the other"
        )
    if plan.detectable_gain is None:
        facts.append(
            "detects       no gain in one cell: too few independent groups of problems for a "
            "matrix of this size; read the rows together"
        )
    else:
        fewest = min(plan.benchmarks, key=lambda one: one.groups)
        facts.append(
            f"detects       gains of {100 * plan.detectable_gain:.0f} points or more in a cell of "
            f"{fewest.name}, which has the fewest groups of problems ({fewest.groups}); 80 % "
            "power, a quarter of the problems discordant or as many as the gain, corrected over "
            "the matrix"
        )
    notes = "".join(f"note: {note}\n" for note in plan.notes)
    estimate = "~ marks estimates: nothing was tokenised or loaded.\n" if plan.is_estimate else ""
    return (
        f"sweep {plan.name} ({plan.digest}): {len(plan.trials)} trials, "
        f"{len(plan.cells())} cells\n\n{trials}\n{benchmarks}\n"
        + "\n".join(facts)
        + f"\n{estimate}{notes}"
    )


def _pairs(plan: SweepPlan) -> list[tuple]:  # type: ignore[type-arg]
    return [(trial, benchmark) for trial in plan.trials for benchmark in plan.benchmarks]


def counted(number: int, noun: str) -> str:
    """Return "1 problem", "2 problems"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
