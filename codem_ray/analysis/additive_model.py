"""The additive model of a matrix, `gain = source + target`, fitted by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from codem_ray.analysis.gain_table import GainTable, Vector

_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class AdditiveModel:
    """A least-squares fit of gains. Predictions are weights [cell], so that they have variances."""

    table: GainTable
    fitted: Sequence[int]
    """Indices of the cells that the model is fitted to."""
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    solution: Vector
    """Array [parameter, cell]: the parameters as weighted sums of the gains."""
    identified: Vector
    """Projection on the combinations of parameters that the fitted cells determine."""

    def prediction(self, source: str, target: str) -> Vector | None:
        """Return the weights [cell] that predict a cell; None if the fit does not determine it."""
        if source not in self.sources or target not in self.targets:
            return None
        return self._combination(_row(source, target, self.sources, self.targets))

    def margin(self, *, source: str | None = None, target: str | None = None) -> Vector | None:
        """Return the weights [cell] of the mean of a source over all targets, or of a target."""
        rows = [
            _row(one, other, self.sources, self.targets)
            for one in (self.sources if source is None else (source,))
            for other in (self.targets if target is None else (target,))
        ]
        return self._combination(np.mean(rows, axis=0))

    def _combination(self, parameters: Vector) -> Vector | None:
        if np.abs(self.identified @ parameters - parameters).max() > _TOLERANCE:
            return None
        return np.asarray(parameters @ self.solution, dtype=np.float64)


def fit_additive(table: GainTable, fitted: Sequence[int]) -> AdditiveModel:
    """Fit the model to the cells with these indices, all with equal weights."""
    cells = [table.cells[index] for index in fitted]
    sources = tuple(dict.fromkeys(cell.source for cell in cells))
    targets = tuple(dict.fromkeys(cell.target for cell in cells))
    design = np.array([_row(cell.source, cell.target, sources, targets) for cell in cells])
    design = design.reshape(len(cells), len(sources) + len(targets))
    inverse = np.linalg.pinv(design)
    solution = np.zeros((design.shape[1], len(table.cells)))
    solution[:, list(fitted)] = inverse
    return AdditiveModel(table, fitted, sources, targets, solution, inverse @ design)


def _row(source: str, target: str, sources: Sequence[str], targets: Sequence[str]) -> Vector:
    return np.array(
        [float(one == source) for one in sources] + [float(one == target) for one in targets]
    )
