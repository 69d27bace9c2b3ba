"""The transfer matrix from rows of results."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from synthetic_results import make_results, make_row

from codem_ray.analysis import (
    ALL_SEEDS,
    CellKey,
    MatrixCell,
    adjust_p_values,
    headline_cells,
    missing_cells,
    transfer_matrix,
    write_csv,
)
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Outcome, ProblemResult, PromptStyle

GOLDEN = Path(__file__).parents[2] / "golden" / "report" / "transfer_matrix.csv"


def frame(rows: list[ProblemResult]) -> pd.DataFrame:
    return pd.DataFrame([asdict(row) for row in rows])


def rows_of(
    source: str, pattern: str, style: PromptStyle = PromptStyle.INSTRUCTION, **fields: object
) -> list[ProblemResult]:
    """Make a row of `go` for each letter: p passed, w wrong, i infrastructure, n not run."""
    outcomes = {
        "p": Outcome.PASSED,
        "w": Outcome.WRONG_ANSWER,
        "i": Outcome.INFRASTRUCTURE_ERROR,
        "n": Outcome.NOT_RUN,
    }
    return [
        replace(
            make_row(source, "go", number, style=style, outcome=outcomes[letter]),
            **{"group": "", **fields},  # type: ignore[arg-type]
        )
        for number, letter in enumerate(pattern)
    ]


BASE = rows_of("base", "pwwwwwwwww", PromptStyle.COMPLETION)


def cell_of(
    cells: list[MatrixCell], source: str, seed: int | str = 0, **fields: object
) -> MatrixCell:
    found = [
        cell
        for cell in cells
        if (cell.source, cell.seed) == (source, seed)
        and all(getattr(cell, name) == value for name, value in fields.items())
    ]
    assert len(found) == 1
    return found[0]


def test_csv_has_exactly_the_columns_of_the_contract(tmp_path: Path) -> None:
    write_csv([], tmp_path / "matrix.csv")
    assert (tmp_path / "matrix.csv").read_text() == (
        "source,target,trial_id,seed,benchmark,benchmark_digest,prompt_style,metric,k,samples,"
        "problems,value,ci_low,ci_high,baseline,gain,gain_ci_low,gain_ci_high,p_value,p_adjusted,"
        "better,worse,incomplete\n"
    )


def test_ten_sources_by_eight_targets_with_base_in_both_styles_match_the_golden_file(
    tmp_path: Path,
) -> None:
    cells = transfer_matrix(make_results(with_flaws=True))
    assert len(cells) == 11 * 8
    write_csv(cells, tmp_path / "transfer_matrix.csv")
    assert (tmp_path / "transfer_matrix.csv").read_text() == GOLDEN.read_text()


def test_quarantined_problems_are_in_no_denominator() -> None:
    rows = rows_of("c", "ppww") + [
        replace(row, is_quarantined=True, task_id=f"go/q{row.task_id}")
        for row in rows_of("c", "pp")
    ]
    cell = cell_of(transfer_matrix(frame(BASE + rows)), "c")
    assert (cell.problems, cell.value, cell.incomplete) == (4, 0.5, False)


def test_infrastructure_error_is_not_a_failure_and_makes_the_cell_incomplete() -> None:
    cell = cell_of(transfer_matrix(frame(BASE + rows_of("c", "ppwi"))), "c")
    assert (cell.problems, cell.value, cell.incomplete) == (3, pytest.approx(2 / 3), True)


def test_problem_that_was_not_run_is_left_out_without_making_the_cell_incomplete() -> None:
    cell = cell_of(transfer_matrix(frame(BASE + rows_of("c", "ppwn"))), "c")
    assert (cell.problems, cell.incomplete) == (3, False)


def test_cell_without_any_verdict_is_incomplete_and_has_no_score() -> None:
    cell = cell_of(transfer_matrix(frame(BASE + rows_of("c", "nnn"))), "c")
    assert (cell.problems, cell.value, cell.gain, cell.incomplete) == (0, None, None, True)


def test_gain_is_measured_from_the_baseline_style_on_the_same_problems() -> None:
    rows = BASE + rows_of("base", "pppppppppp") + rows_of("c", "pppwwwwwwi")
    for style, baseline in ((PromptStyle.COMPLETION, 1 / 9), (PromptStyle.INSTRUCTION, 1.0)):
        cell = cell_of(transfer_matrix(frame(rows), baseline_style=style), "c")
        assert cell.baseline == pytest.approx(baseline)
        assert cell.gain == pytest.approx(3 / 9 - baseline)
    assert (cell.better, cell.worse) == (0, 6)


def test_base_has_no_gain_over_itself_but_one_between_its_styles() -> None:
    cells = transfer_matrix(frame(BASE + rows_of("base", "pppppppppp")))
    own = cell_of(cells, "base", prompt_style=PromptStyle.COMPLETION)
    other = cell_of(cells, "base", prompt_style=PromptStyle.INSTRUCTION)
    assert (own.gain, own.baseline) == (None, pytest.approx(0.1))
    assert other.gain == pytest.approx(0.9)
    assert other.p_adjusted is None


def test_results_without_base_have_scores_but_no_gains() -> None:
    cell = cell_of(transfer_matrix(frame(rows_of("c", "ppww"))), "c")
    assert (cell.value, cell.baseline, cell.gain, cell.p_value) == (0.5, None, None, None)


def test_base_on_another_version_of_the_benchmark_is_not_a_baseline() -> None:
    rows = BASE + rows_of("c", "ppww", benchmark_digest="other")
    assert cell_of(transfer_matrix(frame(rows)), "c").gain is None


def test_seeds_get_a_cell_each_and_one_that_averages_them_by_problem() -> None:
    rows = BASE + rows_of("c", "ppww") + rows_of("c", "pwww", seed=1, trial_id="c-1")
    cells = transfer_matrix(frame(rows))
    assert cell_of(cells, "c", 0).value == 0.5
    assert cell_of(cells, "c", 1).value == 0.25
    pooled = cell_of(cells, "c", ALL_SEEDS)
    assert (pooled.value, pooled.trial_id, pooled.problems) == (0.375, "all", 4)
    assert [cell.seed for cell in headline_cells(cells)] == [0, "all"]


def test_seeds_that_differ_in_their_problems_make_the_pooled_cell_incomplete() -> None:
    rows = BASE + rows_of("c", "ppww") + rows_of("c", "pww", seed=1, trial_id="c-1")
    cells = transfer_matrix(frame(rows))
    assert cell_of(cells, "c", ALL_SEEDS).incomplete
    assert not cell_of(cells, "c", 1).incomplete


def test_pass_at_k_of_several_samples_is_averaged_over_problems() -> None:
    rows = [
        replace(row, sample=sample)
        for sample, pattern in enumerate(["pw", "pw", "wp"])
        for row in rows_of("c", pattern)
    ]
    cells = transfer_matrix(frame(rows), k=(1, 2))
    assert cell_of(cells, "c", k=1).value == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert cell_of(cells, "c", k=2).value == pytest.approx((1 + 2 / 3) / 2)
    assert cell_of(cells, "c", k=2).samples == 3


def test_k_above_the_samples_is_refused() -> None:
    with pytest.raises(ConfigError, match="pass@2"):
        transfer_matrix(frame(rows_of("c", "pw")), k=(2,))


def test_missing_sample_makes_the_cell_incomplete() -> None:
    rows = [*rows_of("c", "pw"), replace(rows_of("c", "p")[0], sample=1)]
    assert cell_of(transfer_matrix(frame(rows)), "c").incomplete


def test_p_values_are_adjusted_within_the_headline_and_within_each_seed() -> None:
    results = make_results(seeds=(0, 1), targets=("c", "go", "java"))
    cells = [cell for cell in transfer_matrix(results) if cell.source != "base"]
    for seed in (0, 1, ALL_SEEDS):
        family = [cell for cell in cells if cell.seed == seed]
        assert len(family) == 9 * 3
        raw = [cell.p_value for cell in family if cell.p_value is not None]
        assert [cell.p_adjusted for cell in family] == pytest.approx(adjust_p_values(raw))


def test_two_trials_in_one_cell_are_refused() -> None:
    rows = [*rows_of("c", "pp"), replace(rows_of("c", "p")[0], task_id="x", trial_id="stale")]
    with pytest.raises(DataError, match="stale"):
        transfer_matrix(frame(rows))


def test_a_duplicate_sample_is_refused() -> None:
    with pytest.raises(DataError, match="twice"):
        transfer_matrix(frame(rows_of("c", "pp") + rows_of("c", "p")))


def test_results_with_a_missing_column_are_refused() -> None:
    with pytest.raises(DataError, match="outcome"):
        transfer_matrix(frame(rows_of("c", "pp")).drop(columns="outcome"))


def test_cells_that_are_missing_entirely_are_listed() -> None:
    cells = transfer_matrix(frame(BASE + rows_of("c", "ppww")))
    here = CellKey("c", 0, "starter-go", PromptStyle.INSTRUCTION)
    gone = CellKey("java", 0, "starter-go", PromptStyle.INSTRUCTION)
    assert missing_cells([here, gone], cells) == [gone]
