"""The pairs of each trained row, drawn once for all rows with the same settings of `data`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.config import Setting, Sweep, source_name
from codem_ray.storage import digest_of
from codem_ray.sweep.search_settings import SearchedRow, data_setting, with_setting
from codem_ray.sweep.sweep_pairs import SweepPairs, redraw
from codem_ray.tokens.source_draws import trained_sources


@dataclass(frozen=True, kw_only=True)
class DrawnRows:
    """Trained rows whose pairs are drawn with the same settings of the section `data`."""

    setting: Setting
    """The keys of `data` that a search has changed."""
    sweep: Sweep
    """The sweep with this setting."""
    pairs: SweepPairs
    rows: Sequence[SearchedRow]


def draw_rows(
    sweep: Sweep, pairs: SweepPairs, rows: Sequence[SearchedRow], *, tokenizer_digest: str
) -> list[DrawnRows]:
    """Group the rows by their settings of the section `data`, and draw the pairs of each group.

    Draws contain the sources of the group only. Without a search there is one group.
    """
    groups: dict[str, list[SearchedRow]] = {}
    for row in rows:
        groups.setdefault(digest_of(data_setting(row.setting)), []).append(row)
    drawn = []
    for group in groups.values():
        setting, changed, own = data_setting(group[0].setting), sweep, pairs
        if setting:
            names = {row.source for row in group}
            chosen = tuple(s for s in trained_sources(sweep.sources) if source_name(s) in names)
            changed = with_setting(sweep, setting).model_copy(update={"sources": chosen})
            own = redraw(pairs, changed, tokenizer_digest=tokenizer_digest)
        drawn.append(DrawnRows(setting=setting, sweep=changed, pairs=own, rows=group))
    return drawn
