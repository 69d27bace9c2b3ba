"""Build and show what a sweep trains on: pairs and tokens by source and corpus, what was dropped
and why, the overlap with its benchmarks, lengths, and examples as the model will see them. The
result is kept for `run`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from codem_ray.checks import require_training
from codem_ray.cli.options import add_json, add_sweep, positive_int, read_sweep
from codem_ray.cli.output import log, print_json
from codem_ray.corpora.pairs import DroppedRow, DropReason
from codem_ray.errors import EnvironmentLackError, ExitCode, ModelLoadError
from codem_ray.sweep.data_report import DataView, view_data
from codem_ray.tokens.examples import Example, printable
from codem_ray.wording import text_table

EXAMPLES = """\
examples:
  codem-ray data quickstart
  codem-ray data real-small --dropped contaminated
  codem-ray data quickstart --examples mixed         ten documents; text without loss is dim
  codem-ray data my.yaml --set data.target_tokens=500000 --set data.shortage=repeat
  codem-ray data codem-7b --no-tokens                without the base model's tokenizer
  codem-ray data quickstart --json | jq '.card.sources[] | {source, pairs, target_tokens}'
"""
_ALL = "all"
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_MASKED, _TARGET = "  . ", "  > "
"""Marks of lines without and with loss, if colours are off."""


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
        if not args.no_tokens:
            require_training()
        view = view_data(sweep, has_tokens=not args.no_tokens, log=log)
    except (EnvironmentLackError, ModelLoadError) as error:
        if args.no_tokens:
            raise
        raise type(error)(f"{error}; --no-tokens shows everything except tokens") from error
    if view is None:
        print(f"{sweep.name} trains nothing: every source is a model that is used as it is")
        return ExitCode.COMPLETE
    if args.json:
        print_json(_view_json(view, args))
    elif args.dropped:
        is_empty = True
        for row in view.dropped(_reason(args)):
            is_empty = False
            print(_dropped_text(row))
        if is_empty:
            log("no row was dropped" + ("" if args.dropped == _ALL else f" as {args.dropped}"))
    elif args.examples:
        for number, example in enumerate(view.examples(args.examples, limit=args.most), start=1):
            print(_example_text(number, example, is_coloured=sys.stdout.isatty()))
    else:
        print(_view_text(view, view.write_files()), end="")
    return ExitCode.COMPLETE


def _reason(args: argparse.Namespace) -> str | None:
    return None if args.dropped == _ALL else args.dropped


def _view_json(view: DataView, args: argparse.Namespace) -> dict[str, Any]:
    value: dict[str, Any] = {
        "card": dict(view.card),
        "plan_digest": view.inputs.plan.digest,
        "lengths": {
            "unit": view.unit,
            "by_language": {name: asdict(lengths) for name, lengths in view.histograms().items()},
        },
        "files": view.write_files(),
    }
    if args.dropped:
        value["dropped"] = list(map(asdict, view.dropped(_reason(args))))
    if args.examples:
        value["examples"] = list(map(asdict, view.examples(args.examples, limit=args.most)))
    return value


def _view_text(view: DataView, files: list[str]) -> str:
    card, settings = view.card, view.card["settings"]
    heading = f"data of {card['sweep']} (build {card['build']}): {settings['budget']}"
    parts = [
        f"{heading}, seed {settings['seed']}\n",
        _corpora(card),
        _sources(card),
        _languages(card),
        _drops(card),
        _overlap(card),
        _lengths(view),
        "".join(f"note: {note}\n" for note in view.inputs.plan.notes),
        "".join(f"{'files   ' if place == 0 else ' ' * 8}{f}\n" for place, f in enumerate(files)),
    ]
    return "\n".join(part for part in parts if part)


def _corpora(card: Mapping[str, Any]) -> str:
    return text_table(
        ("corpus", "licence", "digest", "rows", "kept", "dropped", "tokens", "target tokens"),
        [
            (
                corpus["corpus"],
                corpus["licence"],
                corpus["digest"],
                corpus["rows"],
                corpus["kept"],
                sum(corpus["dropped"].values()),
                corpus.get("tokens"),
                corpus.get("target_tokens"),
            )
            for corpus in card["corpora"]
        ],
        left=3,
    )


def _sources(card: Mapping[str, Any]) -> str:
    return text_table(
        ("source", "pairs", "distinct", "tokens", "target tokens", "rows", "filling", "languages"),
        [
            (
                source["source"],
                source["pairs"],
                source["distinct_pairs"],
                source.get("tokens"),
                source.get("target_tokens"),
                source.get("rows"),
                f"{source['filling']:.1%}" if "filling" in source else None,
                " ".join(f"{name} {count}" for name, count in source["languages"].items())
                if len(source["languages"]) > 1
                else "",
            )
            for source in card["sources"]
        ],
    )


def _languages(card: Mapping[str, Any]) -> str:
    kinds = sorted({kind for row in card["languages"] for kind in row["evidence"]})
    rows = [
        (row["language"], row["pairs"], *(row["evidence"].get(kind, 0) for kind in kinds))
        for row in card["languages"]
    ]
    return text_table(("kept pairs in", "all", *(f"by {kind}" for kind in kinds)), rows)


def _drops(card: Mapping[str, Any]) -> str:
    if not card["dropped"]:
        return "no row was dropped\n"
    names = [corpus["corpus"].rsplit("/", 1)[-1] for corpus in card["corpora"]]
    return text_table(
        ("dropped", "all", *names),
        [
            (
                reason.value,
                card["dropped"][reason],
                *(corpus["dropped"].get(reason, 0) for corpus in card["corpora"]),
            )
            for reason in DropReason
            if reason in card["dropped"]
        ],
    )


def _overlap(card: Mapping[str, Any]) -> str:
    if not card["settings"]["decontaminate"]:
        return "pairs were not compared with the benchmarks (data.decontaminate: false)\n"
    return text_table(
        ("compared with", "pairs removed (for their first match)"),
        [(benchmark["benchmark"], benchmark["pairs_removed"]) for benchmark in card["benchmarks"]],
    )


def _lengths(view: DataView) -> str:
    histograms = view.histograms()
    if not histograms:
        return ""
    first = next(iter(histograms.values()))
    ends = [f"{edge / 1024:.3g}k" if edge >= 1024 else str(edge) for edge in first.edges]
    header = [f"{view.unit} of a pair", f"{ends[0]}..{ends[-1]}", "median", "95 %", "longest"]
    rows: list[list[str | int | None]] = [
        [name, f"|{lengths.bars()}|", lengths.median, lengths.p95, lengths.longest]
        for name, lengths in histograms.items()
    ]
    if view.max_length is not None:
        header.append(f"over {view.max_length}")
        for row, lengths in zip(rows, histograms.values(), strict=True):
            row.append(lengths.over)
    return text_table(header, rows, left=2) + "bars: every second bin doubles the length\n"


def _dropped_text(row: DroppedRow) -> str:
    parts = (row.reason, row.pair_id, row.language or "-", row.origin, row.detail)
    return "\t".join(printable(part).replace("\n", "\\n").replace("\t", " ") for part in parts)


def _example_text(number: int, example: Example, *, is_coloured: bool) -> str:
    """Return a document with its masked part dimmed, or with a mark before every line."""
    tokens = ""
    if example.tokens is not None:
        tokens = f", {example.tokens} tokens, {example.target_tokens} with loss"
    answer = "" if example.answer_id == example.pair_id else f", answer of {example.answer_id}"
    head = f"{number}. {example.pair_id} ({example.language}, {example.origin}{answer}{tokens})"
    masked, target = printable(example.masked), printable(example.target)
    if is_coloured:
        return f"{printable(head)}\n{_DIM}{masked}{_PLAIN}{target}\n"
    lines = [_MASKED + line for line in masked.removesuffix("\n").split("\n")]
    lines += [_TARGET + line for line in target.split("\n")]
    return "\n".join([printable(head), *lines, ""])
