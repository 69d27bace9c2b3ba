"""The loss in chunks is the loss of all logits at once, with the same gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from real_architectures import REAL, real_config
from transformers import AutoModelForCausalLM

from codem_ray.tokens.packed_rows import IGNORED
from codem_ray.training import target_head
from codem_ray.training.loss import packed_loss_sum, separate_loss_sum
from codem_ray.training.target_head import TargetHead, install_target_head

ROWS, WIDTH, VOCABULARY = 3, 24, 50


def rows() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return packed rows of two documents, of which the first tokens are no targets."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(2, VOCABULARY, (ROWS, WIDTH), generator=generator)
    positions = torch.cat([torch.arange(10), torch.arange(WIDTH - 10)]).expand(ROWS, -1)
    labels = ids.clone()
    labels[positions < 4] = IGNORED
    labels[1] = IGNORED
    return ids, labels, positions


def loss_and_gradients(
    config: Any, *, is_chunked: bool, loss_sum: Any = packed_loss_sum
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    if is_chunked:
        install_target_head(model)
        assert isinstance(model.get_output_embeddings(), TargetHead)
    loss = loss_sum(model, *rows())
    (loss * 0.25).backward()
    return loss.detach(), {name: p.grad for name, p in model.named_parameters()}


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("loss_sum", [packed_loss_sum, separate_loss_sum])
def test_chunks_have_the_loss_and_the_gradients_of_all_logits(
    monkeypatch: pytest.MonkeyPatch, name: str, loss_sum: Any
) -> None:
    monkeypatch.setattr(target_head, "CHUNK_LOGITS", 7 * VOCABULARY)
    config = real_config(name, vocab_size=VOCABULARY)
    whole, gradients = loss_and_gradients(config, is_chunked=False, loss_sum=loss_sum)
    chunked, others = loss_and_gradients(config, is_chunked=True, loss_sum=loss_sum)
    assert chunked.item() == pytest.approx(whole.item(), rel=1e-6)
    assert others.keys() == gradients.keys()
    for key, gradient in gradients.items():
        assert (others[key] - gradient).abs().max() <= 1e-6 * gradient.abs().max(), key


def test_a_bias_and_a_frozen_weight_get_the_right_gradients() -> None:
    torch.manual_seed(0)
    head = TargetHead(8, VOCABULARY, dtype=torch.float64)
    head.weight.requires_grad = False
    hidden = torch.randn(20, 8, dtype=torch.float64, requires_grad=True)
    labels = torch.arange(20).clone()
    labels[3] = IGNORED
    logits = torch.nn.functional.linear(hidden, head.weight, head.bias)
    torch.nn.functional.cross_entropy(logits, labels, reduction="sum").backward()
    assert hidden.grad is not None
    assert head.bias.grad is not None
    expected = hidden.grad.clone(), head.bias.grad.clone()
    hidden.grad = head.bias.grad = None
    with head.targets(labels):
        head(hidden).backward()
    assert hidden.grad is not None
    assert head.bias.grad is not None
    # Logits are computed in fp32, whatever the weights are.
    assert torch.allclose(hidden.grad, expected[0], atol=1e-6)
    assert torch.allclose(head.bias.grad, expected[1], atol=1e-6)
    assert head.weight.grad is None


def test_rows_without_a_target_have_no_loss_and_still_a_gradient() -> None:
    head = TargetHead(8, VOCABULARY)
    hidden = torch.randn(2, 8, requires_grad=True)
    with head.targets(torch.full((2,), IGNORED)):
        loss = head(hidden)
    loss.backward()
    assert loss.item() == 0
    assert hidden.grad is not None
    assert not hidden.grad.any()


def test_a_loss_without_a_backward_pass_is_the_same() -> None:
    torch.manual_seed(0)
    head, hidden = TargetHead(8, VOCABULARY), torch.randn(20, 8)
    with head.targets(torch.arange(20)):
        loss = head(hidden)
        with torch.no_grad():
            assert head(hidden) == loss


def test_small_losses_are_computed_at_once_and_large_ones_in_chunks() -> None:
    head = TargetHead(2, 49_152, device="meta")
    assert not head.is_chunked(300)
    assert head.is_chunked(2048)
    assert head(torch.empty(1, 5, 2, device="meta")).shape == (1, 5, 49_152)


def test_a_tied_output_layer_stays_tied() -> None:
    model = AutoModelForCausalLM.from_config(real_config("SmolLM", vocab_size=VOCABULARY))
    names = [name for name, _ in model.named_parameters()]
    install_target_head(model)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert [name for name, _ in model.named_parameters()] == names
