"""The text that `codem-ray evaluate --completions` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codem_ray.cli.output import listing, plural

if TYPE_CHECKING:
    from codem_ray.scoring.summary import FileScore, PassAtK

_SHOWN = 20


def score_text(score: FileScore) -> str:
    """Return the score of a file of completions as text."""
    lines = [_heading(score)]
    lines += [_pass_at_k(k, one, score.problems_asked) for k, one in score.pass_at_k.items()]
    lines += [f"  {outcome}: {count}" for outcome, count in score.outcomes.items()]
    lines += [
        f"no answer found in {plural(count, 'completion')} ({language})"
        for language, count in score.no_answer.items()
        if count
    ]
    for language, found in score.wrong_language.items():
        if found:
            named = ", ".join(f"{name} {count}" for name, count in found.items())
            total = plural(sum(found.values()), "completion")
            lines.append(f"not in {language}: {total} ({named})")
    lines += [
        f"quarantined, not counted: {task_id}: {reason}"
        for task_id, reason in score.quarantined.items()
    ]
    if score.beyond_limit:
        lines.append(f"excluded by --limit: {plural(score.beyond_limit, 'completion')}")
    if score.infrastructure_errors:
        lines.append(
            f"INCOMPLETE: {plural(score.infrastructure_errors, 'completion')} without a verdict "
            "(infrastructure_error); run the same command again to retry"
        )
    lines += _listed("problems without a completion", score.unanswered, ", ")
    lines += _listed("rows without a completion", score.left_out, "\n  ")
    return "\n".join(lines) + "\n"


def _heading(score: FileScore) -> str:
    fewest, most = score.samples
    samples = str(fewest) if fewest == most else f"{fewest} to {most}"
    limited = " (limited)" if score.is_limited else ""
    return (
        f"{score.benchmark}{limited}, {score.language}, digest {score.benchmark_digest}: "
        f"{plural(score.completions, 'completion')}, {samples} a problem"
    )


def _pass_at_k(k: int, score: PassAtK | None, problems_asked: int) -> str:
    if score is None:
        return f"  pass@{k}: no problem has a verdict that counts"
    low, high = (100 * bound for bound in score.interval)
    problems = plural(score.problems, "problem")
    if score.problems < problems_asked:
        problems = f"of the {score.problems} of {plural(problems_asked, 'problem')} present"
    groups = f" in {plural(score.groups, 'group')}" if score.groups < score.problems else ""
    percent = f"{100 * score.value:.1f} %  ({low:.1f} to {high:.1f}, 95 %)"
    return f"  pass@{k}  {percent}, {problems}{groups}"


def _listed(title: str, items: Sequence[str], separator: str) -> list[str]:
    if not items:
        return []
    start = separator if separator.startswith("\n") else " "
    return [f"INCOMPLETE: {title} ({len(items)}):{start}{listing(items, _SHOWN, separator)}"]
