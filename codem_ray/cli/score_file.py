"""The half of `evaluate` that scores a file of completions; it needs neither torch nor Ray."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.cli.options import print_json
from codem_ray.cli.tables import counted
from codem_ray.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from codem_ray.records import Job, Problem, Verdict
    from codem_ray.scoring.completion_files import CompletionFile
    from codem_ray.scoring.score_file import Benchmark, Survey
    from codem_ray.scoring.scored_rows import Scored, ScoredFile
    from codem_ray.scoring.summary import FileScore

_SHOWN = 20


def score_file(args: Namespace) -> int:
    """Judge, write and print; exit 4 when something that should be scored is not."""
    from codem_ray.benchmarks import resolve
    from codem_ray.scoring.completion_files import open_completions
    from codem_ray.scoring.score_file import Benchmark, refuse_broken, refuse_unknown, survey
    from codem_ray.scoring.scored_rows import ScoredFile
    from codem_ray.scoring.summary import sum_up

    if not args.benchmark:
        raise ConfigError(
            "--completions needs --benchmark: a name of `codem-ray ls benchmarks`, or a file"
        )
    _refuse_others(args)
    ks = sorted(set(args.k))
    file = open_completions(Path(args.completions))
    spec, problems = resolve(args.benchmark, language=args.language)
    benchmark = Benchmark.of(spec, _quarantined(problems, args.quarantine), args.limit)
    found = survey(file, benchmark, ks)
    if not args.skip_broken:
        refuse_broken(file, found.broken)
        refuse_unknown(file, found)
    out = ScoredFile(Path(args.out), benchmark.name, benchmark.digest) if args.out else None
    with out or nullcontext():
        _tell(
            f"{file.path}: {file.title}, {counted(found.completions, 'completion')} of "
            f"{counted(len(found.samples), 'problem')} of {benchmark.name}"
        )
        if out is not None and out.done:
            _tell(f"{len(out.done)} of them are in {out.path} already; going on from there")
        judged = _judge(
            file, benchmark, found, out, sandbox=args.sandbox, uses_cache=not args.no_cache
        )
    score = sum_up(judged, benchmark, found, ks)
    where = _environment(args.sandbox, score.language)
    if args.json:
        print_json(score_json(score) | {"environment": where})
    else:
        print(score_text(score), end="")
        print("; ".join(f"{name} {value}" for name, value in where.items()))
    return ExitCode.INCOMPLETE if score.is_incomplete else ExitCode.COMPLETE


def _refuse_others(args: Namespace) -> None:
    for name in ("targets", "benchmarks", "overrides", "revision", "max_new_tokens"):
        if getattr(args, name):
            option = "--set" if name == "overrides" else f"--{name.replace('_', '-')}"
            raise ConfigError(f"{option} is for --model: a file of completions has its own")
    if args.out and Path(args.out).is_dir():
        raise ConfigError(f"--out {args.out} is a folder: name a file in it, as in scored.jsonl")
    if args.out and not (folder := Path(args.out).parent).is_dir():
        raise ConfigError(
            f"--out {args.out}: there is no folder {folder}; make it, or mend the name"
        )


def _quarantined(problems: Sequence[Problem], task_ids: Sequence[str]) -> list[Problem]:
    """Let the named problems stand in no denominator."""
    unknown = set(task_ids) - {problem.task_id for problem in problems}
    if unknown:
        raise ConfigError(
            f"--quarantine {', '.join(sorted(unknown))}: the benchmark has no such problem; it has "
            f"{problems[0].task_id!r} and {len(problems) - 1} more"
        )
    return [
        replace(one, quarantine="as --quarantine asks") if one.task_id in task_ids else one
        for one in problems
    ]


def _environment(sandbox: str, target: str) -> dict[str, str]:
    """Return what a published score should say of the place where it was made."""
    from codem_ray import __version__
    from codem_ray.languages import language
    from codem_ray.languages.versions import toolchain_versions
    from codem_ray.sandbox.backends import sandbox_backend

    if not sandbox_backend(sandbox).isolates:
        _tell(f"warning: programs run without isolation (--sandbox {sandbox})")
    return {
        "sandbox": sandbox,
        "toolchain": toolchain_versions(language(target)),
        "codem_ray": __version__,
    }


def _judge(
    file: CompletionFile,
    benchmark: Benchmark,
    found: Survey,
    out: ScoredFile | None,
    *,
    sandbox: str,
    uses_cache: bool,
) -> list[Scored]:
    from codem_ray.cli.progress import progress_bar
    from codem_ray.execution.executor import local_executor
    from codem_ray.scoring.gate import validate_benchmark
    from codem_ray.scoring.score_file import judge_file

    done = out.done if out is not None else {}
    waiting = {
        task_id
        for task_id, count in found.samples.items()
        if any((task_id, sample) not in done for sample in range(count))
    }
    if not waiting:
        return judge_file(file, benchmark, _nothing_to_judge, out=out)
    executor = local_executor(sandbox, uses_cache=uses_cache)
    asked = [problem for problem in benchmark.problems if problem.task_id in waiting]
    with progress_bar("references") as advance:

        def check(jobs: Sequence[Job]) -> list[Verdict]:
            advance(0, len(jobs))
            return executor.execute(jobs, progress=lambda count: advance(count, 0))

        # A reference says how many checks there are; an answer that ends before them is no pass.
        gate = validate_benchmark(asked, check)
    gate.raise_if_failed()
    executor.expected_checks.update(gate.expected_checks)
    with progress_bar("completions") as advance:
        advance(0, found.completions)

        def execute(jobs: Sequence[Job]) -> list[Verdict]:
            return executor.execute(jobs, progress=lambda count: advance(count, 0))

        return judge_file(
            file, benchmark, execute, out=out, passed_over=lambda count: advance(count, 0)
        )


def _nothing_to_judge(jobs: Sequence[Job]) -> list[Verdict]:
    raise AssertionError(f"{len(jobs)} jobs, although all were judged before")


def score_json(score: FileScore) -> dict[str, Any]:
    """Return a score as plain data."""
    from dataclasses import asdict

    plain = asdict(score)
    plain["pass_at_k"] = {
        str(k): None
        if one is None
        else {
            "pass_at_k": one.value,
            "ci_low": one.interval.low,
            "ci_high": one.interval.high,
            "problems": one.problems,
            "groups": one.groups,
        }
        for k, one in score.pass_at_k.items()
    }
    return plain | {"is_incomplete": score.is_incomplete}


def score_text(score: FileScore) -> str:
    """Return what is printed about a score."""
    limited = " (limited)" if score.is_limited else ""
    fewest, most = score.samples
    samples = str(fewest) if fewest == most else f"{fewest} to {most}"
    lines = [
        (
            f"{score.benchmark}{limited}, {score.language}, digest {score.benchmark_digest}: "
            f"{counted(score.completions, 'completion')}, {samples} a problem"
        )
    ]
    for k, one in score.pass_at_k.items():
        if one is None:
            lines.append(f"  pass@{k}: no problem has a verdict that counts")
            continue
        low, high = (100 * bound for bound in one.interval)
        lines.append(
            f"  pass@{k}  {100 * one.value:.1f} %  ({low:.1f} to {high:.1f}, 95 %), "
            f"{_problems(one.problems, score.problems_asked)}"
            + (f" in {counted(one.groups, 'group')}" if one.groups < one.problems else "")
        )
    lines += [f"  {outcome}: {count}" for outcome, count in score.outcomes.items()]
    for language, count in score.no_answer.items():
        if count:
            lines.append(
                f"no answer could be taken out of {counted(count, 'completion')} ({language})"
            )
    for language, found in score.wrong_language.items():
        if found:
            named = ", ".join(f"{name} {count}" for name, count in found.items())
            lines.append(
                f"not in {language}: {counted(sum(found.values()), 'completion')} ({named})"
            )
    lines += [
        f"quarantined, not counted: {task_id}: {why}" for task_id, why in score.quarantined.items()
    ]
    if score.beyond_limit:
        lines.append(f"--limit leaves {counted(score.beyond_limit, 'completion')} out")
    if score.not_found_out:
        lines.append(
            f"INCOMPLETE: nothing was found out about {counted(score.not_found_out, 'completion')} "
            "(infrastructure_error); the same command tries them again"
        )
    lines += _listed("INCOMPLETE: problems without a completion", score.unanswered, ", ")
    lines += _listed("INCOMPLETE: rows without a completion", score.left_out, "\n  ")
    return "\n".join(lines) + "\n"


def _problems(count: int, asked: int) -> str:
    if count < asked:
        return f"of the {count} of {counted(asked, 'problem')} present"
    return counted(count, "problem")


def _listed(title: str, items: Sequence[str], between: str) -> list[str]:
    if not items:
        return []
    more = f"{between}and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    start = between if between.startswith("\n") else " "
    return [f"{title} ({len(items)}):{start}{between.join(items[:_SHOWN])}{more}"]


def _tell(text: str) -> None:
    print(f"evaluate: {text}", file=sys.stderr)
