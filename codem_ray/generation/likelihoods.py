"""Log-likelihoods of given answers in batches of similar length, on a transformers model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from codem_ray.generation.engine import ScoreRequest

Forward = Callable[[Tensor, Tensor, int], Tensor]
"""Takes token ids and attention mask, [rows, tokens], padded on the left, and a number of last
positions; returns the logits there, [rows, positions, vocabulary]."""
_MAX_BATCH_TOKENS = 8192
_MAX_LOGITS = 1 << 26
"""Logits of one batch: 256 MB in fp32."""


def batches(
    requests: Sequence[ScoreRequest], batch_size: int, vocabulary: int
) -> Iterator[list[int]]:
    """Yield batches of indices of requests of similar length, longest first, of limited memory."""
    order = sorted(
        range(len(requests)), key=lambda at: -len(requests[at].prompt) - len(requests[at].answer)
    )
    batch: list[int] = []
    answer = 0
    for at in order:
        first = requests[batch[0] if batch else at]
        width = len(first.prompt) + len(first.answer)
        longest = max(answer, len(requests[at].answer))
        size = len(batch) + 1
        if batch and (
            size > batch_size
            or size * width > _MAX_BATCH_TOKENS
            or size * longest * vocabulary > _MAX_LOGITS
        ):
            yield batch
            batch, longest = [], len(requests[at].answer)
        batch.append(at)
        answer = longest
    if batch:
        yield batch


def log_likelihoods(
    requests: Sequence[ScoreRequest], forward: Forward, device: torch.device
) -> list[tuple[float, ...]]:
    """Return the log-likelihoods of the answers of one batch.

    Rows are padded on the left, so that all answers end in the last column and logits are needed
    for the last columns only.
    """
    width = max(len(one.prompt) + len(one.answer) for one in requests)
    longest = max(len(one.answer) for one in requests)
    ids = torch.zeros((len(requests), width), dtype=torch.long)
    mask = torch.zeros((len(requests), width), dtype=torch.long)
    for row, one in enumerate(requests):
        tokens = [*one.prompt, *one.answer]
        ids[row, width - len(tokens) :] = torch.tensor(tokens)
        mask[row, width - len(tokens) :] = 1
    ids, mask = ids.to(device), mask.to(device)
    # The logits of a position predict the token after it.
    logits = forward(ids, mask, longest + 1)[:, :-1, :]
    targets = ids[:, width - longest :]
    scores: list[tuple[float, ...]] = []
    for row, one in enumerate(requests):
        start = longest - len(one.answer)
        # In fp32 and row by row: half precision would lose digits, and a batch takes more memory.
        rates = torch.log_softmax(logits[row, start:].float(), dim=-1)
        found = rates.gather(-1, targets[row, start:, None]).squeeze(-1)
        scores.append(tuple(found.tolist()))
    return scores
