"""All results about transfer between languages, from the rows of a sweep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from codem_ray.analysis.additive_model import fit_additive
from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.contrasts import (
    control_contrast,
    detectable,
    other_contrast,
    own_contrast,
    related_contrast,
)
from codem_ray.analysis.gain_parts import gain_parts
from codem_ray.analysis.gain_table import GainTable, gain_table
from codem_ray.analysis.interaction import interaction_test
from codem_ray.analysis.intervals import DEFAULT_INTERVALS, IntervalSettings
from codem_ray.analysis.mantel import mantel_test
from codem_ray.analysis.margins import donors, recipients, shrunk_cell
from codem_ray.analysis.paired import adjust_p_values, lowest_p_value
from codem_ray.analysis.similarity import Similarity
from codem_ray.analysis.transfer_results import MantelTest, TransferStudy
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd

_REASONS = {
    "own": "no target was tested with its own language and another language as sources",
    "other": "no model was tested on another programming language than it was tuned on",
    "related": "no related pair was tested, or too few unrelated pairs to compare it with",
    "over_control": "no control (`prose`, `shuffled`) was run on all targets",
    "interaction": "fewer than two sources were tested on the same two programming languages",
    "parts": "no model was tuned on a language and tested on a programming language",
    "donors": "no model was tested on another programming language than it was tuned on",
    "recipients": "no model was tested on another programming language than it was tuned on",
    "largest": "fewer than three cells between different languages",
    "similarity": "fewer than four languages were tested on each other, or the benchmarks have no "
    "solutions of the same problems in these languages",
}
"""Why a field is empty."""


def transfer_study(
    results: pd.DataFrame,
    *,
    languages: Collection[str],
    pages: Collection[str],
    related: Collection[frozenset[str]],
    baseline_style: PromptStyle,
    k: int = 1,
    alpha: float = 0.05,
    intervals: IntervalSettings = DEFAULT_INTERVALS,
    similarities: Sequence[Similarity] = (),
) -> TransferStudy | None:
    """Compute contrasts, parts and margins from rows of ProblemResult or LossResult.

    `languages` are the names of all languages, `pages` those whose answers are pages, `related` the
    pairs that were named beforehand. Seeds are pooled; their variance is in intervals and tests.
    The p-values of the contrasts and the interaction are adjusted together. `similarities` are
    tested against gains. None if no cell has a gain over `base`.
    """
    table = gain_table(results, baseline_style=baseline_style, k=k, confidence=intervals.confidence)
    if table is None:
        return None
    cells = CellRelations(table=table, languages=languages, pages=pages, related_pairs=related)
    control = cells.best_control
    unrelated = fit_additive(table, cells.unrelated)
    others = fit_additive(table, cells.of_other_languages)
    study = TransferStudy(
        metric=table.metric,
        alpha=alpha,
        confidence=intervals.confidence,
        num_seeds=min(cell.num_seeds for cell in table.cells),
        seed_deviation=None if table.seeds is None else table.seeds.total**0.5,
        num_groups=int(table.members.sum(axis=0).min()),
        num_tests=len(table.cells),
        detectable_cell=_detectable_cell(table, alpha),
        own=own_contrast(cells, alpha),
        other=other_contrast(cells, alpha),
        related=related_contrast(cells, unrelated, alpha),
        over_control=control_contrast(cells, control, alpha),
        interaction=interaction_test(table, *_rectangle(cells)),
        parts=gain_parts(cells, unrelated, control),
        donors=donors(others, alpha),
        recipients=recipients(others, alpha),
        largest=shrunk_cell(cells),
        similarity=_similarity_tests(cells, similarities),
        missing={},
    )
    study = _adjusted(study)
    missing = {name: why for name, why in _REASONS.items() if not getattr(study, name)}
    return replace(study, missing=missing)


def _adjusted(study: TransferStudy) -> TransferStudy:
    """Adjust the p-values of the contrasts and the interaction together."""
    names = ("own", "other", "related", "over_control", "interaction")
    found = {name: test for name in names if (test := getattr(study, name)) is not None}
    p_values = adjust_p_values([test.p_value for test in found.values()])
    changed = {
        name: replace(test, p_adjusted=p_value)
        for (name, test), p_value in zip(found.items(), p_values, strict=True)
    }
    return replace(study, **changed)


def _similarity_tests(
    cells: CellRelations, similarities: Sequence[Similarity]
) -> tuple[MantelTest, ...]:
    """Test each measure of similarity, and adjust the p-values together."""
    table, gains = cells.table, defaultdict[tuple[str, str], list[float]](list)
    for i in cells.of_other_code:
        gains[table.cells[i].source, table.cells[i].target].append(float(table.gains[i]))
    means = {pair: fmean(values) for pair, values in gains.items()}
    tests = [test for one in similarities if (test := mantel_test(means, one)) is not None]
    p_values = adjust_p_values([test.p_value for test in tests])
    return tuple(replace(test, p_adjusted=p) for test, p in zip(tests, p_values, strict=True))


def _rectangle(cells: CellRelations) -> tuple[list[str], list[str]]:
    """Return the programming languages that are sources, and those that are targets."""
    chosen = [cells.table.cells[i] for i in (*cells.own, *cells.of_other_code)]
    sources = dict.fromkeys(cell.source for cell in chosen)
    return list(sources), list(dict.fromkeys(cell.target for cell in chosen))


def _detectable_cell(table: GainTable, alpha: float) -> float | None:
    """Return the smallest gain that half of the cells detect with 80 % power, from their errors."""
    tests = len(table.cells)
    if lowest_p_value(int(table.members.sum(axis=0).min()), tests) > alpha:
        return None
    errors = [table.estimate(row).error for row in np.eye(tests)]
    return detectable(median(errors), alpha, tests)
