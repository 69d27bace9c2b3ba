"""One rank of a fine-tune, from the imports to the export."""

from __future__ import annotations

import logging
import os
import resource
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from codem_ray.errors import TrialError
from codem_ray.storage import local_folder
from codem_ray.tokens.packed_rows import PackedTokens, load_tokens
from codem_ray.training.collectives import Agreement, limit_new_groups
from codem_ray.training.environment import (
    configure_accelerate,
    extensions_folder,
    forget_training,
    import_deepspeed,
    make_deterministic,
    prepare_environment,
)
from codem_ray.training.session import Session
from codem_ray.training.timer import Timer
from codem_ray.training.training_spec import TrainingSpec
from codem_ray.training.zero import precision, zero_stage

logger = logging.getLogger(__name__)


def train(spec: TrainingSpec, session: Session) -> dict[str, Any]:
    """Train and export on this rank; return the facts of the fine-tune."""
    try:
        return _train(spec, session)
    finally:
        forget_training()


def _train(spec: TrainingSpec, session: Session) -> dict[str, Any]:
    timer = Timer()
    has_gpu = spec.gpus_per_worker > 0
    prepare_environment(
        has_gpu=has_gpu,
        threads=max(1, int(spec.cpus_per_worker)),
        extensions=extensions_folder(spec),
    )
    import torch.distributed as dist

    timer.mark("import_torch")
    limit_new_groups(spec.collective_timeout_seconds)
    agreement = Agreement(spec.trial_id, session.place, limit_seconds=spec.stall_seconds)
    stage = zero_stage(spec.training, precision(spec.training, has_gpu=has_gpu))
    plan: Any = None
    method: Any = None
    args: Any = None
    model: Any = None
    phases: list[PackedTokens] = []
    tokens: dict[str, PackedTokens] = {}
    with ExitStack() as stack:
        # All that can fail on one node alone comes before the first collective operation.
        with agreement.together():
            import_deepspeed(has_gpu=has_gpu)
            timer.mark("import_deepspeed")
            from codem_ray.training.arguments import training_arguments
            from codem_ray.training.checkpoint_names import CheckpointForm
            from codem_ray.training.checkpoint_store import CheckpointStore
            from codem_ray.training.checkpoint_writer import CheckpointWriter
            from codem_ray.training.export import upload_export, write_export
            from codem_ray.training.heldout import HeldOutLosses
            from codem_ray.training.loss_watch import LossWatch
            from codem_ray.training.method_registry import make_method
            from codem_ray.training.model import load_model, plan_model, restore_dropout
            from codem_ray.training.packed_trainer import PackedTrainer, TrainingData
            from codem_ray.training.resume import find_resume
            from codem_ray.training.step_figures import StepFigures
            from codem_ray.training.step_reports import StepReports

            timer.mark("import_transformers")
            make_deterministic(spec.seed)
            phases = [load_tokens(local_folder(folder)) for folder in spec.tokens_folders]
            data = TrainingData(spec=spec, phases=tuple(phases))
            if spec.heldout is not None:
                folders = spec.heldout.folders.items()
                tokens = {name: load_tokens(local_folder(folder)) for name, folder in folders}
            plan, method = plan_model(spec), make_method(spec.training)
            logger.info("%s: attention %s", spec.trial_id, plan.attention)
            form = CheckpointForm(
                ranks=dist.get_world_size(),
                zero_stage=stage,
                optimizer=spec.training.optimizer,
            )
            store = CheckpointStore(
                spec.checkpoints_uri,
                form,
                rank=dist.get_rank(),
                local_rank=int(os.environ.get("LOCAL_RANK", "0")),
                node_folder=spec.node_folder,
            )
            stack.callback(store.close)
        resume = find_resume(store, form, agreement, trial_id=spec.trial_id)
        with agreement.together():
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="codem-ray-trainer-"))
            configure_accelerate(has_gpu=has_gpu, limit_seconds=spec.collective_timeout_seconds)
            args = training_arguments(
                spec,
                Path(folder),
                steps=data.num_steps,
                world_size=dist.get_world_size(),
                parameters=plan.form.parameters,
                is_universal=resume.is_universal,
            )
            if stage < 3:
                model = load_model(spec, plan, method, is_divided=False)
        if stage == 3:
            # Loading is a collective operation, because each rank keeps a part of each weight.
            model = load_model(spec, plan, method, is_divided=True)
        make_deterministic(spec.seed)
        model = method.prepare(model)
        timer.mark("load_model")
        trainer = PackedTrainer(
            model,
            args,
            data,
            method,
            is_packable=plan.is_packable,
            is_joined=plan.is_packable and plan.attention.is_flash,
        )
        watch = LossWatch(trainer, spec.trial_id)
        checkpoints = CheckpointWriter(trainer, spec, session, watch, store, agreement, resume)
        figures = StepFigures(trainer, spec, parameters=plan.form.parameters)
        heldout = HeldOutLosses(trainer, spec, tokens)
        reports = StepReports(trainer, spec, session, watch, timer, checkpoints, figures, heldout)
        trainer.add_callback(watch)
        trainer.add_callback(heldout)
        trainer.add_callback(reports)
        trainer.train_from(resume.folder)
        timer.mark("train")
    steps = trainer.state.global_step
    if steps == 0 or (steps != data.num_steps and not heldout.stop_reason):
        raise TrialError(spec.trial_id, f"training ended after {steps} of {data.num_steps} steps")
    restore_dropout(trainer.model.config, plan.dropouts)
    export = write_export(trainer.model_wrapped, method, spec, agreement)
    timer.mark("export")
    facts = {
        "steps": steps,
        "final_loss": watch.loss,
        "tokens": figures.tokens,
        "resumed_from_step": resume.step,
        "notes": resume.notes,
        "blocked_seconds": round(checkpoints.blocked_seconds, 3),
        "heldout": heldout.latest,
        "stop_reason": heldout.stop_reason,
        "is_packed": all(phase.facts.is_packed for phase in phases),
        "attention": str(plan.attention),
        "timings": timer.seconds,
        "peak_memory_bytes": _peak_memory_bytes(args.device),
    }
    # This process may train again.
    agreement.close()
    trainer.model_wrapped.destroy()
    # After the last collective: the other ranks do not wait for an upload.
    return facts | {"uploaded": upload_export(export, spec)}


def _peak_memory_bytes(device: Any) -> int:
    """Return the largest peak of resident memory over all ranks."""
    import torch
    import torch.distributed as dist

    peak = torch.tensor([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024], device=device)
    dist.all_reduce(peak, op=dist.ReduceOp.MAX)
    return int(peak)
