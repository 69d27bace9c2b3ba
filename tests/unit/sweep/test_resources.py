"""Estimates of memory and disk, against numbers measured on 7B and 15B models."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig, load_sweep
from codem_ray.models.gpu_kinds import GPU_KINDS, stated_gpu
from codem_ray.models.inspect import BaseModelShape
from codem_ray.sweep.resources import (
    GpuMemory,
    checkpoint_bytes,
    disk_needs,
    host_memory,
    training_memory,
)

GB = 10**9


def shape(billions: float) -> BaseModelShape:
    return BaseModelShape(
        parameters=int(billions * 1e9),
        hidden_size=4096,
        num_layers=42,
        vocab_size=50_000,
        context_tokens=8192,
    )


@pytest.mark.parametrize(("billions", "loading", "checkpoint"), [(7, 112, 98), (15.5, 248, 217)])
def test_loading_and_checkpoints_are_those_measured(
    billions: float, loading: int, checkpoint: int
) -> None:
    host = host_memory(shape(billions), TrainingConfig(), workers=8, workers_per_node=8)
    assert round(host.loading / GB) == loading
    found = checkpoint_bytes(shape(billions), TrainingConfig(), has_gpu=True)
    assert round(found / GB) == checkpoint


def test_at_zero_stage_3_one_worker_reads_the_weights() -> None:
    host = host_memory(shape(7), TrainingConfig(zero_stage=3), workers=8, workers_per_node=8)
    assert round(host.loading / GB) == 14


def test_each_zero_stage_divides_one_more_part_among_the_workers() -> None:
    def parts(stage: int, *, offload: bool = False) -> tuple[int, int, int]:
        training = TrainingConfig.model_validate(
            {"zero_stage": stage, "offload_optimizer": offload}
        )
        memory = training_memory(shape(8), training, workers=8, max_tokens=2048, has_gpu=True)
        return memory.weights // GB, memory.gradients // GB, memory.optimizer // GB

    assert [parts(stage) for stage in range(4)] == [
        # In half precision stage 0 trains as stage 1.
        (16, 16, 12),
        (16, 16, 12),
        (16, 2, 12),
        (2, 2, 12),
    ]
    assert parts(3, offload=True) == (2, 2, 0)


def test_adapters_have_small_gradients_optimizers_exports_and_checkpoints() -> None:
    full, lora, qlora = (
        TrainingConfig.model_validate({"method": method}) for method in ("full", "lora", "qlora")
    )

    def memory(training: TrainingConfig) -> GpuMemory:
        return training_memory(shape(7), training, workers=1, max_tokens=2048, has_gpu=True)

    assert memory(lora).optimizer < memory(full).optimizer / 100
    assert memory(lora).weights == pytest.approx(14 * GB, rel=0.02)
    assert memory(qlora).weights < 4.1 * GB
    # 24 widths x rank 16 x 4,096 x 42 layers, 2 bytes each.
    needs = disk_needs(
        shape(7),
        lora,
        num_trained=1,
        num_sources=1,
        keep="all",
        has_gpu=True,
        are_checkpoints_copied=False,
    )
    assert needs.exports == 24 * 16 * 4096 * 42 * 2
    assert needs.checkpoints == 2 * 7 * needs.exports


def test_other_optimizers_and_offloaded_weights_need_less() -> None:
    def parts(**changes: object) -> tuple[int, int, int]:
        training = TrainingConfig.model_validate({"zero_stage": 3, **changes})
        memory = training_memory(shape(8), training, workers=8, max_tokens=2048, has_gpu=True)
        return memory.weights // GB, memory.gradients // GB, memory.optimizer // GB

    assert parts(optimizer="sgd") == (2, 2, 4)
    assert parts(accumulation_dtype="fp32") == (2, 4, 12)
    assert parts(offload_parameters=True) == (0, 2, 12)


def test_offloaded_state_is_on_the_hosts_and_never_with_the_loaded_weights() -> None:
    training = TrainingConfig.model_validate({"zero_stage": 3, "offload_optimizer": True})
    host = host_memory(shape(8), training, workers=16, workers_per_node=8)
    assert (host.loading // GB, host.offload // GB) == (16, 48)
    assert host.peak == host.processes + host.offload


def test_longer_rows_and_larger_micro_batches_need_more_activations() -> None:
    def activations(tokens: int, **changes: object) -> int:
        training = TrainingConfig.model_validate(changes)
        return training_memory(
            shape(7), training, workers=8, max_tokens=tokens, has_gpu=True
        ).activations

    assert activations(2048, micro_batch_sequences=2) == activations(4096)
    assert activations(2048, gradient_checkpointing=True) < activations(2048) / 5


@pytest.mark.parametrize(("keep", "exports"), [("all", 27), ("best", 10), ("none", 1)])
def test_disk_depends_on_the_exports_that_are_kept(keep: str, exports: int) -> None:
    sweep = load_sweep("codem-7b", [f"storage.keep_exports={keep}"])
    needs = disk_needs(
        shape(7),
        sweep.training,
        num_trained=27,
        num_sources=9,
        keep=sweep.storage.keep_exports,
        has_gpu=True,
        are_checkpoints_copied=True,
    )
    assert needs.exports == exports * 14 * GB
    assert round(needs.checkpoints / GB) == 196
    assert round(needs.node_local / GB) == 98 + 14


def test_the_gpu_kind_is_that_of_ray_s_label() -> None:
    def kind(value: str) -> str | None:
        found = stated_gpu({"ray.io/accelerator-type": value})
        return found and found.name

    assert kind("H100") == "H100"
    assert kind("in(H100, A100-40G)") == "A100-40G"
    assert (kind("!H100"), kind("TPU-V4"), stated_gpu({})) == (None, None, None)
    assert GPU_KINDS["A100-80G"].memory_bytes == 80 * GB
