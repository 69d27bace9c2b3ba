"""The statistics agree with an independent implementation, statsmodels, on random matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from planted_study import LANGUAGES, RELATED, planted_losses
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from codem_ray.analysis import adjust_p_values, wilson
from codem_ray.analysis.additive_model import fit_additive
from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.contrasts import own_contrast
from codem_ray.analysis.gain_table import GainTable, gain_table
from codem_ray.analysis.paired import sign_flip_p_value
from codem_ray.analysis.scores import cells_by_key
from codem_ray.analysis.seed_effects import seed_effects
from codem_ray.records import PromptStyle

NUMBERS = range(4)


def random_table(number: int, *, is_shared: bool = True) -> GainTable:
    generator = np.random.default_rng(number)
    effects = {(s, t): generator.normal(0, 0.2) for s in LANGUAGES for t in LANGUAGES}
    losses = planted_losses(
        lambda source, target: effects[source, target],
        num_problems=int(generator.integers(8, 25)),
        noise=0.4,
        is_shared=is_shared,
        number=number,
    )
    # Some problems were not scored by all models.
    losses = losses[generator.random(len(losses)) > 0.05]
    table = gain_table(losses, baseline_style=PromptStyle.INSTRUCTION, k=1, confidence=0.95)
    assert table is not None
    return table


def clustered_fit(table: GainTable) -> tuple[sm.regression.linear_model.RegressionResults, int]:
    """Fit a mean per cell with errors clustered by group, and return the number of groups."""
    rows = [
        (column, table.groups[column][name], gain)
        for column, gains in enumerate(table.differences)
        for name, gain in gains.items()
    ]
    frame = pd.DataFrame(rows, columns=["cell", "group", "gain"])
    design = pd.get_dummies(frame["cell"]).to_numpy(dtype=np.float64)
    codes = frame["group"].astype("category").cat.codes
    options = {"groups": codes, "use_correction": False}
    fit = sm.OLS(frame["gain"], design).fit(cov_type="cluster", cov_kwds=options, use_t=True)
    return fit, frame["group"].nunique()


@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("number", NUMBERS)
def test_contrasts_agree_with_clustered_least_squares(number: int, is_shared: bool) -> None:
    table = random_table(number, is_shared=is_shared)
    fit, num_groups = clustered_fit(table)
    correction = (num_groups / (num_groups - 1)) ** 0.5
    generator = np.random.default_rng(number)
    cells = CellRelations(table=table, languages=LANGUAGES, pages=(), related_pairs=RELATED)
    own = own_contrast(cells, 0.05)
    assert own is not None
    weights = table.weights(cells.own) - np.mean(
        [
            table.weights(
                [j for j in cells.of_other_code if table.cells[j].target == table.cells[i].target]
            )
            for i in cells.own
        ],
        axis=0,
    )
    for vector in (weights, generator.normal(size=len(table.cells))):
        ours, theirs = table.estimate(vector), fit.t_test(vector)
        assert ours.value == pytest.approx(float(np.squeeze(theirs.effect)))
        assert ours.error == pytest.approx(float(np.squeeze(theirs.sd)) * correction)
    assert own.value == pytest.approx(float(np.squeeze(fit.t_test(weights).effect)))
    t = own.value / own.error
    p_value = float(np.squeeze(fit.t_test(weights).pvalue))
    # statsmodels takes the same degrees of freedom, one less than the groups.
    assert fit.df_resid_inference == num_groups - 1
    assert own.p_value == pytest.approx(p_value, abs=0.02)
    assert abs(t) < abs(float(np.squeeze(fit.t_test(weights).tvalue)))


@pytest.mark.parametrize("number", NUMBERS)
def test_additive_model_agrees_with_least_squares_on_dummies(number: int) -> None:
    table = random_table(number)
    cells = CellRelations(table=table, languages=LANGUAGES, pages=(), related_pairs=RELATED)
    frame = pd.DataFrame(table.cells)
    frame["gain"] = table.gains
    model = sm.OLS.from_formula("gain ~ C(source) + C(target)", frame.iloc[cells.unrelated]).fit()
    fit = fit_additive(table, cells.unrelated)
    for i in (*cells.own, *cells.related):
        weights = fit.prediction(table.cells[i].source, table.cells[i].target)
        assert weights is not None
        predicted = float(model.predict(frame.iloc[[i]]).iloc[0])
        assert float(weights @ table.gains) == pytest.approx(predicted)


@pytest.mark.parametrize("number", NUMBERS)
def test_variance_between_seeds_is_the_restricted_maximum_likelihood(number: int) -> None:
    losses = planted_losses(
        lambda s, t: 0.0,
        sources=("c",),
        targets=("c",),
        seeds=6,
        seed_deviation=0.5,
        num_problems=12,
        noise=0.5,
        number=number,
    )
    effects = seed_effects(cells_by_key(losses))
    tuned = losses[losses.source == "c"]
    problems = pd.get_dummies(tuned["task_id"]).to_numpy(dtype=np.float64)
    fit = MixedLM(tuned["loss"].to_numpy(), problems, groups=tuned["seed"].to_numpy()).fit(
        reml=True
    )
    assert effects is not None
    assert effects.total == pytest.approx(float(fit.cov_re[0, 0]), rel=1e-3)


def test_holm_wilson_and_the_exact_test_of_single_samples_agree() -> None:
    generator = np.random.default_rng(0)
    for _ in range(5):
        p_values = generator.random(20) ** 3
        assert adjust_p_values(p_values.tolist()) == pytest.approx(
            multipletests(p_values, method="holm")[1]
        )
        passed, total = sorted(generator.integers(1, 60, 2).tolist())
        assert tuple(wilson(passed, total)) == pytest.approx(
            proportion_confint(passed, total, method="wilson")
        )
        better, worse = generator.integers(0, 12, 2).tolist()
        differences = [1.0] * better + [-1.0] * worse + [0.0] * 7
        exact = mcnemar([[7, better], [worse, 7]], exact=True).pvalue
        assert sign_flip_p_value(differences, [""] * len(differences)) == pytest.approx(exact)
