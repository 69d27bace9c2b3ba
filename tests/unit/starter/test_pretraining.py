"""Tests that a making of the base model is the same run, interrupted or not."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from codem_ray.starter.assets import model_path

SCRIPTS = Path(__file__).parents[3] / "scripts" / "starter"


@pytest.fixture
def pretrain(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("pretrain")
    monkeypatch.setattr(module, "POOL_BATCHES", 4)
    yield module
    for name in ("pretrain", "vocabulary"):
        sys.modules.pop(name, None)


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
        start=None,
    )


def _go_on(pretrain: ModuleType, making: object, count: int) -> list[float]:
    made = pretrain.batches(making.tokenizer, making.step, making.options)  # type: ignore[attr-defined]
    return [making.take_step(*batch) for batch in islice(made, count)]  # type: ignore[attr-defined]


def test_an_interrupted_making_ends_in_the_same_weights(
    pretrain: ModuleType, tmp_path: Path
) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model_path())
    options = _options(tmp_path)
    whole = pretrain.Making(tokenizer, options)
    losses = _go_on(pretrain, whole, 10)
    first = pretrain.Making(tokenizer, options)
    assert _go_on(pretrain, first, 6) == losses[:6]
    first.save()
    second = pretrain.Making(tokenizer, options)
    second.load()
    assert second.step == 6
    assert _go_on(pretrain, second, 4) == losses[6:]
    assert second.tokens == whole.tokens
    for ours, theirs in zip(second.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_making_does_not_go_on_with_other_options(pretrain: ModuleType, tmp_path: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(model_path())
    pretrain.Making(tokenizer, _options(tmp_path)).save()
    other = pretrain.Making(tokenizer, argparse.Namespace(**{**vars(_options(tmp_path)), "lr": 1}))
    with pytest.raises(SystemExit, match="was made with"):
        other.load()


def test_late_batches_are_twice_as_large(pretrain: ModuleType, tmp_path: Path) -> None:
    options = _options(tmp_path)
    sizes = [pretrain.batch_size(step, options) for step in range(12)]
    assert sizes == [2] * 8 + [4] * 4
