"""The DeepSpeed configuration."""

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.training.zero import accumulation_steps, deepspeed_config


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


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_the_zero_stage_is_in_the_configuration(stage: int) -> None:
    settings = deepspeed_config(
        training(zero_stage=stage), world_size=1, has_gpu=True, parameters=10
    )
    assert settings["zero_optimization"]["stage"] == stage
    assert settings["bf16"]["enabled"] is True


def test_cpu_trains_in_fp32_and_buffers_are_no_larger_than_the_model() -> None:
    settings = deepspeed_config(training(), world_size=1, has_gpu=False, parameters=1234)
    assert settings["bf16"]["enabled"] is False
    assert settings["zero_optimization"]["reduce_bucket_size"] == 1234


def test_offload_needs_zero() -> None:
    config = training(zero_stage=0, offload_optimizer=True)
    with pytest.raises(ConfigError, match="zero_stage 1, 2 or 3"):
        deepspeed_config(config, world_size=1, has_gpu=True, parameters=10)
