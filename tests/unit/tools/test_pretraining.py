"""A pretraining that is interrupted and resumed ends as an uninterrupted one."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from codem_ray.starter.assets import model_path
from tools.starter import pretrain


@pytest.fixture(autouse=True)
def small_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrain, "POOL_BATCHES", 4)


def _options(work: Path) -> argparse.Namespace:
    return argparse.Namespace(
        work=work,
        steps=12,
        documents=2,
        late_from=0.5,
        layers=1,
        width=32,
        lr=1e-3,
        warmup=2,
        seed=3,
        distant=0.25,
        requests=False,
        start=None,
    )


def _go_on(run: object, count: int) -> list[float]:
    made = pretrain.batches(run.tokenizer, run.step, run.options)  # type: ignore[attr-defined]
    return [run.take_step(*batch) for batch in islice(made, count)]  # type: ignore[attr-defined]


def test_an_interrupted_pretraining_ends_in_the_same_weights(tmp_path: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model_path())
    options = _options(tmp_path)
    whole = pretrain.PretrainingRun(tokenizer, options)
    losses = _go_on(whole, 10)
    first = pretrain.PretrainingRun(tokenizer, options)
    assert _go_on(first, 6) == losses[:6]
    first.save()
    second = pretrain.PretrainingRun(tokenizer, options)
    second.load()
    assert second.step == 6
    assert _go_on(second, 4) == losses[6:]
    assert second.tokens == whole.tokens
    for ours, theirs in zip(second.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_resume_with_other_options_is_refused(tmp_path: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model_path())
    pretrain.PretrainingRun(tokenizer, _options(tmp_path)).save()
    other = pretrain.PretrainingRun(
        tokenizer, argparse.Namespace(**{**vars(_options(tmp_path)), "lr": 1})
    )
    with pytest.raises(SystemExit, match="was made with"):
        other.load()


def test_late_batches_are_twice_as_large(tmp_path: Path) -> None:
    options = _options(tmp_path)
    sizes = [pretrain.batch_size(step, options) for step in range(12)]
    assert sizes == [2] * 8 + [4] * 4
