"""The loss of a fine-tune on pairs held out of it, by language, and the stop when it grows."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.distributed as dist
import transformers

from codem_ray.tokens.packed_rows import IGNORED, PackedTokens
from codem_ray.training.heldout_schedule import (
    compared_steps,
    evaluation_steps,
    is_out_of_patience,
)
from codem_ray.training.packed_trainer import PackedTrainer
from codem_ray.training.training_spec import HELDOUT_LOSS, TrainingSpec


class HeldOutLosses(transformers.TrainerCallback):  # type: ignore[misc]
    """Measures losses on all ranks, without dropout; changes no weight and no random state.

    It must be added after callbacks that end a fine-tune and before those that report or save.
    """

    def __init__(
        self, trainer: PackedTrainer, spec: TrainingSpec, tokens: Mapping[str, PackedTokens]
    ) -> None:
        self._trainer, self._spec, self._tokens = trainer, spec, tokens
        steps, training = trainer.data.num_steps, spec.training
        self._steps, self._compared = frozenset[int](), frozenset[int]()
        if tokens and spec.heldout is not None:
            self._steps = evaluation_steps(
                steps,
                every=training.eval_steps,
                training_rows=steps * training.batch_sequences,
                heldout_rows=sum(rows.facts.rows for rows in tokens.values()),
            )
            self._compared = compared_steps(steps, spec.heldout.compared_at)
        self.measured: dict[str, float] = {}
        """Losses after this step, by their names in curves; empty after most steps."""
        self.latest: dict[str, float] = {}
        """The last loss of each language, and their mean over the languages of the source."""
        self.seconds = 0.0
        self.stop_reason = ""
        """Why the training ended before its last step; empty: it did not."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take over the losses before a checkpoint."""
        for entry in _measured_before(state):
            self.latest |= {name: loss for name, loss in entry.items() if name != "step"}

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure if it is time; end the training if the loss has not improved for too long."""
        self.measured, step = {}, state.global_step
        is_regular = step in self._steps
        if self._spec.heldout is None or not (is_regular or step in self._compared):
            return
        started = time.monotonic()
        own = self._spec.heldout.own
        # A search compares losses of the source's own languages; the others take more time.
        measured = {name: self._tokens[name] for name in (self._tokens if is_regular else own)}
        losses = heldout_losses(self._trainer, measured)
        mean = math.fsum(losses[name] for name in own) / len(own)
        by_name = {f"{HELDOUT_LOSS}/{language}": loss for language, loss in losses.items()}
        self.measured = {HELDOUT_LOSS: mean, **by_name}
        self.latest |= self.measured
        self.seconds += time.monotonic() - started
        if is_regular:
            # The Trainer keeps this list in its checkpoints.
            state.log_history.append({"step": step, **self.measured})
            self._stop_if_worse(state, control)

    def _stop_if_worse(self, state: Any, control: Any) -> None:
        history = [(entry[HELDOUT_LOSS], entry["step"]) for entry in _measured_before(state)]
        patience = self._spec.training.patience
        losses = [loss for loss, _ in history]
        if state.global_step < state.max_steps and is_out_of_patience(losses, patience):
            best, at = min(history)
            self.stop_reason = (
                f"stopped at step {state.global_step} of {state.max_steps}: the held-out loss "
                f"{losses[-1]:.4g} is not below {best:.4g} of step {at} "
                f"(training.patience: {patience})"
            )
            control.should_training_stop = True


def _measured_before(state: Any) -> list[dict[str, Any]]:
    return [entry for entry in state.log_history if HELDOUT_LOSS in entry]


def heldout_losses(trainer: PackedTrainer, tokens: Mapping[str, PackedTokens]) -> dict[str, float]:
    """Return the mean negative log-likelihood per target token of each language's rows.

    Every rank must call it: each takes a part of the rows.
    """
    args, model = trainer.args, trainer.model_wrapped
    sums = torch.zeros(len(tokens), dtype=torch.float64)
    devices = [args.device] if args.device.type == "cuda" else []
    was_training = model.training
    model.eval()
    with torch.no_grad(), torch.random.fork_rng(devices):
        for number, rows in enumerate(tokens.values()):
            for batch in rank_batches(rows, trainer):
                on_device = {name: tensor.to(args.device) for name, tensor in batch.items()}
                sums[number] += trainer.loss_sum(model, on_device).double().cpu()
    model.train(was_training)
    sums = sums.to(args.device)
    dist.all_reduce(sums)
    return {
        language: float(loss) / rows.facts.target_tokens
        for (language, rows), loss in zip(tokens.items(), sums, strict=True)
    }


def rank_batches(rows: PackedTokens, trainer: PackedTrainer) -> Iterator[dict[str, torch.Tensor]]:
    """Yield the micro-batches of one rank, as many as every other rank has.

    At ZeRO stage 3 a forward pass is a collective operation, so a rank without rows left repeats
    one whose labels are all ignored.
    """
    rank, world_size = trainer.args.process_index, trainer.args.world_size
    micro = trainer.data.spec.training.micro_batch_sequences
    for first in range(0, rows.facts.rows, micro * world_size):
        start = first + rank * micro
        chosen = list(range(start, min(start + micro, rows.facts.rows)))
        names = ("input_ids", "labels", "position_ids")
        batch = {
            name: torch.from_numpy(getattr(rows, name)[chosen or [0]]).long() for name in names
        }
        if not chosen:
            batch["labels"].fill_(IGNORED)
        yield batch
