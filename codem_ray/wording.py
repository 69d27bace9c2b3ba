"""Wording and tables that messages of several packages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def plural(number: int, noun: str) -> str:
    """Return "1 problem", "2 problems"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def last_line(error: BaseException) -> str:
    """Return the last line of an error's text that is not blank; its repr if there is none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:500] if lines else repr(error)


def first_line(text: str) -> str:
    """Return the first line of a text that is not blank; empty if there is none."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def text_table(
    header: Sequence[str],
    rows: Iterable[Sequence[str | int | None]],
    *,
    left: int = 1,
    is_rule_split: bool = True,
) -> str:
    """Align columns: the first `left` to the left, the others to the right. None becomes "-".

    The rule below the header has a gap between columns, or is one line over the whole width.
    """
    texts = [[_cell_text(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    lines = [
        "  ".join(
            text.ljust(width) if index < left else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, ["-" * width for width in widths], *texts)
    ]
    if not is_rule_split:
        lines[1] = "-" * max(map(len, lines))
    return "\n".join(lines) + "\n"


def _cell_text(value: str | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else value
