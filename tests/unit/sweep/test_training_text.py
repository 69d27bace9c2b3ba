"""The line of `status` on a running training."""

from __future__ import annotations

from codem_ray.cli.status import status_text
from codem_ray.sweep.training_text import training_text
from codem_ray.sweep.trial_status import TrialState, TrialStatus

FIGURES = {
    "lr": 1.8e-5,
    "grad_norm": 0.4234,
    "target_share": 0.61,
    "memory_megabytes": 2130.0,
    "seconds/data": 0.012,
    "seconds/checkpoint": 1.0,
    "seconds/step": 31.26,
}


def test_a_training_is_one_line_and_an_unknown_peak_gives_no_number() -> None:
    assert training_text(FIGURES) == (
        "lr 1.8e-05, grad norm 0.423, targets 61% of positions, memory 2.1 GB, MFU unknown, "
        "seconds: data 0.012, checkpoint 1, step 31.3"
    )
    assert "MFU 41.5%" in training_text(FIGURES | {"mfu": 0.415})


def test_status_shows_the_figures_of_trials_that_train() -> None:
    def text(stage: str) -> str:
        status = TrialStatus(
            trial_id="python-s0-a", state=TrialState.RUNNING, stage=stage, figures=FIGURES
        )
        return status_text([status], now=0.0)

    assert "python-s0-a: lr 1.8e-05" in text("train")
    assert "lr 1.8e-05" not in text("generate")
