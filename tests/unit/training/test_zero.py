"""The DeepSpeed configuration."""

import pytest
from pydantic import ValidationError

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.training.zero import accumulation_steps, deepspeed_config, precision


def training(**changes: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"batch_sequences": 8, **changes})


def test_accumulation_fills_the_global_batch() -> None:
    config = training(micro_batch_sequences=2)
    settings = deepspeed_config(config, world_size=2, has_gpu=False, parameters=1000)
    assert settings["gradient_accumulation_steps"] == 2
    assert settings["train_batch_size"] == 8


def test_a_batch_that_is_no_multiple_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(ConfigError, match=r"8, which is not a multiple of 3 .*set .* to 6 or 9"):
        accumulation_steps(training(), 3)
    with pytest.raises(ConfigError, match="batch_sequences to 16,"):
        accumulation_steps(training(), 16)


@pytest.mark.parametrize(
    ("stage", "precision", "expected"),
    [
        (0, "fp32", 0),
        (0, "bf16", 1),
        (0, "fp16", 1),
        (1, "bf16", 1),
        (2, "bf16", 2),
        (3, "bf16", 3),
    ],
)
def test_half_precision_trains_at_stage_1_at_least(
    stage: int, precision: str, expected: int
) -> None:
    settings = deepspeed_config(
        training(zero_stage=stage, precision=precision), world_size=1, has_gpu=True, parameters=10
    )
    assert settings["zero_optimization"]["stage"] == expected
    assert settings["bf16"]["enabled"] is (precision == "bf16")
    assert settings["fp16"]["enabled"] is (precision == "fp16")


def test_fp16_on_a_cpu_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"CPUs cannot train in fp16: set training\.precision to"):
        precision(training(precision="fp16"), has_gpu=False)


def test_cpu_trains_in_fp32_and_buffers_are_no_larger_than_the_model() -> None:
    settings = deepspeed_config(training(), world_size=1, has_gpu=False, parameters=1234)
    assert settings["bf16"]["enabled"] is False
    assert settings["zero_optimization"]["reduce_bucket_size"] == 1234


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zero_stage": 0, "offload_optimizer": True}, "zero_stage 1, 2 or 3, but it is 0"),
        ({"zero_stage": 2, "offload_parameters": True}, "needs zero_stage 3, but it is 2"),
    ],
)
def test_offload_needs_zero(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        training(**changes)


def test_weights_and_optimizer_are_offloaded_to_the_host() -> None:
    config = training(zero_stage=3, offload_optimizer=True, offload_parameters=True)
    zero = deepspeed_config(config, world_size=1, has_gpu=True, parameters=10)["zero_optimization"]
    assert zero["offload_optimizer"] == zero["offload_param"]
    assert zero["offload_param"] == {"device": "cpu", "pin_memory": True}


def test_gradients_are_accumulated_as_asked() -> None:
    config = training(accumulation_dtype="fp32")
    settings = deepspeed_config(config, world_size=1, has_gpu=True, parameters=10)
    assert settings["data_types"] == {"grad_accum_dtype": "fp32"}
