"""Names of checkpoints, and how their files divide the state of a training."""

from __future__ import annotations

import re
from dataclasses import dataclass

STATE, SCHEDULE = "trainer_state.json", "scheduler.pt"
"""Names that the Trainer looks for."""
_NAME = re.compile(r"step-(?P<step>\d{8})-of-(?P<ranks>\d+)-(?P<attempt>[0-9a-f]{8})")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointName:
    """What the name of a checkpoint's folder says.

    Names are never used twice, so that no file of an attempt that was killed is taken for one of
    a later attempt.
    """

    step: int
    ranks: int
    """Number of ranks that write it."""
    attempt: str
    """Eight hexadecimal digits, equal on all ranks."""

    def __str__(self) -> str:
        """Return the name."""
        return f"step-{self.step:08d}-of-{self.ranks}-{self.attempt}"


def parse_name(name: str) -> CheckpointName | None:
    """Return what a folder's name says; None: it is no checkpoint."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return CheckpointName(
        step=int(match["step"]), ranks=int(match["ranks"]), attempt=match["attempt"]
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointForm:
    """How DeepSpeed divides the state of a training into files."""

    ranks: int
    zero_stage: int
    optimizer: str
    """Value of `training.optimizer`."""
