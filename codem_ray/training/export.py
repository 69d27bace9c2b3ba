"""The export of a fine-tune: its full weights, gathered from all ranks."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import torch

from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.storage import Storage, storage_errors
from codem_ray.storage.node_cache import work_folder
from codem_ray.tokens.tuning_record import write_tuning_record
from codem_ray.training.collectives import Agreement
from codem_ray.training.training_spec import TrainingSpec


def full_weights(engine: Any) -> dict[str, torch.Tensor] | None:
    """Return the full state dict on rank 0's CPU, None elsewhere; every rank must call it."""
    import torch.distributed as dist

    if engine.zero_optimization_partition_weights():
        gathered: dict[str, torch.Tensor] | None = engine._zero3_consolidated_16bit_state_dict()
        return gathered if dist.get_rank() == 0 else None
    if dist.get_rank() != 0:
        return None
    # ZeRO keeps parameters as views of one buffer; tied weights must stay tied in the copy.
    copies: dict[tuple[int, tuple[int, ...]], torch.Tensor] = {}
    weights = {}
    for name, tensor in engine.module.state_dict().items():
        key = (tensor.data_ptr(), tuple(tensor.shape))
        if key not in copies:
            copies[key] = tensor.detach().cpu().clone()
        weights[name] = copies[key]
    return weights


def write_export(
    model: Any, weights: dict[str, torch.Tensor] | None, spec: TrainingSpec, agreement: Agreement
) -> Path:
    """Let rank 0 write the export, to this node's disk if it belongs on remote storage.

    Every rank must call it. Returns the folder.
    """
    import torch.distributed as dist

    folder = Path(spec.export_folder)
    with agreement.together():
        if dist.get_rank() == 0:
            if "://" in spec.export_folder:
                folder = Path(tempfile.mkdtemp(dir=work_folder())) / "export"
            with storage_errors(f"write the weights to {folder}"):
                _write(model, weights, spec, folder)
    return folder


def upload_export(folder: Path, spec: TrainingSpec) -> dict[str, str]:
    """Copy an export to the stage of its URI, if it has one; return the files' SHA-256."""
    import torch.distributed as dist

    if dist.get_rank() != 0 or "://" not in spec.export_folder:
        return {}
    root, _, name = spec.export_folder.rpartition("/")
    try:
        return Storage(root).stage(name).upload(folder)
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


def _write(
    model: Any, weights: dict[str, torch.Tensor] | None, spec: TrainingSpec, target: Path
) -> None:
    """Save weights, config, tokenizer and tuning record to a folder atomically."""
    tokenizer = load_tokenizer(
        spec.base_model, revision=spec.revision, trust_remote_code=spec.trust_remote_code
    )
    model.config.use_cache = True
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        model.save_pretrained(partial, state_dict=weights)
        tokenizer.save_pretrained(partial)
        if spec.record is not None:
            write_tuning_record(partial, spec.record)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
