"""The training loop of one Ray Train worker."""

from __future__ import annotations

import logging
import math
import os
import platform
import resource
import shutil
import tempfile
import time
import uuid
import warnings
from collections import defaultdict
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Protocol

from codem_ray.errors import DivergedError, NodeLostError, TrialError
from codem_ray.storage import Storage, local_folder, storage_errors
from codem_ray.storage.node_cache import work_folder
from codem_ray.tokens.packed_rows import PackedTokens, load_tokens
from codem_ray.training.collectives import Agreement, limit_new_groups
from codem_ray.training.schedule import Step, rows_of_rank, steps_of, total_steps
from codem_ray.training.system_metrics import SystemMetrics
from codem_ray.training.training_spec import TrainingSpec
from codem_ray.training.worker_errors import disk_errors
from codem_ray.training.zero import deepspeed_config

REPORT_SECONDS = 3.0
"""Minimum time between two reports; at each, all ranks wait for the controller's next poll."""
CHECKPOINT_TAG = "state"


class Timer:
    """Wall and CPU seconds of each part of a fine-tune."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last, self._last_cpu = time.monotonic(), time.process_time()

    def mark(self, part: str) -> None:
        """Add the time since the last mark to `part`."""
        now = time.monotonic()
        self.seconds[part] = round(self.seconds.get(part, 0.0) + now - self._last, 3)
        self.seconds[f"{part}_cpu"] = round(time.process_time() - self._last_cpu, 3)
        self._last, self._last_cpu = now, time.process_time()


def extensions_folder(spec: TrainingSpec) -> Path:
    """Return a new folder name for compiled extensions; only a build creates the folder.

    Each worker has its own, because a killed build leaves a lock on which the next build would wait
    for ever. Its parent is the folder of checkpoints, which is removed after the export, or the
    node's work folder if checkpoints are on remote storage.
    """
    is_remote = "://" in spec.ray_storage_path
    parent = work_folder() if is_remote else Path(spec.ray_storage_path)
    return parent / f"codem-ray-extensions-{uuid.uuid4().hex[:12]}"


def prepare_environment(*, has_gpu: bool, threads: int, extensions: Path) -> None:
    """Set the environment variables that DeepSpeed and torch read on import."""
    os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(extensions))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ.setdefault("DEEPSPEED_LOG_LEVEL", "warning")
    if not has_gpu:
        os.environ["DS_ACCELERATOR"] = "cpu"
        os.environ["OMP_NUM_THREADS"] = str(threads)
    # Ray Train logs every report of every rank at level INFO.
    logging.getLogger("ray.train").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\.")
    import torch

    if not has_gpu:
        torch.set_num_threads(threads)


def import_deepspeed(*, has_gpu: bool) -> Any:
    """Import DeepSpeed; on a CPU, keep it from compiling extensions."""
    import deepspeed
    import deepspeed.ops

    deepspeed.utils.logger.setLevel(logging.WARNING)
    if not has_gpu:
        # DeepSpeed would probe compilers and build `deepspeed_shm_comm` for a minute or two;
        # without that extension collectives use gloo.
        vars(deepspeed.ops)["__compatible_ops__"] = defaultdict(bool)
    return deepspeed


class Session(Protocol):
    """The connection of one rank to the system that runs it, Ray Train or a test."""

    place: str
    """Names this rank and its node in messages."""

    def checkpoint(self) -> AbstractContextManager[Path | None]:
        """Provide the folder of the last checkpoint inside a block; None in a new run."""

    def report(
        self, metrics: dict[str, Any], checkpoint: Path | None = None, *, name: str = ""
    ) -> None:
        """Report metrics and, if there is one, a new checkpoint; called on all ranks."""

    def preempted_node(self) -> str:
        """Name the node with a preemption notice; "" if none; called on all ranks."""


def train(spec: TrainingSpec, session: Session) -> dict[str, Any]:
    """Train and export on this rank; return the facts of the fine-tune."""
    timer = Timer()
    has_gpu = spec.gpus_per_worker > 0
    prepare_environment(
        has_gpu=has_gpu,
        threads=max(1, int(spec.cpus_per_worker)),
        extensions=extensions_folder(spec),
    )
    import torch

    timer.mark("import_torch")
    limit_new_groups(spec.collective_timeout_seconds)
    agreement = Agreement(spec.trial_id, session.place, limit_seconds=spec.stall_seconds)
    model: Any = None
    deepspeed: Any = None
    phases: list[PackedTokens] = []
    # All that can fail on one node alone comes before the first collective operation.
    with agreement.together():
        deepspeed = import_deepspeed(has_gpu=has_gpu)
        timer.mark("import_deepspeed")
        from codem_ray.training.model import load_model

        timer.mark("import_transformers")
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Filling every new buffer costs more time than training a small model.
        deterministic: Any = torch.utils.deterministic
        deterministic.fill_uninitialized_memory = False
        torch.manual_seed(spec.seed)
        phases = [load_tokens(local_folder(folder)) for folder in spec.tokens_folders]
        model = load_model(spec, has_gpu=has_gpu)
    timer.mark("load_model")
    loop = Loop(spec, session, agreement, model, phases, deepspeed, has_gpu=has_gpu)
    timer.mark("initialise")
    resumed_from = loop.resume()
    timer.mark("resume")
    loop.run()
    timer.mark("train")
    loop.export()
    timer.mark("export")
    return {
        "steps": loop.step,
        "final_loss": loop.loss,
        "tokens": loop.tokens,
        "resumed_from_step": resumed_from,
        "is_packed": loop.is_packed,
        "attention": model.config._attn_implementation,
        "timings": timer.seconds,
        "peak_memory_bytes": loop.peak_memory_bytes(),
        # After the last collective: the other ranks do not wait for an upload.
        "uploaded": loop.upload_export(),
    }


class Loop:
    """The training loop of one fine-tune on one rank."""

    def __init__(
        self,
        spec: TrainingSpec,
        session: Session,
        agreement: Agreement,
        model: Any,
        phases: list[PackedTokens],
        deepspeed: Any,
        *,
        has_gpu: bool,
    ) -> None:
        import torch
        import torch.distributed as dist

        from codem_ray.training.model import make_optimizer

        self.spec, self.session, self.agreement = spec, session, agreement
        self.has_gpu = has_gpu
        self.rank, self.world_size = dist.get_rank(), dist.get_world_size()
        self.phases = phases
        self.is_packed = all(phase.facts.is_packed for phase in self.phases)
        self.phase_rows = tuple(phase.facts.rows for phase in self.phases)
        self.total = sum(total_steps(rows, spec.training) for rows in self.phase_rows)
        self.device = torch.device("cuda", torch.cuda.current_device()) if has_gpu else "cpu"
        self.engine, *_ = deepspeed.initialize(
            model=model,
            optimizer=make_optimizer(model, spec.training),
            config=deepspeed_config(
                spec.training,
                world_size=self.world_size,
                has_gpu=has_gpu,
                parameters=sum(weight.numel() for weight in model.parameters()),
            ),
        )
        self.engine.train()
        self.step, self.tokens, self.loss = 0, 0, float("nan")
        self._export = Path(spec.export_folder)
        self._recent: list[tuple[int, float, float, float]] = []
        self._system = SystemMetrics(has_gpu=has_gpu)
        self._last_report, self._tokens_at_report = time.monotonic(), 0

    def resume(self) -> int:
        """Load the last checkpoint of this world size, if there is one; return its step or 0."""
        with ExitStack() as stack:
            folder = None
            with self.agreement.together():
                folder = stack.enter_context(self.session.checkpoint())
            # ZeRO shards can only be loaded by as many ranks as wrote them.
            if folder is None or not (folder / f"world-{self.world_size}").exists():
                return 0
            _, state = self.engine.load_checkpoint(str(folder), tag=CHECKPOINT_TAG)
        if state is None:
            return 0
        self.step, self.tokens, self.loss = state["step"], state["tokens"], state["loss"]
        self._tokens_at_report = self.tokens
        return self.step

    def run(self) -> None:
        """Train the remaining steps; report and save checkpoints meanwhile."""
        training = self.spec.training
        for step in steps_of(self.phase_rows, training, seed=self.spec.seed, start=self.step):
            is_due = self._one_step(step)
            self.step += 1
            is_last = self.step == self.total
            needs_checkpoint = self.step % training.checkpoint_every_steps == 0 and not is_last
            self._recent.append((self.step, time.time(), self.loss, step.lr))
            if needs_checkpoint or is_due or is_last:
                preempted = "" if is_last else self.session.preempted_node()
                self._report(step.lr, with_checkpoint=needs_checkpoint or bool(preempted))
                if preempted:
                    # The controller must take the report before it sees the error.
                    time.sleep(REPORT_SECONDS)
                    raise NodeLostError(
                        f"{self.spec.trial_id}: the cluster is about to take {preempted} away; "
                        f"step {self.step} is saved"
                    )
        if self.step == 0 or self.step != self.total:
            raise TrialError(
                self.spec.trial_id, f"training ended after {self.step} of {self.total} steps"
            )

    def _one_step(self, step: Step) -> bool:
        """Do one optimizer step; return whether a report is due, equal on all ranks."""
        import torch
        import torch.distributed as dist

        from codem_ray.training.model import target_loss_sum

        rows = self.phases[step.phase]
        targets = int(rows.counts[list(step.rows), 1].sum())
        if targets == 0:
            raise TrialError(self.spec.trial_id, f"step {self.step} has no target tokens")
        for group in self.engine.optimizer.param_groups:
            group["lr"] = step.lr
        # The loss, and whether a report is due: rank 0 decides that for all ranks.
        sums = torch.zeros(2, dtype=torch.float64)
        micro_batches = rows_of_rank(
            step.rows,
            rank=self.rank,
            world_size=self.world_size,
            micro=self.spec.training.micro_batch_sequences,
        )
        for number, micro_batch in enumerate(micro_batches):
            # Dropout is seeded by the place in the global batch, so that a resume repeats it.
            place = number * self.world_size + self.rank
            torch.manual_seed(hash((self.spec.seed, self.step, place)) & 0x7FFFFFFF)
            tensors = [
                torch.from_numpy(array[list(micro_batch)]).long().to(self.device)
                for array in (rows.input_ids, rows.labels, rows.position_ids)
            ]
            loss_sum = target_loss_sum(self.engine, *tensors)
            # DeepSpeed averages over ranks, but the loss is the sum over ranks and micro-batches
            # divided by the target tokens of the global batch.
            self.engine.backward(loss_sum * (self.world_size / targets), scale_wrt_gas=False)
            self.engine.step()
            sums[0] += loss_sum.detach().double().cpu()
        if self.rank == 0 and time.monotonic() - self._last_report >= REPORT_SECONDS:
            sums[1] = 1
        sums = sums.to(self.device)
        dist.all_reduce(sums)
        self.loss = float(sums[0]) / targets
        self.tokens += int(rows.counts[list(step.rows), 0].sum())
        if not math.isfinite(self.loss):
            raise DivergedError(
                self.spec.trial_id,
                f"the loss is {self.loss} at step {self.step}: lower training.learning_rate "
                "or raise training.warmup_steps",
            )
        return bool(sums[1] > 0)

    def _report(self, lr: float, *, with_checkpoint: bool) -> None:
        now = time.monotonic()
        metrics = {
            "step": self.step,
            "steps": self.total,
            "loss": self.loss,
            "lr": lr,
            "tokens": self.tokens,
            "tokens_per_second": (self.tokens - self._tokens_at_report)
            / max(1e-9, now - self._last_report),
            "recent": self._recent,
            "node": platform.node(),
            "system": self._system.sample(),
        }
        self._recent, self._last_report, self._tokens_at_report = [], now, self.tokens
        if not with_checkpoint:
            self.session.report(metrics)
            return
        with tempfile.TemporaryDirectory(prefix="codem-ray-checkpoint-") as folder:
            # DeepSpeed creates the tag's folder on rank 0 only, and each rank has its own parent.
            (Path(folder) / CHECKPOINT_TAG).mkdir()
            with disk_errors(Path(folder), self.session.place):
                self.engine.save_checkpoint(
                    folder,
                    tag=CHECKPOINT_TAG,
                    client_state={"step": self.step, "tokens": self.tokens, "loss": self.loss},
                )
            if self.rank == 0:
                (Path(folder) / f"world-{self.world_size}").touch()
            name = f"step-{self.step:08d}-of-{self.world_size}"
            self.session.report(metrics, Path(folder), name=name)

    def export(self) -> None:
        """Write the full weights and the tokenizer atomically, to this node's disk if remote."""
        from codem_ray.training.model import full_weights, write_export

        weights = full_weights(self.engine, zero_stage=self.spec.training.zero_stage)
        with self.agreement.together():
            if self.rank == 0:
                if "://" in self.spec.export_folder:
                    self._export = Path(tempfile.mkdtemp(dir=work_folder())) / "export"
                with storage_errors(f"write the weights to {self._export}"):
                    write_export(self.engine.module, weights, self.spec, self._export)

    def upload_export(self) -> dict[str, str]:
        """Copy the export to the stage of its URI, if it has one; return the files' SHA-256."""
        if self.rank != 0 or "://" not in self.spec.export_folder:
            return {}
        root, _, name = self.spec.export_folder.rpartition("/")
        try:
            return Storage(root).stage(name).upload(self._export)
        finally:
            shutil.rmtree(self._export.parent, ignore_errors=True)

    def peak_memory_bytes(self) -> int:
        """Return the largest peak of resident memory over all ranks."""
        import torch
        import torch.distributed as dist

        peak = torch.tensor(
            [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024], device=self.device
        )
        dist.all_reduce(peak, op=dist.ReduceOp.MAX)
        return int(peak)
