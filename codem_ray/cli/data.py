"""Build and show what a sweep trains on: pairs and tokens by source and corpus, what was dropped
and why, the overlap with its benchmarks, lengths, and examples as the model will see them. The
result is kept for `run`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from codem_ray.cli.data_text import dropped_text, example_text, view_text
from codem_ray.cli.options import add_json, add_sweep, positive_int, read_sweep
from codem_ray.cli.output import log, print_json
from codem_ray.corpora.pairs import DropReason
from codem_ray.errors import ExitCode, ModelLoadError
from codem_ray.sweep.data_report import DataView, view_data

EXAMPLES = """\
examples:
  codem-ray data quickstart
  codem-ray data real-small --dropped contaminated
  codem-ray data quickstart --examples mixed         ten documents; what carries no loss is dim
  codem-ray data my.yaml --set data.target_tokens=500000 --set data.shortage=repeat
  codem-ray data codem-7b --no-tokens                without the base model's tokenizer
  codem-ray data quickstart --json | jq '.card.sources[] | {source, pairs, target_tokens}'
"""
_ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    parser.add_argument(
        "--examples",
        metavar="SOURCE",
        help="show documents of a source as the model will see them, with the masked part marked",
    )
    parser.add_argument(
        "--most",
        type=positive_int,
        default=10,
        metavar="N",
        help="number of examples (default %(default)s)",
    )
    parser.add_argument(
        "--dropped",
        nargs="?",
        const=_ALL,
        choices=(_ALL, *(reason.value for reason in DropReason)),
        metavar="REASON",
        help=f"list the dropped rows, or those of one reason: {', '.join(DropReason)}",
    )
    parser.add_argument(
        "--no-tokens",
        action="store_true",
        help="count characters, if the base model's tokenizer is not available",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Build the corpora and print them."""
    sweep = read_sweep(args)
    try:
        view = view_data(sweep, has_tokens=not args.no_tokens, log=log)
    except ModelLoadError as error:
        if args.no_tokens:
            raise
        raise ModelLoadError(f"{error}; --no-tokens shows everything except tokens") from error
    if view is None:
        print(f"{sweep.name} trains nothing: every source is a model that is used as it is")
        return ExitCode.COMPLETE
    if args.json:
        print_json(_view_json(view, args))
    elif args.dropped:
        for row in view.dropped(_reason(args)):
            print(dropped_text(row))
    elif args.examples:
        for number, example in enumerate(view.examples(args.examples, limit=args.most), start=1):
            print(example_text(number, example, is_coloured=sys.stdout.isatty()))
    else:
        print(view_text(view, view.write_files()), end="")
    return ExitCode.COMPLETE


def _reason(args: argparse.Namespace) -> str | None:
    return None if args.dropped == _ALL else args.dropped


def _view_json(view: DataView, args: argparse.Namespace) -> dict[str, Any]:
    value: dict[str, Any] = {
        "card": dict(view.card),
        "plan_digest": view.inputs.plan.digest,
        "lengths": {
            "unit": view.unit,
            "by_language": {name: asdict(one) for name, one in view.histograms().items()},
        },
        "files": view.write_files(),
    }
    if args.dropped:
        value["dropped"] = [asdict(row) for row in view.dropped(_reason(args))]
    if args.examples:
        value["examples"] = [asdict(one) for one in view.examples(args.examples, limit=args.most)]
    return value
