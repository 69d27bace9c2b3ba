"""Build and show what a sweep trains on: pairs and tokens by source and corpus, what was dropped
and why, the overlap with its benchmarks, lengths, and examples as the model will see them. What is
built is kept for `run`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from codem_ray.cli.options import add_json, add_sweep, positive_int, print_json, read_sweep
from codem_ray.errors import ExitCode, ModelLoadError

if TYPE_CHECKING:
    from codem_ray.config import Sweep
    from codem_ray.sweep.data_report import DataView

EXAMPLES = """\
examples:
  codem-ray data quickstart
  codem-ray data real-small --dropped contaminated
  codem-ray data quickstart --examples mixed         ten documents; what carries no loss is dim
  codem-ray data my.yaml --set data.target_tokens=500000 --set data.shortage=repeat
  codem-ray data codem-7b --no-tokens                without the base model's tokenizer
  codem-ray data quickstart --json | jq '.card.sources[] | {source, pairs, target_tokens}'
"""
ALL = "all"
_SHOWN_EXAMPLES = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from codem_ray.corpora.pairs import DropReason

    add_sweep(parser)
    parser.add_argument(
        "--examples",
        metavar="SOURCE",
        help="show documents of a source as the model will see them, masked part marked",
    )
    parser.add_argument(
        "--most",
        type=positive_int,
        default=_SHOWN_EXAMPLES,
        metavar="N",
        help="how many examples (default %(default)s)",
    )
    parser.add_argument(
        "--dropped",
        nargs="?",
        const=ALL,
        choices=(ALL, *(reason.value for reason in DropReason)),
        metavar="REASON",
        help=f"list the rows left out, or those of one reason: {', '.join(DropReason)}",
    )
    parser.add_argument(
        "--no-tokens",
        action="store_true",
        help="count characters, where the base model's tokenizer is not at hand",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Build the corpora and print what was asked for."""
    from codem_ray.cli.data_text import dropped_text, example_text, view_text

    sweep = read_sweep(args)
    view = _view(sweep, has_tokens=not args.no_tokens)
    if view is None:
        print(f"{sweep.name} trains nothing: all of its sources are models as they are")
        return ExitCode.COMPLETE
    if args.json:
        print_json(_plain(view, args))
    elif args.dropped:
        for row in view.dropped(None if args.dropped == ALL else args.dropped):
            print(dropped_text(row))
    elif args.examples:
        for number, example in enumerate(view.examples(args.examples, most=args.most), start=1):
            print(example_text(number, example, is_coloured=sys.stdout.isatty()))
    else:
        print(view_text(view, view.write_files()), end="")
    return ExitCode.COMPLETE


def _view(sweep: Sweep, *, has_tokens: bool) -> DataView | None:
    from codem_ray.cli.live import log_line
    from codem_ray.sweep.data_report import view_data

    try:
        return view_data(sweep, has_tokens=has_tokens, log=log_line)
    except ModelLoadError as error:
        if not has_tokens:
            raise
        raise ModelLoadError(f"{error}; with --no-tokens all is shown but tokens") from error


def _plain(view: DataView, args: argparse.Namespace) -> dict[str, Any]:
    """Return all that was asked for as plain data."""
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
        reason = None if args.dropped == ALL else args.dropped
        value["dropped"] = [asdict(row) for row in view.dropped(reason)]
    if args.examples:
        value["examples"] = [asdict(one) for one in view.examples(args.examples, most=args.most)]
    return value
