"""Orders languages so that those that help each other are neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def mutual_order(names: Sequence[str], gains: Mapping[tuple[str, str], float]) -> list[str]:
    """Return the names in the leaf order of a clustering by mutual gains.

    Two languages are alike if they help each other more than the means of their rows and columns
    predict. Own-language gains are ignored, since they are large everywhere. The clustering is
    agglomerative with average linkage and an optimal leaf order (Bar-Joseph et al. 2001). Names
    keep their order if there are fewer than four, or if the gain of a pair is missing.
    """
    pairs = [(a, b) for a in names for b in names if a != b]
    if len(names) < 4 or any(pair not in gains for pair in pairs):
        return list(names)
    import numpy as np
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    size = len(names)
    index = {name: position for position, name in enumerate(names)}
    # Least squares for row and column effects, because the diagonal is left out.
    design = np.zeros((len(pairs), 2 * size))
    for number, (a, b) in enumerate(pairs):
        design[number, index[a]] = design[number, size + index[b]] = 1.0
    observed = np.array([gains[pair] for pair in pairs])
    residuals = observed - design @ np.linalg.lstsq(design, observed, rcond=None)[0]
    likeness = np.zeros((size, size))
    for (a, b), residual in zip(pairs, residuals, strict=True):
        likeness[index[a], index[b]] += residual / 2
        likeness[index[b], index[a]] += residual / 2
    # Rounded, so that floating-point differences between machines do not change the order.
    distances = np.round(likeness.max() - likeness, 9)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances), "average", optimal_ordering=True)
    order = [names[leaf] for leaf in leaves_list(tree)]
    # A leaf order may be read from either end.
    return order if order.index(names[0]) < size / 2 else order[::-1]
