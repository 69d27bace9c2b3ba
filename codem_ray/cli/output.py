"""Print and format results and messages."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence

CHARACTERS_SHOWN = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def log(text: str) -> None:
    """Print a line with the time of day on standard error."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def print_json(value: object) -> None:
    """Print plain data as JSON on standard output."""
    json.dump(value, sys.stdout, indent=2, sort_keys=True, default=str)
    print()


def listing(items: Sequence[str], most: int, separator: str = ", ") -> str:
    """Join the first `most` items and the number of the others."""
    more = f"{separator}and {len(items) - most} more" if len(items) > most else ""
    return separator.join(items[:most]) + more


def section(title: str, text: str) -> str:
    """Return a text under its title, with control characters visible; a long one is cut."""
    left = len(text) - CHARACTERS_SHOWN
    more = f"\n(and {left:,} more characters; --json prints all)" if left > 0 else ""
    return f"--- {title}\n{visible(text[:CHARACTERS_SHOWN])}".removesuffix("\n") + more


def visible(text: str) -> str:
    """Return a text that is safe to print on a terminal, whoever wrote it."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def size_text(num_bytes: float) -> str:
    """Return a size with its unit: "3.2 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if num_bytes >= 10 else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def date_text(seconds: float) -> str:
    """Return a time since the epoch as local date and time of day."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def duration_text(seconds: float | None) -> str:
    """Return a duration with its unit: "12 min". "-" if unknown."""
    if seconds is None:
        return "-"
    if seconds < 89.5:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
