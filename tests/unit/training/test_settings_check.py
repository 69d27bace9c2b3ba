"""Settings of a fine-tune that are refused before anything starts."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError
from codem_ray.training.settings_check import check_training


def check(workers: int = 1, gpus_per_worker: float = 0.0, **changes: object) -> None:
    training = TrainingConfig.model_validate({"batch_sequences": 8, **changes})
    check_training(training, workers=workers, gpus_per_worker=gpus_per_worker)


def test_the_defaults_are_accepted() -> None:
    check()
    check(gpus_per_worker=0.5)


def test_a_batch_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ConfigError, match="8, which is not a multiple of 3"):
        check(workers=3)


def test_fp16_on_a_cpu_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"set training\.precision to fp32 or bf16"):
        check(precision="fp16")
    check(precision="fp16", gpus_per_worker=1)


def test_parts_of_gpus_are_refused_for_several_workers() -> None:
    with pytest.raises(ConfigError, match=r"is 0\.5 for 2 workers, but NCCL needs whole GPUs"):
        check(workers=2, gpus_per_worker=0.5)


def test_an_optimizer_that_needs_a_gpu_is_refused_on_a_cpu() -> None:
    with pytest.raises(ConfigError, match="adamw_8bit, which needs a GPU"):
        check(optimizer="adamw_8bit")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"learning_rate": 1e-3}, "learning_rate is set by training.learning_rate: set that key"),
        ({"torch_empty_cache_step": 1}, "did you mean torch_empty_cache_steps?"),
        ({"use_liger_kernel": True}, "set by training.liger"),
        ({"output_dir": "x"}, "output_dir cannot be set: codem_ray decides about data"),
        ({"save_total_limit": 3}, "save_total_limit cannot be set"),
        (
            {"torch_compile": "yes please"},
            "torch_compile is 'yes please', but transformers expects",
        ),
    ],
)
def test_extra_arguments_are_checked_by_name_and_type(
    extra: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        check(extra=extra)
    assert message in str(raised.value)


def test_a_field_of_the_trainer_is_accepted() -> None:
    check(extra={"torch_empty_cache_steps": 10, "optim_args": "a=1"})
