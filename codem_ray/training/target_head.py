"""An output layer that computes the loss of large vocabularies in chunks of target tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from codem_ray.tokens.packed_rows import IGNORED

CHUNK_LOGITS = 1 << 24
"""Logits that are kept at a time: 64 MB in fp32. A loss with fewer is computed at once."""


class _ChunkedLoss(torch.autograd.Function):
    """The summed cross-entropy of a linear map, whose gradients are computed with the loss.

    As in Liger (Hsu et al. 2024), no logits are left for the backward pass. The sum is not divided
    by anything, so that its gradients are of ordinary size in half precision, too.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        labels: torch.Tensor,
        chunk: int,
        has_backward: bool,
    ) -> torch.Tensor:
        """Return the loss of hidden states [tokens, width] and labels [tokens], `chunk` at once."""
        wanted = [needed and has_backward for needed in ctx.needs_input_grad[:3]]
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grads = [
            torch.zeros_like(tensor) if is_wanted and tensor is not None else None
            for tensor, is_wanted in zip((hidden, weight, bias), wanted, strict=True)
        ]
        for states, targets, place in _chunks(hidden, labels, chunk):
            logits = torch.nn.functional.linear(states, weight, bias).float()
            norms = logits.logsumexp(dim=-1)
            loss += (norms - logits.gather(-1, targets[:, None]).squeeze(-1)).sum()
            if not any(wanted):
                continue
            # Softmax minus one at the target, in place of the logits.
            slopes = logits.sub_(norms[:, None]).exp_()
            slopes.scatter_add_(-1, targets[:, None], -torch.ones_like(norms)[:, None])
            slopes = slopes.to(weight.dtype)
            for_hidden, for_weight, for_bias = grads
            if for_hidden is not None:
                torch.mm(slopes, weight, out=for_hidden[place])
            if for_weight is not None:
                for_weight.addmm_(slopes.T, states)
            if for_bias is not None:
                for_bias += slopes.sum(dim=0)
        ctx.grads = grads
        return loss

    @staticmethod
    def backward(ctx: Any, *outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Scale the gradients that were computed with the loss."""
        scaled = [None if grad is None else grad.mul_(outputs[0]) for grad in ctx.grads]
        ctx.grads = None
        return (*scaled, None, None, None)


def _chunks(
    hidden: torch.Tensor, labels: torch.Tensor, chunk: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, slice]]:
    for start in range(0, len(labels), chunk):
        place = slice(start, start + chunk)
        yield hidden[place], labels[place], place


class TargetHead(torch.nn.Linear):
    """A model's output layer, which returns the loss of its targets where it is given any."""

    _labels: torch.Tensor | None = None

    def is_chunked(self, tokens: int) -> bool:
        """Whether the logits of so many tokens are too many to compute at once."""
        return tokens * self.out_features > CHUNK_LOGITS

    @contextmanager
    def targets(self, labels: torch.Tensor) -> Iterator[None]:
        """Inside the block, return the loss summed over the labels that are not IGNORED.

        `labels` has the shape of the hidden states, without their width.
        """
        self._labels = labels
        try:
            yield
        finally:
            self._labels = None

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the logits, or the loss inside a block of `targets`."""
        if self._labels is None:
            return super().forward(input)
        is_target = self._labels != IGNORED
        chunk = max(1, CHUNK_LOGITS // self.out_features)
        compute: Any = _ChunkedLoss.apply
        loss: torch.Tensor = compute(
            input[is_target],
            self.weight,
            self.bias,
            self._labels[is_target],
            chunk,
            # Inside the function there is never a graph.
            torch.is_grad_enabled(),
        )
        return loss


def install_target_head(model: Any) -> None:
    """Replace a model's output layer by a TargetHead with the same weights.

    Layers of other kinds than torch's own are left alone.
    """
    head = model.get_output_embeddings()
    if type(head) is not torch.nn.Linear:
        return
    with torch.device("meta"):
        replaced = TargetHead(head.in_features, head.out_features, bias=head.bias is not None)
    replaced.weight, replaced.bias = head.weight, head.bias
    replaced.train(head.training)
    model.set_output_embeddings(replaced)
