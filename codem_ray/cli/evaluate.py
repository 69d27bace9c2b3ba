"""Score one model on chosen targets, or completions that were made elsewhere. Nothing is trained;
the same command continues after an interruption. --completions needs neither torch nor Ray; its
files and folders hold bodies that follow the prompt or whole answers, as rows of samples, results
of MultiPL-E, EvalPlus or a batch service, bigcode's generations.json, or logs of lm-eval or
inspect_ai. docs/how-to/score-completions.md shows each format and the rows that are written."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codem_ray.checks import require_training
from codem_ray.cli.options import (
    add_json,
    add_overrides,
    add_sandbox,
    limit_suffix,
    positive_int,
    tag_pair,
)
from codem_ray.cli.output import listing, log, print_json
from codem_ray.cli.progress import progress_bar
from codem_ray.cli.run import run_and_print
from codem_ray.config import expand_home, parse_sweep
from codem_ray.config.submitted_job import submitted_job
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.records import AnswerChoice, ExtractionOptions
from codem_ray.scoring.formats.field_map import parse_field_map
from codem_ray.scoring.score_file import ScoreRequest, score_file
from codem_ray.scoring.summary import FileScore, PassAtK, scoring_environment
from codem_ray.storage import local_folder
from codem_ray.sweep.job_folder import refuse_lost_output
from codem_ray.sweep.single_model import (
    DEFAULT_TEMPLATE,
    benchmarks_of_targets,
    check_named_model,
    default_max_new_tokens,
    model_label,
    single_model,
)
from codem_ray.tracking.model_uris import is_model_uri, resolve_model_uri
from codem_ray.tracking.sweep_tracker import tracking_uri
from codem_ray.wording import plural

EXAMPLES = """\
examples:
  codem-ray evaluate --model ./my-model --targets python java
  codem-ray evaluate --model bigcode/starcoderbase-1b --benchmarks humaneval-x-go
  codem-ray evaluate --completions mine.jsonl --benchmark humaneval-x-java --out scored.jsonl
  codem-ray evaluate --completions generations.json --benchmark ./HumanEval-TS.jsonl --k 1 10
  codem-ray evaluate --completions results/humaneval-ts/ --benchmark multipl-e-ts
  codem-ray evaluate --completions a.jsonl b.jsonl --benchmark humaneval-x-go \\
      --map task_id=question.id --map completion=reply
  codem-ray evaluate --model runs/quickstart/trials/python-s0-*/export --targets html --limit 10
