"""Print and format results and messages."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence


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


def size_text(num_bytes: float) -> str:
    """Return a size with its unit: "3.2 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if num_bytes >= 10 else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def duration_text(seconds: float | None) -> str:
    """Return a duration with its unit: "12 min". "-" if unknown."""
    if seconds is None:
        return "-"
    if seconds < 89.5:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
