"""Contrasts, parts of gains, margins and interaction from studies with planted effects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from planted_study import LANGUAGES, RELATED, planted_losses

from codem_ray.analysis.paired import adjust_p_values
from codem_ray.analysis.transfer_results import TransferStudy
from codem_ray.analysis.transfer_study import transfer_study
from codem_ray.records import PromptStyle


def study_of(losses: pd.DataFrame) -> TransferStudy:
    study = transfer_study(
        losses,
        languages=(*LANGUAGES, "html"),
        pages=("html",),
        related=RELATED,
        baseline_style=PromptStyle.INSTRUCTION,
    )
    assert study is not None
    return study


def additive(source: str, target: str) -> float:
    return 0.1 * LANGUAGES.index(source) + 0.2 * LANGUAGES.index(target)


def planted(source: str, target: str) -> float:
    """Add 0.5 to own cells and 0.3 to related pairs; controls have only the target's effect."""
    if source not in LANGUAGES:
        return 0.2 * LANGUAGES.index(target)
    own = 0.5 if source == target else 0.0
    return additive(source, target) + own + 0.3 * (frozenset((source, target)) in RELATED)


def losses_of(effect: Callable[[str, str], float], **options: object) -> pd.DataFrame:
    return planted_losses(effect, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def study() -> TransferStudy:
    return study_of(losses_of(planted, sources=(*LANGUAGES, "prose"), noise=0.05))


def test_own_language_is_compared_with_other_languages_on_the_same_targets(
    study: TransferStudy,
) -> None:
    assert study.own is not None
    # Related cells are among the others: 4 of 42 with 0.3 more.
    assert study.own.value == pytest.approx(0.5 - 4 * 0.3 / 42, abs=0.02)
    assert study.own.value == pytest.approx(study.own.first - (study.own.second or 0))
    assert (study.own.cells, study.own.sources) == (7, 7)
    assert study.is_significant(study.own)
    assert "nats per token" in study.own.sentence(study.metric, study.alpha)


def test_related_pairs_are_compared_with_what_unrelated_pairs_predict(
    study: TransferStudy,
) -> None:
    assert study.related is not None
    assert study.related.value == pytest.approx(0.3, abs=0.03)
    assert study.related.low < 0.3 < study.related.high
    assert study.related.cells == 4
    assert "+0.3" in study.related.sentence(study.metric, study.alpha)


def test_best_control_is_subtracted_on_the_same_target(study: TransferStudy) -> None:
    assert study.over_control is not None
    expected = np.mean(
        [planted(s, t) - planted("prose", t) for s in LANGUAGES for t in LANGUAGES if s != t]
    )
    assert study.over_control.value == pytest.approx(expected, abs=0.02)
    assert "`prose`" in study.over_control.title


def test_parts_of_each_gain_add_up_to_it(study: TransferStudy) -> None:
    assert len(study.parts) == 49
    for part in study.parts:
        assert part.format is not None
        assert part.general is not None
        assert part.pair is not None
        assert part.over_control is not None
        assert part.format + part.general.value + part.pair.value == pytest.approx(part.gain)
        assert part.over_control.value == pytest.approx(part.gain - part.format)
        special = planted(part.source, part.target) - additive(part.source, part.target)
        assert part.pair.value == pytest.approx(special, abs=0.1)
        assert study.is_significant(part.pair) == (special > 0), part


def test_donors_and_recipients_are_ranked_with_the_ranks_that_tests_allow(
    study: TransferStudy,
) -> None:
    assert [row.name for row in study.recipients] == [*reversed(LANGUAGES)]
    assert study.donors[0].name == "go"
    assert study.donors[-1].name == "python"
    assert (study.donors[-1].rank_low, study.donors[-1].rank_high) == (7, 7)
    noisy = study_of(losses_of(additive, noise=3.0))
    assert all(row.rank_low == 1 for row in noisy.donors)
    assert all(row.rank_high == 7 for row in noisy.donors)


def test_margins_do_not_favour_a_source_that_skips_a_hard_target() -> None:
    losses = losses_of(lambda source, target: -2.0 * (target == "go"), noise=0.01)
    losses = losses[~((losses.source == "c") & (losses.target == "go"))]
    effects = {row.name: row.effect.value for row in study_of(losses).donors}
    assert effects["c"] == pytest.approx(effects["python"], abs=0.02)


def test_interaction_is_found_if_planted_and_not_in_an_additive_matrix() -> None:
    found = study_of(losses_of(planted)).interaction
    assert found is not None
    assert found.p_value == pytest.approx(1 / 2000)
    assert found.deviation > 0.1
    p_values = [
        one.p_value
        for number in range(12)
        if (one := study_of(losses_of(additive, number=number)).interaction)
    ]
    assert len(p_values) == 12
    assert 0.25 < np.mean(p_values) < 0.75
    assert sum(p_value <= 0.05 for p_value in p_values) <= 2


def test_problems_of_one_target_each_are_exchanged_freely() -> None:
    found = study_of(losses_of(planted, is_shared=False)).interaction
    assert found is not None
    assert found.p_value < 0.01
    assert found.num_problems == 7 * 30


def test_effects_of_seeds_are_no_interaction() -> None:
    options = {"seeds": 2, "seed_deviation": 0.1, "num_problems": 60}
    p_values = [
        one.p_value
        for number in range(6)
        if (one := study_of(losses_of(additive, number=number, **options)).interaction)
    ]
    assert len(p_values) == 6
    assert sum(p_value <= 0.05 for p_value in p_values) <= 2


def test_largest_cell_is_drawn_towards_the_mean() -> None:
    flat = study_of(losses_of(lambda source, target: 0.3, noise=1.0)).largest
    assert flat is not None
    assert flat.shrunk < flat.gain.value
    assert flat.low < 0.3 < flat.high
    # Where cells differ far beyond noise, nothing is taken away.
    clear = study_of(losses_of(planted, noise=0.01)).largest
    assert clear is not None
    assert clear.shrunk == pytest.approx(clear.gain.value, abs=0.01)


def test_one_seed_limits_claims_to_these_models_and_more_widen_the_intervals() -> None:
    one = study_of(losses_of(planted))
    assert one.seed_deviation is None
    assert "about these models" in one.scope
    calm = study_of(losses_of(planted, seeds=2))
    wild = study_of(losses_of(planted, seeds=2, seed_deviation=0.2))
    assert calm.seed_deviation == pytest.approx(0, abs=0.02)
    assert wild.seed_deviation == pytest.approx(0.2, abs=0.05)
    assert "other training seeds" in wild.scope
    assert calm.own is not None
    assert wild.own is not None
    assert wild.own.error > 1.5 * calm.own.error


def test_what_cannot_be_computed_is_none_with_a_reason() -> None:
    study = study_of(losses_of(planted, sources=("c", "mixed"), targets=("c", "cpp")))
    assert study.own is None
    assert study.over_control is None
    assert {"own", "related", "over_control", "interaction", "largest"} <= study.missing.keys()
    assert study.other is not None
    assert "other" not in study.missing
    assert all(part.pair is None and part.control is None for part in study.parts)


def test_pages_and_mixtures_take_no_part_in_contrasts() -> None:
    names = ("c", "go", "java", "html", "mixed")
    strange = losses_of(
        lambda s, t: 9.0 if "html" in (s, t) or s == "mixed" else 0.1,
        sources=names,
        targets=names[:-1],
    )
    study = study_of(strange)
    assert study.other is not None
    assert study.other.value == pytest.approx(0.1, abs=0.05)
    assert study.own is not None
    assert study.own.value == pytest.approx(0, abs=0.05)
    assert "html" in {row.name for row in study.donors}
    assert "html" not in {row.name for row in study.recipients}


def test_contrasts_are_adjusted_together_with_the_interaction() -> None:
    study = study_of(losses_of(additive, noise=2.0))
    assert study.interaction is not None
    tests = [*study.contrasts, study.interaction]
    assert [test.p_adjusted for test in tests] == adjust_p_values([test.p_value for test in tests])
    assert any(test.p_adjusted > test.p_value for test in tests)
