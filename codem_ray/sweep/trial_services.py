"""The work that a trial delegates: training, generation, execution, tracking."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from codem_ray.records import (
    AnswerScore,
    Completion,
    Job,
    Problem,
    Progress,
    ReferenceAnswer,
    Verdict,
)
from codem_ray.sweep.stages import CellPlan, LossCellPlan, TrialCell
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.training.training_spec import TrainingResult, TrainingSpec


class TrialEngines(Protocol):
    """Engines that hold a trial's model."""

    def generate(
        self, cells: Sequence[tuple[CellPlan, Sequence[Problem]]], progress: Progress
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        """Yield each cell with its completions when all are written."""

    def score(
        self, cells: Sequence[tuple[LossCellPlan, Sequence[ReferenceAnswer]]], progress: Progress
    ) -> Generator[tuple[LossCellPlan, list[AnswerScore]]]:
        """Yield each cell with the scores of its answers when all are scored."""


class TrialServices(Protocol):
    """The work that a trial delegates: to Ray in a sweep, to plain objects in a test."""

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        """Fine-tune and export. `show_wait` is called with what is waited for, and then with ""."""

    def engines(
        self, trial: TrialPlan, model: str, show_wait: Callable[[str], None]
    ) -> AbstractContextManager[TrialEngines]:
        """Wait for engines, load the model into them, and free them at the end."""

    def execute(self, jobs: Sequence[Job], progress: Progress) -> list[Verdict]:
        """Return a verdict per job, in order."""

    def start_tracking(self, trial: TrialPlan) -> None:
        """Open the trial's run, or find it again; does not wait for MLflow."""

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        """Return whether MLflow holds the current results of these cells."""

    def track(
        self, trial: TrialPlan, cells: Sequence[TrialCell], model: str, training: Mapping[str, Any]
    ) -> None:
        """Log model, parameters, curve, scores and completions; idempotent."""
