"""The section `search`: settings to compare, and how Ray Tune schedules the trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from codem_ray.config.fields import (
    Float,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Section,
    Seed,
)


class SearchRange(Section):
    """A range of numbers to draw from; whole numbers for a key that takes those."""

    low: Float
    """Smallest value."""
    high: Float
    """Largest value."""
    log: bool = False
    """Draw the logarithm uniformly, as for learning rates."""

    @model_validator(mode="after")
    def _is_range(self) -> SearchRange:
        if self.low >= self.high:
            raise ValueError(f"low is {self.low:g} and high is {self.high:g}: low must be smaller")
        if self.log and self.low <= 0:
            raise ValueError(f"low is {self.low:g}, but log: true needs a low above 0")
        return self


Choices = Annotated[tuple[Any, ...], Field(min_length=1)]


class SearchConfig(Section):
    """Settings to compare, and how Ray Tune schedules the trials."""

    space: Mapping[str, SearchRange | Choices] = Field(default={})
    """Keys of `training`, `data.mixture` or `data.pairs` with the values to compare, as in
    `{training.learning_rate: [1.0e-5, 2.0e-5]}`, or with a range, `{low: 1.0e-5, high: 1.0e-4, log:
    true}`. Each source is searched alone, and each setting of it is a row of the matrix."""
    method: Literal["grid", "random", "optuna"] = "grid"
    """`grid`: all combinations of the lists; `random`: `samples` draws, the same for each source;
    `optuna`: `samples` settings of each source, chosen by the results of earlier ones."""
    samples: PositiveInt | None = None
    """Settings of each source with `random` and `optuna`."""
    seed: Seed = 0
    """Seed of `random` and `optuna`."""
    scheduler: Literal["none", "asha"] = "none"
    """`asha`: stop the settings of a source whose loss is not among the best ones early; they are
    not scored."""
    grace_period: Annotated[Float, Field(gt=0, lt=1)] = 0.1
    """With `asha`: share of its steps that each trial trains before it may be stopped."""
    reduction_factor: Annotated[int, Field(ge=2, le=100)] = 3
    """With `asha`: one of so many trials goes on at each comparison, and there is a comparison
    whenever the steps have grown by this factor."""
    max_concurrent_trials: PositiveInt | None = None
    """Trials at a time; null: as many as the scarcest resource allows."""
    max_failures: NonNegativeInt = 2
    """Further attempts of a trial after the first one failed. Attempts that ended
    because a node died or was preempted do not count."""
    stall_minutes: PositiveFloat = 30.0
    """Longest time without a finished step in training, or a completion in generation: then the
    attempt is ended, and its error says what each process was doing."""

    @model_validator(mode="after")
    def _fits_the_method(self) -> SearchConfig:
        ranges = [key for key, values in self.space.items() if isinstance(values, SearchRange)]
        if not self.space and (self.method != "grid" or self.samples or self.scheduler != "none"):
            raise ValueError(
                "space is empty, so there are no settings to compare: name keys and values in "
                "search.space, or remove method, samples and scheduler"
            )
        if self.method == "grid" and ranges:
            raise ValueError(
                f"space.{ranges[0]} is a range, and method is grid: list its values, or set method "
                "to random or optuna"
            )
        if self.method == "grid" and self.samples is not None:
            raise ValueError(
                f"samples is {self.samples}, but a grid takes all combinations: remove samples, or "
                "set method to random or optuna"
            )
        if self.method != "grid" and self.samples is None:
            raise ValueError(f"samples is missing: set the number of settings for {self.method}")
        return self
