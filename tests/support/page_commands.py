"""The commands on the pages about clusters, and who runs them.

Each block of shell commands has a comment in the line above it: `needs a cloud`, `needs a GPU`, or
`run by TEST_MODULE`, which may be followed by `in the background` for a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]+) -->\n)?^```sh\n(?P<text>.*?)^```$", re.M | re.S)
_RUN = re.compile(r"run by (?P<module>test_\w+)(?P<background> in the background)?")
NEEDS = ("needs a cloud", "needs a GPU")


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandBlock:
    """A block of shell commands on a page."""

    page: Path
    text: str
    module: str | None
    """The test module that runs it; None if it is marked as needing what no test has."""
    is_background: bool = False


def pages() -> list[Path]:
    """Return the pages about clusters, in a fixed order."""
    found = [*(ROOT / "docs" / "clusters").glob("*.md"), *(ROOT / "cluster").rglob("README.md")]
    return sorted(found)


def blocks_of(page: Path) -> Iterator[CommandBlock]:
    """Yield the blocks of a page. Raises ValueError for one without a known mark."""
    text = page.read_text(encoding="utf-8")
    if len(re.findall("^```", text, re.M)) != 2 * len(found := list(_BLOCK.finditer(text))):
        raise ValueError(f"{page}: a block of code is no block of `sh`")
    for match in found:
        mark = match["mark"] or ""
        run = _RUN.fullmatch(mark)
        if run is None and mark not in NEEDS:
            raise ValueError(f"{page}: the block {match['text'][:60]!r} has the mark {mark!r}")
        yield CommandBlock(
            page=page,
            text=match["text"],
            module=run["module"] if run else None,
            is_background=bool(run and run["background"]),
        )


def blocks_run_by(module: str) -> list[CommandBlock]:
    """Return the blocks that a test module has to run, in the order of the pages."""
    return [block for page in pages() for block in blocks_of(page) if block.module == module]
