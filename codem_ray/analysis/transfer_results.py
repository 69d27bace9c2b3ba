"""Results of a transfer study: contrasts, parts of gains, margins. All values are gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from codem_ray.analysis.paired import adjust_p_values
from codem_ray.records import Metric

_UNITS = {Metric.PASS_AT_K: (100, "points", 1), Metric.LOSS: (1, "nats per token", 3)}
"""Factor, name and decimals of a metric's gains in sentences."""


class Tested(Protocol):
    """A result with a p-value."""

    @property
    def p_adjusted(self) -> float | None:
        """The adjusted p-value; None if the result is not tested."""


def is_significant(result: Tested, alpha: float) -> bool:
    """Whether a result is statistically significant: the one rule of this project."""
    return result.p_adjusted is not None and result.p_adjusted <= alpha


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A difference with its confidence interval and p-value; a fraction of 1, or nats per token."""

    value: float
    low: float
    high: float
    error: float
    """Standard error, seeds included."""
    p_value: float
    """Two-sided, for the hypothesis of no difference."""
    p_adjusted: float
    """Adjusted (Holm) over the estimates of one kind, such as all contrasts."""

    def text(self, metric: Metric) -> str:
        """Return the value with its interval: `+4.7 points (+1.4 to +8.7)`."""
        factor, unit, digits = _UNITS[metric]
        value, low, high = (
            f"{factor * number:+.{digits}f}".replace("-", "−")
            for number in (self.value, self.low, self.high)
        )
        return f"{value} {unit} ({low} to {high})"


def adjusted(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Return the estimates with p-values adjusted over all of them (Holm)."""
    p_values = adjust_p_values([estimate.p_value for estimate in estimates])
    return [
        replace(estimate, p_adjusted=p_value)
        for estimate, p_value in zip(estimates, p_values, strict=True)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast(Estimate):
    """A mean of gains, or a difference between two means, that answers a question of the study."""

    name: str
    """`own`, `other`, `related` or `over_control`."""
    title: str
    first: float
    """Mean gain of the cells in question."""
    second: float | None
    """Mean gain that `first` is compared with. None: `first` is itself the contrast."""
    cells: int
    """Cells in the first mean."""
    sources: int
    targets: int
    detectable: float
    """The smallest contrast that this design detects with 80 % power."""

    def sentence(self, metric: Metric, alpha: float) -> str:
        """Describe the contrast in one sentence, with interval, p-value and means."""
        factor, _, digits = _UNITS[metric]
        means = (
            ""
            if self.second is None
            else f": {factor * self.first:+.{digits}f} against {factor * self.second:+.{digits}f}"
        ).replace("-", "−")
        verdict = "significant" if is_significant(self, alpha) else "not significant"
        p_value = "p < 0.001" if self.p_adjusted < 0.001 else f"p = {self.p_adjusted:.2g}"
        return f"{self.title}{means}, {self.text(metric)}, {verdict} ({p_value})."


@dataclass(frozen=True, kw_only=True, slots=True)
class Interaction:
    """Test of whether the effect of a source depends on the target."""

    p_value: float
    """By permutation of targets among the problems; noise of seeds is added."""
    p_adjusted: float
    deviation: float
    """Standard deviation of the cells' interaction effects, noise subtracted."""
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    num_problems: int
    num_permutations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MantelTest:
    """Test of whether gains between languages follow the similarity of the languages."""

    similarity: str
    """What the similarity is computed from: `tokens` or `syntax nodes`."""
    correlation: float
    """Between gains and similarity, effects of sources and targets removed from both."""
    p_value: float
    """Two-sided, over orders of the languages."""
    p_adjusted: float
    """Adjusted over the measures of similarity."""
    languages: tuple[str, ...]
    num_orders: int
    is_exact: bool
    """Whether all orders were computed."""

    def sentence(self, alpha: float) -> str:
        """Describe the test in one sentence."""
        verdict = "significant" if is_significant(self, alpha) else "not significant"
        correlation = f"{self.correlation:+.2f}".replace("-", "−")
        return (
            f"Correlation of gains with the similarity of {self.similarity}: {correlation}, "
            f"{verdict} (p = {self.p_adjusted:.2g}, {self.num_orders:,} orders of "
            f"{len(self.languages)} languages)."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GainParts:
    """A cell's gain, split: `gain = format + general + pair`."""

    source: str
    target: str
    benchmark: str
    gain: float
    """Over `base`; its interval is that of the cell in the matrix."""
    control: str | None
    """The best control. None: no control was run, so `general` contains the format."""
    format: float | None
    """The gain of the control: what learning the form of answers adds. Its interval is that of the
    control's cell in the matrix."""
    over_control: Estimate | None
    """The gain minus that of the control."""
    general: Estimate | None
    """What source and target add in pairs of unrelated languages, over the control."""
    pair: Estimate | None
    """The residual: what is specific to this source on this target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """A source as donor, or a target as recipient, in pairs of different languages."""

    name: str
    effect: Estimate
    """Mean gain by the additive model, so that a missing cell favours nobody."""
    rank_low: int
    """Best rank that the tests allow: one more than the number that are significantly better."""
    rank_high: int
    """Worst rank that the tests allow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShrunkCell:
    """The cell between different languages with the largest gain, corrected for its selection."""

    source: str
    target: str
    benchmark: str
    gain: Estimate
    """As measured."""
    shrunk: float
    """The gain moved towards the mean of all cells, by the share of noise in their variance."""
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferStudy:
    """All results about transfer between languages, for one metric."""

    metric: Metric
    alpha: float
    confidence: float
    num_seeds: int
    """The smallest number of seeds of a tuned source."""
    seed_deviation: float | None
    """Standard deviation of a cell between seeds, pooled over the matrix. None: one seed."""
    num_groups: int
    """The smallest number of independent groups of problems of a target."""
    num_tests: int
    """Number of cells whose gains are tested together."""
    detectable_cell: float | None
    """The smallest gain that the cells detect with 80 % power; None if none can be significant."""
    own: Contrast | None = None
    other: Contrast | None = None
    related: Contrast | None = None
    over_control: Contrast | None = None
    interaction: Interaction | None = None
    parts: tuple[GainParts, ...] = ()
    donors: tuple[Margin, ...] = ()
    """The best first."""
    recipients: tuple[Margin, ...] = ()
    largest: ShrunkCell | None = None
    similarity: tuple[MantelTest, ...] = ()
    """One per measure of similarity."""
    missing: Mapping[str, str]
    """Why a field is empty, by name of the field."""

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """The contrasts that could be computed."""
        found = (self.own, self.other, self.related, self.over_control)
        return tuple(contrast for contrast in found if contrast is not None)

    @property
    def scope(self) -> str:
        """A sentence on what the intervals and tests cover."""
        if self.seed_deviation is None:
            return (
                "Each source was tuned with one seed, so all claims are about these models: "
                "tuning again with another seed may change them."
            )
        factor, unit, digits = _UNITS[self.metric]
        single = (
            " For sources with a single seed they cover other problems only."
            if self.num_seeds < 2
            else ""
        )
        return (
            "Intervals and tests cover other problems and other training seeds; a cell varies by "
            f"{factor * self.seed_deviation:.{digits}f} {unit} between seeds.{single}"
        )

    def is_significant(self, result: Tested) -> bool:
        """Whether a result is statistically significant."""
        return is_significant(result, self.alpha)
