"""Packed rows have the loss and gradients of their separate documents."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
import transformers

from codem_ray.tokens.packed_rows import IGNORED, load_tokens
from codem_ray.training.loss import packed_loss_sum

from .conftest import Kit

TOLERANCE = 1e-5


def tiny_llama(kit: Kit) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(kit.model)


def tiny_big_code(kit: Kit, attention: str) -> Any:
    """Return a model of StarCoder's kind: learnt positions and one key for all heads.

    Its eager attention sees padding and other documents wherever a mask lets it, and a position
    that is wrong changes every output.
    """
    torch.manual_seed(1)
    config = transformers.GPTBigCodeConfig(
        vocab_size=258,
        n_positions=128,
        n_embd=32,
        n_layer=2,
        n_head=4,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=1,
    )
    config._attn_implementation = attention
    return transformers.GPTBigCodeForCausalLM(config)


MODELS = {
    "llama-sdpa": tiny_llama,
    "bigcode-eager": lambda kit: tiny_big_code(kit, "eager"),
    "bigcode-sdpa": lambda kit: tiny_big_code(kit, "sdpa"),
}


@pytest.fixture(scope="module")
def packed(kit: Kit) -> tuple[torch.Tensor, ...]:
    rows = load_tokens(kit.tokens)
    assert rows.facts.pairs > rows.facts.rows > 1
    arrays = (rows.input_ids, rows.labels, rows.position_ids)
    return tuple(torch.from_numpy(array.copy()).long() for array in arrays)


def gradients(model: Any, loss: torch.Tensor, targets: int) -> dict[str, torch.Tensor]:
    model.zero_grad()
    (loss / targets).backward()
    return {
        name: weight.grad.clone()
        for name, weight in model.named_parameters()
        if weight.grad is not None
    }


def loss_alone(model: Any, packed: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the loss of every document in a forward pass of its own."""
    alone = torch.zeros(())
    for ids, labels, positions in zip(*packed, strict=True):
        starts = [*(positions == 0).nonzero().flatten().tolist(), len(ids)]
        for start, end in pairwise(starts):
            if (labels[start:end] == IGNORED).all():
                continue
            logits = model(input_ids=ids[None, start:end]).logits[0, :-1]
            alone = alone + torch.nn.functional.cross_entropy(
                logits, labels[start + 1 : end], ignore_index=IGNORED, reduction="sum"
            )
    return alone


def differences(model: Any, packed: tuple[torch.Tensor, ...], together: torch.Tensor) -> Any:
    """Return how far loss and gradients per target token are from those of documents alone."""
    targets = int((packed[1] != IGNORED).sum())
    mine = gradients(model, together, targets)
    alone = loss_alone(model, packed)
    theirs = gradients(model, alone, targets)
    assert mine.keys() == theirs.keys()
    furthest = max((mine[name] - theirs[name]).abs().max().item() for name in mine)
    assert max(grad.abs().max().item() for grad in theirs.values()) > 1e-3
    return abs(together.item() - alone.item()) / targets, furthest


@pytest.mark.parametrize("name", MODELS)
def test_packed_documents_have_the_loss_and_the_gradients_that_they_have_alone(
    kit: Kit, packed: tuple[torch.Tensor, ...], name: str
) -> None:
    model = MODELS[name](kit)
    loss, gradient = differences(model, packed, packed_loss_sum(model, *packed))
    assert loss < TOLERANCE
    assert gradient < TOLERANCE


@pytest.mark.parametrize("name", MODELS)
def test_positions_that_do_not_restart_are_reported_as_a_leak(
    kit: Kit, packed: tuple[torch.Tensor, ...], name: str
) -> None:
    ids, labels, positions = packed
    leaking = torch.arange(positions.shape[1]).expand_as(positions)
    model = MODELS[name](kit)
    loss, gradient = differences(model, packed, packed_loss_sum(model, ids, labels, leaking))
    assert max(loss, gradient) > 10 * TOLERANCE


@pytest.mark.parametrize("name", MODELS)
def test_a_mask_of_ones_is_reported_as_a_leak(
    kit: Kit, packed: tuple[torch.Tensor, ...], name: str
) -> None:
    ids, labels, positions = packed
    model = MODELS[name](kit)
    logits = model(
        input_ids=ids, position_ids=positions, attention_mask=torch.ones_like(ids)
    ).logits
    together = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1),
        labels[:, 1:].flatten(),
        ignore_index=IGNORED,
        reduction="sum",
    )
    loss, gradient = differences(model, packed, together)
    assert max(loss, gradient) > 10 * TOLERANCE
