"""Layouts of real models on usual clusters, and the table that `plan` prints of them."""

from __future__ import annotations

import json

import pytest

from codem_ray.cli.main import main
from codem_ray.config import load_sweep
from codem_ray.models.inspect import BaseModelShape
from codem_ray.sweep.facts import base_model_shape
from codem_ray.sweep.hardware_fit import HardwareFit, hardware_fits


def fits(name: str, *overrides: str, parameters: int | None = None) -> list[HardwareFit]:
    sweep = load_sweep(name, list(overrides))
    known = base_model_shape(sweep.base_model)
    assert known is not None
    shape = BaseModelShape(
        parameters=parameters or known.parameters,
        hidden_size=known.hidden_size,
        num_layers=known.num_layers,
        vocab_size=known.vocab_size,
        context_tokens=None,
    )
    found = hardware_fits(sweep, shape, trained_tokens=3e8, num_trained=27, num_sources=9)
    return list(found)


def test_15b_fits_on_eight_large_gpus_and_is_sharded_over_two_nodes_of_small_ones() -> None:
    own, large, small = fits("codem-15b")
    assert (own.workers, own.zero_stage, own.micro_batch_sequences) == (8, 3, 2)
    assert (large.workers, large.zero_stage, large.is_fit) == (8, 2, True)
    assert (small.workers, small.nodes, small.zero_stage, small.is_fit) == (16, 2, 3, True)
    assert not small.offload_optimizer
    # Twice the GPUs, less the start of each trial.
    assert small.training_hours == pytest.approx(large.training_hours / 2, rel=0.2)


def test_the_optimizer_is_offloaded_only_if_nothing_else_fits() -> None:
    _, _, small = fits("codem-15b", parameters=34_000_000_000)
    assert (small.offload_optimizer, small.zero_stage, small.is_fit) == (True, 3, True)
    assert small.host.offload > 0


def test_a_model_that_fits_nowhere_is_shown_as_such() -> None:
    own, *_, small = fits("codem-15b", parameters=400_000_000_000)
    assert not own.is_fit
    assert not small.is_fit


def test_adapters_train_at_the_stages_of_their_method_and_in_less_time() -> None:
    own, *others = fits("codem-15b", "training.method=qlora", "training.zero_stage=2")
    assert all(fit.zero_stage <= 2 and fit.is_fit for fit in (own, *others))
    full = fits("codem-15b")[0]
    assert own.training_hours < 0.75 * full.training_hours
    assert own.disk.exports < full.disk.exports / 100


def test_a_layout_divides_the_batch() -> None:
    found = fits("codem-7b", "training.batch_sequences=48")
    assert [fit.workers * fit.micro_batch_sequences for fit in found] == [16, 16, 16]


def test_the_gpu_of_the_sweep_file_changes_memory_and_hours() -> None:
    labels = "cluster.training_labels={ray.io/accelerator-type: H100}"
    own, other = fits("codem-7b", labels)[0], fits("codem-7b")[0]
    assert (own.gpu, other.gpu) == ("H100", "A100-80G")
    assert own.training_hours < other.training_hours / 2


def test_a_sweep_without_gpus_or_training_has_no_table() -> None:
    assert fits("quickstart") == []


def test_plan_prints_one_table_of_at_most_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "codem-15b"]) == 0
    text = capsys.readouterr().out
    table = text[text.index("sizes in GB") : text.index("~ marks estimates")].splitlines()
    assert max(map(len, table)) <= 80
    assert any(line.startswith("host: loading") and "248" in line for line in table)
    assert any("MFU 30%" in line and "312 TFLOP/s" in line for line in table)


def test_plan_as_json_has_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "codem-7b", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [fit["name"] for fit in plan["hardware"]] == ["this sweep", "8 x 80 GB", "2 x 8 x 40 GB"]
    assert plan["hardware"][0]["host"]["loading"] == 14_000_000_000
    assert plan["time"]["mfu"] == 0.3
