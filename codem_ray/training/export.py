"""The export of a fine-tune: its weights, gathered from all ranks."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from codem_ray.models.adapters import AdapterBase, write_adapter_base
from codem_ray.models.digest import model_digest
from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.storage import Storage, replacing_folder, storage_errors
from codem_ray.storage.node_cache import work_folder
from codem_ray.tokens.tuning_record import write_tuning_record
from codem_ray.training.collectives import Agreement
from codem_ray.training.method import TrainingMethod
from codem_ray.training.method_registry import method_spec
from codem_ray.training.training_spec import TrainingSpec


def trained_weights(engine: Any, *, is_adapter: bool) -> dict[str, torch.Tensor]:
    """Return the weights on rank 0's CPU, nothing elsewhere; every rank must call it.

    Of an adapter only the weights that were trained. Tied weights stay tied.
    """
    import deepspeed
    import torch.distributed as dist

    is_divided = engine.zero_optimization_partition_weights()
    # By weight, because tied weights have several names; None on the other ranks.
    copies: dict[int, torch.Tensor | None] = {}
    names: dict[str, int] = {}
    for name, weight in engine.module.state_dict(keep_vars=True).items():
        if is_adapter and not weight.requires_grad:
            continue
        if id(weight) not in copies:
            gathered = [weight] if is_divided and hasattr(weight, "ds_id") else []
            with deepspeed.zero.GatheredParameters(gathered, enabled=bool(gathered)):
                is_kept = dist.get_rank() == 0
                copies[id(weight)] = weight.detach().cpu().clone() if is_kept else None
        names[name] = id(weight)
    found = {name: copies[weight] for name, weight in names.items()}
    return {name: weight for name, weight in found.items() if weight is not None}


def write_export(
    engine: Any, method: TrainingMethod, spec: TrainingSpec, agreement: Agreement
) -> Path:
    """Let rank 0 write the export, to this node's disk if it belongs on remote storage.

    Every rank must call it. Returns the folder.
    """
    import torch.distributed as dist

    is_adapter = method_spec(spec.training.method).exports_adapter
    weights = trained_weights(engine, is_adapter=is_adapter)
    folder = Path(spec.export_folder)
    with agreement.together():
        if dist.get_rank() == 0:
            if "://" in spec.export_folder:
                folder = Path(tempfile.mkdtemp(dir=work_folder())) / "export"
            with storage_errors(f"write the weights to {folder}"):
                _write(engine.module, method, weights, spec, folder)
    return folder


def _name_base(folder: Path, spec: TrainingSpec) -> None:
    base = AdapterBase(
        model=spec.base_model,
        revision=spec.revision,
        digest=model_digest(spec.base_model, revision=spec.revision),
        trust_remote_code=spec.trust_remote_code,
    )
    write_adapter_base(folder, base)


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
    model: Any,
    method: TrainingMethod,
    weights: dict[str, torch.Tensor],
    spec: TrainingSpec,
    target: Path,
) -> None:
    """Save the method's files, tokenizer and tuning record to a folder atomically."""
    tokenizer = load_tokenizer(
        spec.base_model, revision=spec.revision, trust_remote_code=spec.trust_remote_code
    )
    with replacing_folder(target) as partial:
        method.export(model, weights, partial)
        if method_spec(spec.training.method).exports_adapter:
            _name_base(partial, spec)
        tokenizer.save_pretrained(partial)
        if spec.record is not None:
            write_tuning_record(partial, spec.record)