"""
_SHOWN = 20
_EVALUATION_KEYS = ("k", "sandbox", "extract", "reasoning_tags")
_COMPLETIONS_ONLY = (
    *("benchmark", "map", "language", "out", "skip_broken", "quarantine"),
    *_EVALUATION_KEYS,
)
_MODEL_ONLY = ("targets", "benchmarks", "overrides", "revision", "template", "max_new_tokens")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    scored = parser.add_mutually_exclusive_group(required=True)
    scored.add_argument(
        "--model",
        metavar="M",
        type=expand_home,
        help="hub id, folder, URI of an export, or MLflow's models:/...",
    )
    scored.add_argument(
        "--completions",
        nargs="+",
        metavar="FILE",
        type=expand_home,
        help="completions to score: files or folders",
    )
    _add_completion_arguments(parser.add_argument_group("with --completions"))
    parser.add_argument("--revision", metavar="COMMIT", help="pinned commit of a hub id")
    parser.add_argument(
        "--targets",
        nargs="+",
        metavar="LANGUAGE",
        help="score on the first available benchmark of each language; the starter kit's come last",
    )
    parser.add_argument(
        "--benchmarks",
        nargs="+",
        metavar="B",
        type=expand_home,
        help="benchmarks by name, in place of --targets",
    )
    parser.add_argument(
        "--template",
        help="template around an instruction (default: the one that the model was tuned with, "
        f"else {DEFAULT_TEMPLATE}); see data.template",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="run every program; do not reuse verdicts on equal ones from earlier runs",
    )
    parser.add_argument(
        "--storage", default="runs", metavar="DIR", type=expand_home, help="default %(default)s"
    )
    parser.add_argument("--limit", type=positive_int, metavar="N", help="first N problems of each")
    parser.add_argument(
        "--max-new-tokens",
        type=positive_int,
        metavar="N",
        help="of a completion (default 512, and at most a quarter of the model's context)",
    )
    add_overrides(
        parser, "set any key of a sweep file, as in generation.samples=10; may be repeated"
    )
    add_json(parser)


def _add_completion_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--benchmark",
        metavar="B",
        type=expand_home,
        help="a name of `ls benchmarks`, or a file of problems",
    )
    group.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help="read task_id, completion or prompt from this field of the file's rows; a dot leads "
        "into objects and lists, as in completion=choices.0.text; may be repeated",
    )
    group.add_argument(
        "--language", metavar="L", help="of a file of problems whose rows do not name it"
    )
    group.add_argument(
        "--out",
        metavar="OUT",
        type=expand_home,
        help="JSON lines with outcomes; an existing file is continued",
    )
    group.add_argument(
        "--k",
        nargs="+",
        type=positive_int,
        metavar="K",
        help="pass@k, unbiased, for each of these (default 1)",
    )
    add_sandbox(group)
    group.add_argument(
        "--skip-broken", action="store_true", help="leave out rows that cannot be read (exit 4)"
    )
    group.add_argument(
        "--extract",
        choices=[str(rule) for rule in AnswerChoice],
        metavar="RULE",
        help="answer to take from a completion: best (default; the code that defines what the "
        "problem asks for), first or last fence, or raw (the text as it is; a body after the "
        "prompt)",
    )
    group.add_argument(
        "--reasoning-tags",
        action="append",
        default=[],
        type=tag_pair,
        metavar="OPEN,CLOSE",
        help="marks around reasoning to leave out, beside the known ones; may be repeated",
    )
    group.add_argument(
        "--quarantine",
        nargs="+",
        default=[],
        metavar="ID",
        help="exclude problems from every denominator because their reference or tests are wrong",
    )


def run(args: argparse.Namespace) -> int:
    """Score and print; exit 4 when a verdict is missing."""
    return _score_completions(args) if args.completions else _score_model(args)


def _score_completions(args: argparse.Namespace) -> int:
    _check_completion_arguments(args)
    request = ScoreRequest(
        completions=[Path(path) for path in args.completions],
        benchmark=args.benchmark,
        language=args.language,
        out=Path(args.out) if args.out else None,
        ks=sorted(set(args.k or [1])),
        sandbox=args.sandbox,
        uses_cache=not args.no_cache,
        skip_broken=args.skip_broken,
        quarantine=args.quarantine,
        limit=args.limit,
        fields=parse_field_map(args.map),
        extraction=ExtractionOptions(
            choice=AnswerChoice(args.extract or AnswerChoice.BEST),
            reasoning_tags=tuple(args.reasoning_tags),
        ),
    )
    score = score_file(request, log=log, progress=progress_bar)
    environment = scoring_environment(args.sandbox, score.language)
    if args.json:
        print_json(score.to_json() | {"environment": environment})
    else:
        print(_score_text(score), end="")
        print("; ".join(f"{name} {value}" for name, value in environment.items()))
    return ExitCode.INCOMPLETE if score.is_incomplete else ExitCode.COMPLETE


def _check_completion_arguments(args: argparse.Namespace) -> None:
    if not args.benchmark:
        raise ConfigError(
            "--completions needs --benchmark: a name of `codem-ray ls benchmarks`, or a file"
        )
    for name in _MODEL_ONLY:
        if getattr(args, name):
            meant = "; --benchmark names the benchmark" if name in ("targets", "benchmarks") else ""
            raise ConfigError(
                f"{_option(name)} applies to --model only{meant}; remove it with --completions"
            )
    if args.out and Path(args.out).is_dir():
        raise ConfigError(f"--out {args.out} is a folder: name a file in it, as in scored.jsonl")
    if args.out:
        refuse_lost_output(Path(args.out), "--out", submitted_job())


def _check_model_arguments(args: argparse.Namespace) -> None:
    for name in _COMPLETIONS_ONLY:
        if getattr(args, name) in (None, False, [], "bubblewrap"):
            continue
        other = "remove it"
        if name == "benchmark":
            other = "with --model write --benchmarks"
        elif name in _EVALUATION_KEYS:
            other = f"with --model write --set evaluation.{name}=..."
        raise ConfigError(f"{_option(name)} applies to --completions only; {other}")
    if bool(args.targets) == bool(args.benchmarks):
        raise ConfigError(
            "name what to score on, by one of --targets python java and --benchmarks NAME"
        )


def _option(name: str) -> str:
    return "--set" if name == "overrides" else f"--{name.replace('_', '-')}"


def _score_text(score: FileScore) -> str:
    lines = [_heading(score)]
    lines += [_pass_at_k(k, value, score.problems_asked) for k, value in score.pass_at_k.items()]
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
    lines += _comparison(score)
    if score.beyond_limit:
        lines.append(f"excluded by --limit: {plural(score.beyond_limit, 'completion')}")
    if score.infrastructure_errors:
        lines.append(
            f"INCOMPLETE: {plural(score.infrastructure_errors, 'completion')} without a verdict "
            "(infrastructure_error); run the same command again to retry"
        )
    lines += _listed("problems without a completion", score.unanswered, ", ")
    without = [row for row in score.left_out if row not in set(score.unknown)]
    lines += _listed("rows without a completion", without, "\n  ")
    lines += _listed(
        f"completions of problems that {score.benchmark} does not have", score.unknown, "\n  "
    )
    return "\n".join(lines) + "\n"


def _heading(score: FileScore) -> str:
    fewest, most = score.samples
    samples = str(fewest) if fewest == most else f"{fewest} to {most}"
    limited = " (limited)" if score.is_limited else ""
    is_default = score.extraction == ExtractionOptions().label
    rule = "" if is_default else f", answers by --extract {score.extraction}"
    return (
        f"{score.benchmark}{limited}, {score.language}, digest {score.benchmark_digest}: "
        f"{plural(score.completions, 'completion')}, {samples} a problem{rule}"
    )


def _pass_at_k(k: int, score: PassAtK | None, problems_asked: int) -> str:
    if score is None:
        return f"  pass@{k}: no problem has a verdict that counts"
    problems = plural(score.problems, "problem")
    if score.problems < problems_asked:
        problems = f"of the {score.problems} of {plural(problems_asked, 'problem')} present"
    groups = f" in {plural(score.groups, 'group')}" if score.groups < score.problems else ""
    interval = f"{100 * score.ci_low:.1f} to {100 * score.ci_high:.1f}, 95 %"
    return f"  pass@{k}  {100 * score.pass_at_k:.1f} %  ({interval}), {problems}{groups}"


def _comparison(score: FileScore) -> list[str]:
    """Compare with the verdicts that the file of completions holds."""
    if not score.judged_elsewhere:
        return []
    differing = {
        "passed here only": score.passed_here_only,
        "passed there only": score.passed_elsewhere_only,
    }
    equal = score.judged_elsewhere - sum(map(len, differing.values()))
    lines = [f"same verdict as in the file: {equal} of {plural(score.judged_elsewhere, 'sample')}"]
    return lines + [
        f"  {title} ({len(samples)}): {listing(samples, _SHOWN, '; ')}"
        for title, samples in differing.items()
        if samples
    ]


def _listed(title: str, items: Sequence[str], separator: str) -> list[str]:
    if not items:
        return []
    start = separator if separator.startswith("\n") else " "
    return [f"INCOMPLETE: {title} ({len(items)}):{start}{listing(items, _SHOWN, separator)}"]


def _score_model(args: argparse.Namespace) -> int:
    _check_model_arguments(args)
    benchmarks = args.benchmarks or benchmarks_of_targets(args.targets)
    log(f"scoring on {', '.join(benchmarks)}")
    generation = {"max_new_tokens": args.max_new_tokens} if args.max_new_tokens else {}
    raw: dict[str, Any] = {
        "name": f"evaluate-{model_label(args.model)}",
        "base_model": {"path": args.model, "revision": args.revision},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}]},
        "generation": generation,
        "evaluation": {"benchmarks": benchmarks, "limit": args.limit, "cache": not args.no_cache},
        # The weights are where the user has them.
        "tracking": {"log_models": "reference"},
        "storage": {"path": args.storage, "suffix": limit_suffix(args.limit)},
    }
    path = args.model
    if is_model_uri(path):
        # --set may change the tracking URI that the model is looked up in.
        sweep = parse_sweep(copy.deepcopy(raw), args.overrides, "evaluate")
        path = resolve_model_uri(path, tracking_uri(sweep))
    elif "://" in path:
        path = str(local_folder(path))
    if not generation:
        generation["max_new_tokens"] = default_max_new_tokens(path)
        length = generation["max_new_tokens"]
        log(f"completions have up to {length} tokens; --max-new-tokens changes that")
    model = single_model(args.model, path, args.template)
    log(model.note)
    raw["base_model"] = {"path": model.path, "revision": args.revision}
    raw["sources"] = [
        {
            "name": model.row,
            "model": model.path,
            "revision": args.revision,
            "styles": list(model.styles),
        }
    ]
    raw["data"] |= {"template": model.template, "chat_date": model.chat_date}
    sweep = parse_sweep(raw, args.overrides, "evaluate")
    require_training()
    check_named_model(sweep)
    return run_and_print(sweep, is_json=args.json)
