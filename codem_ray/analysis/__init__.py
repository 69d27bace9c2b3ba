"""Statistics of the transfer matrix: scores, intervals, paired gains."""

from codem_ray.analysis.common import CommonScore, common_subset, write_common_csv
from codem_ray.analysis.intervals import Interval, bootstrap_interval, score_interval, wilson
from codem_ray.analysis.matrix import (
    ALL_SEEDS,
    Cell,
    CellKey,
    headline_cells,
    missing_cells,
    read_csv,
    transfer_matrix,
    write_csv,
)
from codem_ray.analysis.paired import Gain, adjust, paired_gain, smallest_detectable_gain
from codem_ray.analysis.pass_at_k import pass_at_k
from codem_ray.analysis.transfer import MeanGain, mean_gain

__all__ = [
    "ALL_SEEDS",
    "Cell",
    "CellKey",
    "CommonScore",
    "Gain",
    "Interval",
    "MeanGain",
    "adjust",
    "bootstrap_interval",
    "common_subset",
    "headline_cells",
    "mean_gain",
    "missing_cells",
    "paired_gain",
    "pass_at_k",
    "read_csv",
    "score_interval",
    "smallest_detectable_gain",
    "transfer_matrix",
    "wilson",
    "write_common_csv",
    "write_csv",
]
