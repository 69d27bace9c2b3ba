"""The Trainer of transformers, with this system's rows, order, schedule and loss."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, IterableDataset

from codem_ray.errors import TrialError
from codem_ray.tokens.packed_rows import PackedTokens
from codem_ray.training.checkpoints import checkpoint_step
from codem_ray.training.loss import one_row
from codem_ray.training.method import TrainingMethod
from codem_ray.training.schedule import Step, rows_of_rank, steps_of, total_steps
from codem_ray.training.training_spec import TrainingSpec


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The rows of a fine-tune, in the order of its seed."""

    spec: TrainingSpec
    phases: tuple[PackedTokens, ...]

    def steps(self, start: int = 0) -> Iterator[Step]:
        """Yield the steps from `start` on."""
        rows = tuple(phase.facts.rows for phase in self.phases)
        return steps_of(rows, self.spec.training, seed=self.spec.seed, start=start)

    @property
    def num_steps(self) -> int:
        """Number of optimizer steps."""
        return sum(total_steps(phase.facts.rows, self.spec.training) for phase in self.phases)

    def num_targets(self, step: Step) -> int:
        """Return the target tokens of a global batch."""
        return int(self.phases[step.phase].counts[list(step.rows), 1].sum())

    def num_positions(self, step: Step) -> int:
        """Return the positions of a global batch, those of padding included."""
        return len(step.rows) * self.phases[step.phase].facts.max_tokens

    def num_tokens(self, step: Step) -> int:
        """Return the tokens of a global batch, without padding."""
        return int(self.phases[step.phase].counts[list(step.rows), 0].sum())


