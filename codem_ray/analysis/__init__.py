"""Statistics of the transfer matrix: scores, intervals, paired gains."""

from codem_ray.analysis.common_subset import ALL_TARGETS, CommonScore, common_csv, common_subset
from codem_ray.analysis.intervals import (
    Interval,
    IntervalSettings,
    bootstrap_interval,
    score_interval,
    wilson,
)
from codem_ray.analysis.losses import baseline_style
from codem_ray.analysis.matrix import (
    ALL_SEEDS,
    CellKey,
    MatrixCell,
    headline_cells,
    missing_cells,
    transfer_matrix,
    write_csv,
)
from codem_ray.analysis.paired import (
    Gain,
    adjust_p_values,
    lowest_p_value,
    paired_gain,
    smallest_detectable_gain,
)
from codem_ray.analysis.pass_at_k import pass_at_k

__all__ = [
    "ALL_SEEDS",
    "ALL_TARGETS",
    "CellKey",
    "CommonScore",
    "Gain",
    "Interval",
    "IntervalSettings",
    "MatrixCell",
    "adjust_p_values",
    "baseline_style",
    "bootstrap_interval",
    "common_csv",
    "common_subset",
    "headline_cells",
    "lowest_p_value",
    "missing_cells",
    "paired_gain",
    "pass_at_k",
    "score_interval",
    "smallest_detectable_gain",
    "transfer_matrix",
    "wilson",
    "write_csv",
]
