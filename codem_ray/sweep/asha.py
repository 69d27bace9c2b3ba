"""Asynchronous successive halving (ASHA, Li et al. 2020), as pure functions.

Every setting of a source trains. When a trial reaches a rung, its loss is compared with those of
the trials of its bracket that were there before: unless it is among the best `1 /
reduction_factor` of them, it stops. This is the rule of Ray Tune's `ASHAScheduler`, but a rung is a
share of a trial's own steps, because settings may differ in their number of steps.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codem_ray.config import SearchConfig
from codem_ray.sweep.search_metric import search_loss
from codem_ray.training.heldout_schedule import compared_steps

Bracket = tuple[str, int]
"""Source and seed: only trials of one bracket are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AshaRule:
    """The parameters of the rule."""

    grace_period: float
    """Share of the steps of the first rung."""
    reduction_factor: int

    @classmethod
    def of(cls, search: SearchConfig) -> AshaRule | None:
        """Return the rule of a sweep file; None if it stops no trial."""
        if search.scheduler != "asha":
            return None
        return cls(grace_period=search.grace_period, reduction_factor=search.reduction_factor)

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of a trial's steps at which it is compared, the last step excluded."""
        shares, share = [], self.grace_period
        while share < 1:
            shares.append(share)
            share *= self.reduction_factor
        return tuple(shares)

    def rungs(self, steps: int) -> tuple[int, ...]:
        """Return the steps at which a trial of `steps` steps is compared."""
        return tuple(sorted(compared_steps(steps, self.shares)))


def is_among_best(loss: float, earlier: Sequence[float], reduction_factor: int) -> bool:
    """Return whether a loss is among the best `1 / reduction_factor` of those at its rung before.

    The first one always is. Between two losses the limit is interpolated, as in NumPy's percentile.
    """
    if math.isnan(loss):
        return False
    known = sorted(other for other in earlier if not math.isnan(other))
    if not known:
        return True
    place = (len(known) - 1) / reduction_factor
    low = math.floor(place)
    high = min(low + 1, len(known) - 1)
    return loss <= known[low] + (place - low) * (known[high] - known[low])


@dataclass(kw_only=True)
class Judge:
    """Decides at each rung whether a trial goes on, and remembers the losses there."""

    rule: AshaRule
    brackets: Mapping[str, Bracket]
    """Bracket of each trial."""
    _losses: dict[tuple[Bracket, int], dict[str, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Losses by trial, at each bracket's rungs, counted from 0."""

    def learn(self, trial_id: str, steps: int, curve: Sequence[Mapping[str, Any]]) -> None:
        """Take over the losses of a training of an earlier run at the rungs that it reached."""
        for number, _, loss in self._reached(steps, curve):
            self._losses[self.brackets[trial_id], number].setdefault(trial_id, loss)

    def decide(self, trial_id: str, steps: int, curve: Sequence[Mapping[str, Any]]) -> str:
        """Return why a trial stops now; "" if it goes on.

        A rung that the trial has passed already, in an earlier attempt, is not compared again.
        """
        for number, rung, loss in self._reached(steps, curve):
            known = self._losses[self.brackets[trial_id], number]
            if trial_id in known:
                continue
            earlier = list(known.values())
            known[trial_id] = loss
            if not is_among_best(loss, earlier, self.rule.reduction_factor):
                return (
                    f"at step {rung} of {steps} its loss {loss:.4g} is not among the best "
                    f"1/{self.rule.reduction_factor} of {len(earlier)} earlier "
                    f"{'setting' if len(earlier) == 1 else 'settings'} (best: {min(earlier):.4g})"
                )
        return ""

    def _reached(
        self, steps: int, curve: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[int, int, float]]:
        """Yield the number, the step and the loss of each rung that a curve has reached."""
        last = max((int(point["step"]) for point in curve), default=0)
        for number, rung in enumerate(self.rule.rungs(steps)):
            loss = search_loss(curve, step=rung)
            if rung <= last and loss is not None:
                yield number, rung, loss


def brackets_of(trials: Iterable[Any]) -> dict[str, Bracket]:
    """Return the bracket of each searched trial of a plan."""
    return {trial.trial_id: (trial.pairs_source, trial.seed) for trial in trials if trial.setting}
