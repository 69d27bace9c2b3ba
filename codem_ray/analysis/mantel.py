"""Mantel's test of whether gains between languages follow the similarity of the languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from codem_ray.analysis.gain_table import Vector
from codem_ray.analysis.similarity import Similarity
from codem_ray.analysis.transfer_results import MantelTest

_LARGEST_EXACT = 8
"""Number of languages up to which all orders are computed: 40,320 of 8."""
_NUM_RANDOM_ORDERS = 99_999
_BATCH = 10_000


def mantel_test(
    gains: Mapping[tuple[str, str], float], similarity: Similarity
) -> MantelTest | None:
    """Correlate gains between different languages with their similarity (Mantel 1967).

    Effects of sources and of targets are first removed from both by least squares, so that neither
    a good donor nor an easy target counts as similarity. The p-value is the share of orders of the
    languages in which the correlation is at least as large in size; rows and columns are reordered
    together. It is exact up to 8 languages. None if fewer than four languages were all
    tested on each other, or if gains or similarities do not vary.
    """
    languages = [
        name
        for name in similarity.languages
        if any(source == name for source, _ in gains) and any(target == name for _, target in gains)
    ]
    pairs = [(s, t) for s in languages for t in languages if s != t]
    if len(languages) < 4 or any(pair not in gains for pair in pairs):
        return None
    gain = _residuals(languages, {pair: gains[pair] for pair in pairs})
    alike = _residuals(languages, {pair: similarity.values[frozenset(pair)] for pair in pairs})
    scale = float(np.sqrt((gain**2).sum() * (alike**2).sum()))
    if scale < 1e-12:
        return None
    observed = float((gain * alike).sum()) / scale
    is_exact = len(languages) <= _LARGEST_EXACT
    num_orders = num_reached = 0
    for orders in _orders(len(languages), is_exact=is_exact):
        permuted = alike[orders[:, :, None], orders[:, None, :]]
        correlations = np.tensordot(permuted, gain, axes=([1, 2], [0, 1])) / scale
        num_reached += int((np.abs(correlations) >= abs(observed) - 1e-12).sum())
        num_orders += len(orders)
    if not is_exact:  # The observed order counts, too.
        num_orders, num_reached = num_orders + 1, num_reached + 1
    return MantelTest(
        similarity=similarity.name,
        correlation=observed,
        p_value=num_reached / num_orders,
        p_adjusted=num_reached / num_orders,
        languages=tuple(languages),
        num_orders=num_orders,
        is_exact=is_exact,
    )


def _residuals(languages: Sequence[str], values: Mapping[tuple[str, str], float]) -> Vector:
    """Return an array [source, target] without effects of either, 0 on the diagonal."""
    places = [(languages.index(source), languages.index(target)) for source, target in values]
    design = np.zeros((len(places), 2 * len(languages)))
    for row, (source, target) in enumerate(places):
        design[row, source] = design[row, len(languages) + target] = 1.0
    vector = np.fromiter(values.values(), np.float64)
    rest = vector - design @ np.linalg.lstsq(design, vector, rcond=None)[0]
    matrix = np.zeros((len(languages), len(languages)))
    for place, value in zip(places, rest, strict=True):
        matrix[place] = value
    return matrix


def _orders(number: int, *, is_exact: bool) -> Iterator[NDArray[np.int64]]:
    """Yield batches of orders: all of them, or random ones."""
    if is_exact:
        everything = list(permutations(range(number)))
        for start in range(0, len(everything), _BATCH):
            yield np.array(everything[start : start + _BATCH])
    else:
        generator = np.random.default_rng(0)
        for start in range(0, _NUM_RANDOM_ORDERS, _BATCH):
            size = min(_BATCH, _NUM_RANDOM_ORDERS - start)
            yield generator.random((size, number)).argsort(axis=1)
