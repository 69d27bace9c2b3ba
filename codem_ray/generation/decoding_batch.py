"""The batch that the transformers engine decodes: rows with their shared key-value cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from codem_ray.generation.decoding_row import DecodingRow


class DecodingBatch:
    """Rows aligned on the right, with their key-value cache; rows can join and leave."""

    def __init__(self, device: torch.device) -> None:
        self.rows: list[DecodingRow] = []
        self.mask = torch.zeros((0, 0), dtype=torch.long, device=device)
        """Attention mask, [rows, tokens]."""
        self.cache: Any = None

    def join(self, rows: Sequence[DecodingRow], mask: Tensor, cache: Any) -> None:
        """Add rows whose prompts are in `cache`; the shorter side is padded on the left."""
        if not self.rows:
            self.rows, self.mask, self.cache = list(rows), mask, cache
            return
        width = max(self.mask.shape[1], mask.shape[1])
        self.mask = torch.cat([_pad_left(self.mask, width, 1), _pad_left(mask, width, 1)])
        for old, new in zip(self.cache.layers, cache.layers, strict=True):
            old.keys = torch.cat([_pad_left(old.keys, width, -2), _pad_left(new.keys, width, -2)])
            old.values = torch.cat(
                [_pad_left(old.values, width, -2), _pad_left(new.values, width, -2)]
            )
        self.rows += rows

    def remove_finished(self) -> None:
        """Drop the finished rows and the columns that only they used."""
        kept = [at for at, row in enumerate(self.rows) if not row.is_done]
        self.rows = [self.rows[at] for at in kept]
        if not kept:
            return
        index = torch.tensor(kept, device=self.mask.device)
        self.mask = self.mask[index]
        first = self.mask.shape[1] - int(self.mask.sum(-1).max())
        self.mask = self.mask[:, first:]
        for layer in self.cache.layers:
            layer.keys = layer.keys[index][..., first:, :]
            layer.values = layer.values[index][..., first:, :]


def new_cache() -> Any:
    """Return an empty key-value cache."""
    return Cache(layer_class_to_replicate=_GrowingLayer)


class _GrowingLayer(DynamicLayer):  # type: ignore[misc]
    """A cache layer with spare room, because `DynamicLayer` copies the whole cache per token.

    For 16 rows of 300 tokens, 6 layers of width 768, this saves 30 to 50 % of the CPU time.
    """

    _spare_tokens = 64
    _key_buffer: Tensor
    _value_buffer: Tensor

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states, value_states
            self._view: Tensor | None = None
            return self.keys, self.values
        old, new = self.keys.shape[-2], self.keys.shape[-2] + key_states.shape[-2]
        # The batch replaces `keys` and `values` when rows join or leave; then they are copied.
        if self._view is not self.keys or new > self._key_buffer.shape[-2]:
            self._key_buffer = self._enlarged(self.keys, new)
            self._value_buffer = self._enlarged(self.values, new)
        self._key_buffer[..., old:new, :] = key_states
        self._value_buffer[..., old:new, :] = value_states
        self.keys = self._view = self._key_buffer[..., :new, :]
        self.values = self._value_buffer[..., :new, :]
        return self.keys, self.values

    def _enlarged(self, tensor: Tensor, width: int) -> Tensor:
        buffer = tensor.new_empty(
            (*tensor.shape[:-2], width + self._spare_tokens, tensor.shape[-1])
        )
        buffer[..., : tensor.shape[-2], :] = tensor
        return buffer


def _pad_left(tensor: Tensor, width: int, dim: int) -> Tensor:
    missing = width - tensor.shape[dim]
    if missing == 0:
        return tensor
    shape = list(tensor.shape)
    shape[dim] = missing
    return torch.cat([tensor.new_zeros(shape), tensor], dim=dim)
