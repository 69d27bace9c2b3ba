"""Which gains of a matrix count as detected: the rule of the figures and tables."""

from __future__ import annotations

from codem_ray.analysis import MatrixCell, smallest_detectable_gain
from codem_ray.report.matrix_layout import Matrix


def tested_cells(matrix: Matrix) -> list[MatrixCell]:
    """Return the cells whose gains are tested together: all with a gain, except those of base."""
    return [
        cell for cell in matrix.cells.values() if cell.gain is not None and cell.source != "base"
    ]


def lowest_p_value(matrix: Matrix, num_groups: int) -> float:
    """Return the smallest adjusted p-value that the matrix can yield; it may exceed 1.

    A sign-flip test is most significant when all groups of problems agree: then two of the
    2^n sign patterns are as extreme. Holm's adjustment multiplies that by the number of tests.
    """
    return len(tested_cells(matrix)) * 2.0 ** (1 - num_groups)


def detectable_gain(matrix: Matrix, *, alpha: float, num_groups: int) -> float | None:
    """Return the smallest gain that this matrix detects at 80 % power.

    None if there are too few problems, or too few groups of them, to detect any gain.
    """
    tested = tested_cells(matrix)
    if not tested or lowest_p_value(matrix, num_groups) > alpha:
        return None
    return smallest_detectable_gain(
        min(cell.problems for cell in tested), alpha=alpha, comparisons=len(tested)
    )


def is_detected_gain(cell: MatrixCell, alpha: float, detectable: float | None) -> bool:
    """Whether a gain is significant after adjustment and at least the smallest detectable one."""
    return (
        cell.gain is not None
        and cell.p_adjusted is not None
        and cell.p_adjusted <= alpha
        and detectable is not None
        and abs(cell.gain) >= detectable
    )
