"""The text that `codem-ray data` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codem_ray.cli.output import text_table
from codem_ray.corpora.pairs import DroppedRow, DropReason
from codem_ray.sweep.data_report import DataView
from codem_ray.tokens.examples import Example, printable

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_MASKED, _TARGET = "  . ", "  > "
"""Marks of lines without and with loss, if colours are off."""


def view_text(view: DataView, files: list[str]) -> str:
    """Return the overview of a sweep's data.

    Args:
        view: The data.
        files: Paths of the written files.
    """
    card = view.card
    settings = card["settings"]
    parts = [
        (
            f"data of {card['sweep']} (build {card['build']}): {settings['budget']}, "
            f"seed {settings['seed']}\n"
        ),
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


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "-"


def _corpora(card: Mapping[str, Any]) -> str:
    return text_table(
        ("corpus", "licence", "digest", "rows", "kept", "dropped", "tokens", "target tokens"),
        [
            (
                one["corpus"],
                one["licence"],
                one["digest"],
                _number(one["rows"]),
                _number(one["kept"]),
                _number(sum(one["dropped"].values())),
                _number(one.get("tokens")),
                _number(one.get("target_tokens")),
            )
            for one in card["corpora"]
        ],
        left=3,
    )


def _sources(card: Mapping[str, Any]) -> str:
    return text_table(
        ("source", "pairs", "distinct", "tokens", "target tokens", "rows", "filling", "languages"),
        [
            (
                one["source"],
                _number(one["pairs"]),
                _number(one["distinct_pairs"]),
                _number(one.get("tokens")),
                _number(one.get("target_tokens")),
                _number(one.get("rows")),
                f"{one['filling']:.1%}" if "filling" in one else "-",
                " ".join(f"{name} {count}" for name, count in one["languages"].items())
                if len(one["languages"]) > 1
                else "",
            )
            for one in card["sources"]
        ],
    )


def _languages(card: Mapping[str, Any]) -> str:
    kinds = sorted({kind for one in card["languages"] for kind in one["evidence"]})
    rows = [
        (
            one["language"],
            _number(one["pairs"]),
            *(_number(one["evidence"].get(kind, 0)) for kind in kinds),
        )
        for one in card["languages"]
    ]
    return text_table(("kept pairs in", "all", *(f"by {kind}" for kind in kinds)), rows)


def _drops(card: Mapping[str, Any]) -> str:
    if not card["dropped"]:
        return "no row was dropped\n"
    names = [one["corpus"].rsplit("/", 1)[-1] for one in card["corpora"]]
    return text_table(
        ("dropped", "all", *names),
        [
            (
                reason.value,
                _number(card["dropped"][reason]),
                *(_number(one["dropped"].get(reason, 0)) for one in card["corpora"]),
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
        [(one["benchmark"], _number(one["pairs_removed"])) for one in card["benchmarks"]],
    )


def _lengths(view: DataView) -> str:
    histograms = view.histograms()
    if not histograms:
        return ""
    first = next(iter(histograms.values()))
    limit = f"over {view.max_length}" if view.max_length is not None else ""
    ends = [f"{edge / 1024:.3g}k" if edge >= 1024 else str(edge) for edge in first.edges]
    header = (
        f"{view.unit} of a pair",
        f"{ends[0]}..{ends[-1]}",
        "median",
        "95 %",
        "longest",
        *([limit] if limit else []),
    )
    rows = [
        (
            name,
            f"|{one.bars()}|",
            _number(one.median),
            _number(one.p95),
            _number(one.longest),
            *([_number(one.over)] if limit else []),
        )
        for name, one in histograms.items()
    ]
    return text_table(header, rows, left=2) + "bars: every second bin doubles the length\n"


def dropped_text(row: DroppedRow) -> str:
    """Return a dropped row as a line."""
    parts = (row.reason, row.pair_id, row.language or "-", row.origin, row.detail)
    return "\t".join(printable(part).replace("\n", "\\n").replace("\t", " ") for part in parts)


def example_text(number: int, example: Example, *, is_coloured: bool) -> str:
    """Return a document with its masked part dimmed, or with a mark before every line."""
    tokens = (
        ""
        if example.tokens is None
        else f", {example.tokens} tokens, {example.target_tokens} with loss"
    )
    answer = "" if example.answer_id == example.pair_id else f", answer of {example.answer_id}"
    head = f"{number}. {example.pair_id} ({example.language}, {example.origin}{answer}{tokens})"
    masked, target = printable(example.masked), printable(example.target)
    if is_coloured:
        return f"{printable(head)}\n{_DIM}{masked}{_PLAIN}{target}\n"
    lines = [_MASKED + line for line in masked.removesuffix("\n").split("\n")]
    lines += [_TARGET + line for line in target.split("\n")]
    return "\n".join([printable(head), *lines, ""])