class MicroBatches(IterableDataset[dict[str, Any]]):
    """The micro-batches of one rank from a step on."""

    def __init__(self, data: TrainingData, *, rank: int, world_size: int, start: int) -> None:
        self._data, self._rank, self._world_size, self._start = data, rank, world_size, start

    def __len__(self) -> int:
        """Return the number of micro-batches of all steps: the Trainer counts steps by it."""
        training = self._data.spec.training
        per_pass = training.micro_batch_sequences * self._world_size
        return self._data.num_steps * (training.batch_sequences // per_pass)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield rows as tensors [micro-batch, positions], and facts about their global batch."""
        spec = self._data.spec
        for number, step in enumerate(self._data.steps(self._start), self._start):
            rows = self._data.phases[step.phase]
            num_targets = self._data.num_targets(step)
            if num_targets == 0:
                raise TrialError(spec.trial_id, f"step {number} has no target tokens")
            micro_batches = rows_of_rank(
                step.rows,
                rank=self._rank,
                world_size=self._world_size,
                micro=spec.training.micro_batch_sequences,
            )
            for turn, micro_batch in enumerate(micro_batches):
                place = turn * self._world_size + self._rank
                chosen = list(micro_batch)
                yield {
                    "input_ids": torch.from_numpy(rows.input_ids[chosen]).long(),
                    "labels": torch.from_numpy(rows.labels[chosen]).long(),
                    "position_ids": torch.from_numpy(rows.position_ids[chosen]).long(),
                    "num_targets": num_targets,
                    # Noise is seeded by the place in the global batch, so that a resume repeats it.
                    "seed": hash((spec.seed, number, place)) & 0x7FFFFFFF,
                }


class StepRates(LRScheduler):
    """Learning rates by step, so that each phase has its own warm-up and decay."""

    def __init__(self, optimizer: Any, rates: list[float]) -> None:
        self._rates = rates
        super().__init__(optimizer)

    def get_lr(self) -> list[float | torch.Tensor]:
        """Return the rate of the next step for every group of weights."""
        rate = self._rates[min(self.last_epoch, len(self._rates) - 1)]
        return [rate for _ in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return the number of steps; the rates follow from the settings."""
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on after as many steps."""
        self.last_epoch = state_dict["last_epoch"]
        self._last_lr = self.get_lr()
        for group, rate in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = rate


class PackedTrainer(transformers.Trainer):  # type: ignore[misc]
    """Trains on packed rows; every rank of a fine-tune has one."""

    optimizer: Any
    lr_scheduler: Any

    def __init__(
        self,
        model: Any,
        args: Any,
        data: TrainingData,
        method: TrainingMethod,
        *,
        is_packable: bool,
        is_joined: bool = False,
    ) -> None:
        """Packed rows of a micro-batch are joined to one if it `is_joined`."""
        self.data, self.start, self._method = data, 0, method
        self.weight_decays: list[float] = []
        """Weight decay of each group of the optimizer."""
        self._is_packable, self._is_joined = is_packable, is_joined
        self.local_loss: Any = 0.0
        """Sum of the losses of this rank's target tokens in the current step."""
        self.num_targets = 0
        """Target tokens of the current global batch."""
        self.data_seconds = 0.0
        """Time in which steps have waited for their rows."""
        super().__init__(model=model, args=args)
        self.remove_callback(transformers.PrinterCallback)
        # Without this, the Trainer divides the loss by the number of micro-batches.
        self.model_accepts_loss_kwargs = True

    def train_from(self, folder: Path | None) -> None:
        """Train all steps, or those after a checkpoint."""
        self.start = checkpoint_step(folder) if folder is not None else 0
        self.train(resume_from_checkpoint=str(folder) if folder is not None else None)

    def get_train_dataloader(self) -> Any:
        """Return this rank's micro-batches from the first step that is left."""
        rank, world_size = self.args.process_index, self.args.world_size
        rows = MicroBatches(self.data, rank=rank, world_size=world_size, start=self.start)
        return DataLoader(rows, batch_size=None)

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: Any
    ) -> tuple[list[Any], int]:
        """Return the micro-batches of a step and the target tokens of its global batch."""
        started = time.monotonic()
        batches = [next(epoch_iterator) for _ in range(num_batches)]
        self.data_seconds += time.monotonic() - started
        self.local_loss, self.num_targets = 0.0, batches[0]["num_targets"]
        return batches, self.num_targets

    def create_optimizer(self, model: Any = None) -> Any:
        """Make the optimizer, whose weight decay leaves out norms and biases, by name."""
        if self.optimizer is None:
            model = self.model if model is None else model
            named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
            decays = self.args.weight_decay > 0
            decayed = set(self.get_decay_parameter_names(model)) if decays else set()
            groups: list[dict[str, Any]] = [
                {
                    "params": [p for name, p in named if (name in decayed) is is_decayed],
                    "weight_decay": self.args.weight_decay if is_decayed else 0.0,
                }
                for is_decayed in (True, False)
            ]
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, model)
            groups = [group for group in groups if group["params"]]
            self.weight_decays = [group["weight_decay"] for group in groups]
            self.optimizer = kind(groups, **options)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Make the schedule of learning rates."""
        if self.lr_scheduler is None:
            rates = [step.lr for step in self.data.steps()]
            self.lr_scheduler = StepRates(optimizer or self.optimizer, rates)
        return self.lr_scheduler

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> torch.Tensor:
        """Return a micro-batch's share of the loss, a mean over the targets of the global batch.

        DeepSpeed averages gradients over ranks, so the share is multiplied by their number.
        """
        torch.manual_seed(inputs["seed"])
        loss_sum = self.loss_sum(model, inputs)
        self.local_loss = self.local_loss + loss_sum.detach().double()
        share: torch.Tensor = loss_sum * (self.args.world_size / inputs["num_targets"])
        return share

    def loss_sum(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """Return the loss of rows, summed over their target tokens."""
        rows = (inputs["input_ids"], inputs["labels"], inputs["position_ids"])
        if self._is_joined:
            rows = one_row(*rows)
        return self._method.loss_sum(model, *rows, is_packable=self._is_packable)
