"""The choice of the attention implementation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from real_architectures import real_config
from transformers import AutoModelForCausalLM

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError, EnvironmentLackError
from codem_ray.tokens.packed_rows import IGNORED
from codem_ray.training.attention import (
    check_attention,
    check_attention_packages,
    choose_attention,
    expected_attention,
    flash_kernel,
)
from codem_ray.training.loss import one_row, packed_loss_sum

ALL = {"flash", "sdpa", "eager"}
KERNEL = "flash_attention_2"


def chosen(
    wanted: str = "auto",
    supported: set[str] = ALL,
    *,
    has_gpu: bool = True,
    kernel: str = KERNEL,
    **settings: Any,
) -> str:
    training = TrainingConfig(attention=wanted, **settings)  # type: ignore[arg-type]
    return str(choose_attention(training, supported, has_gpu=has_gpu, kernel=kernel))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "flash_attention_2: its kernel is installed and the architecture has it"),
        ({"kernel": ""}, "sdpa: no flash attention, because flash-attn is not installed"),
        ({"has_gpu": False}, "sdpa: no flash attention, because its kernels need a GPU"),
        ({"precision": "fp32"}, "sdpa: no flash attention, because its kernels do not compute in"),
        ({"supported": {"sdpa", "eager"}}, "sdpa: no flash attention, because the architecture"),
        ({"supported": {"eager"}}, "eager: no flash attention, because the architecture"),
        ({"wanted": "flash"}, "flash_attention_2: training.attention names it"),
        ({"wanted": "eager"}, "eager: training.attention names it"),
    ],
)
def test_the_best_attention_that_works_is_chosen_and_the_reason_is_given(
    changes: dict[str, Any], expected: str
) -> None:
    assert chosen(**changes).startswith(expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wanted": "flash", "kernel": ""}, "flash-attn is not installed"),
        ({"wanted": "flash", "supported": {"sdpa", "eager"}}, "architecture of the base model"),
        ({"wanted": "sdpa", "supported": {"eager"}}, "has only eager: set training.attention to"),
    ],
)
def test_an_attention_that_is_named_and_does_not_work_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        chosen(**changes)


def test_flash_attention_on_cpus_or_in_fp32_is_refused_before_anything_starts() -> None:
    flash = TrainingConfig(attention="flash")
    with pytest.raises(ConfigError, match=r"gpus_per_worker is 0.*set training.attention to auto"):
        check_attention(flash, has_gpu=False)
    with pytest.raises(ConfigError, match=r"training\.precision is fp32"):
        check_attention(TrainingConfig(attention="flash", precision="fp32"), has_gpu=True)
    check_attention(flash, has_gpu=True)


@pytest.mark.skipif(bool(flash_kernel()), reason="flash attention is installed here")
def test_flash_attention_without_its_package_is_refused_with_the_command_that_installs_it() -> None:
    with pytest.raises(EnvironmentLackError, match="pip install flash-attn"):
        check_attention_packages(TrainingConfig(attention="flash"))
    check_attention_packages(TrainingConfig())


def test_plan_says_which_attention_to_expect() -> None:
    assert expected_attention(TrainingConfig(), has_gpu=False).startswith("sdpa, or eager")
    assert expected_attention(TrainingConfig(), has_gpu=True).startswith("flash where flash-attn")
    named = TrainingConfig(attention="eager")
    assert expected_attention(named, has_gpu=True) == "eager: training.attention names it"


def test_rows_that_are_joined_to_one_have_the_loss_that_they_have_side_by_side() -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(real_config("Llama", vocab_size=50)).eval()
    ids = torch.randint(2, 50, (3, 24))
    positions = torch.cat([torch.arange(10), torch.arange(14)]).expand(3, -1)
    labels = ids.clone()
    labels[:, 10] = IGNORED
    with torch.no_grad():
        beside = packed_loss_sum(model, ids, labels, positions)
        joined = packed_loss_sum(model, *one_row(ids, labels, positions))
    assert joined.item() == pytest.approx(beside.item(), rel=1e-6)
