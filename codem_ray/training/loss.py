"""The loss of a model on rows of documents, packed or each in a row of its own."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from codem_ray.tokens.packed_rows import IGNORED
from codem_ray.training.target_head import TargetHead


def target_loss_sum(
    model: Any,
    input_ids: torch.Tensor,
    labels: torch.Tensor,
    position_ids: torch.Tensor,
    *,
    is_packable: bool,
) -> torch.Tensor:
    """Return the cross-entropy summed over the target tokens of rows.

    All tensors have the shape [rows, positions]; a document begins wherever `position_ids` are 0.
    In a model whose packed documents would see each other, each gets a row of its own here.
    """
    loss_sum = packed_loss_sum if is_packable else separate_loss_sum
    return loss_sum(model, input_ids, labels, position_ids)


def packed_loss_sum(
    model: Any, input_ids: torch.Tensor, labels: torch.Tensor, position_ids: torch.Tensor
) -> torch.Tensor:
    """Return the cross-entropy summed over the target tokens of packed rows.

    All tensors have the shape [rows, positions]. No attention mask is passed: with one, packed
    documents would attend to each other; without one, transformers starts a new document wherever
    `position_ids` restart.
    """
    return _loss_sum(model, labels, {"input_ids": input_ids, "position_ids": position_ids})


def separate_loss_sum(
    model: Any, input_ids: torch.Tensor, labels: torch.Tensor, position_ids: torch.Tensor
) -> torch.Tensor:
    """Return what `packed_loss_sum` returns, from a forward pass with a document in each row.

    The model gets a mask of the padding after each document, and counts positions itself.
    """
    ids, labels, mask = split_documents(input_ids, labels, position_ids)
    return _loss_sum(model, labels, {"input_ids": ids, "attention_mask": mask})


def one_row(
    input_ids: torch.Tensor, labels: torch.Tensor, position_ids: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Join packed rows to one, which flash attention needs to keep documents apart.

    A row's first token, which no position predicts, must not become the target of the row before.
    """
    labels = labels.clone()
    labels[:, 0] = IGNORED
    return input_ids.reshape(1, -1), labels.reshape(1, -1), position_ids.reshape(1, -1)


def split_documents(
    input_ids: torch.Tensor, labels: torch.Tensor, position_ids: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give each document with targets a row: ids, labels and mask [documents, longest document].

    Without any target, one document is kept, so that every rank runs the model equally often.
    """
    spans = [
        (row, int(start), int(end))
        for row, positions in enumerate(position_ids)
        for start, end in _spans(positions)
    ]
    with_targets = [
        (row, start, end) for row, start, end in spans if (labels[row, start:end] != IGNORED).any()
    ]
    spans = with_targets or spans[:1]
    shape = (len(spans), max(end - start for _, start, end in spans))
    ids = input_ids.new_zeros(shape)
    split_labels = labels.new_full(shape, IGNORED)
    mask = input_ids.new_zeros(shape)
    for number, (row, start, end) in enumerate(spans):
        ids[number, : end - start] = input_ids[row, start:end]
        split_labels[number, : end - start] = labels[row, start:end]
        mask[number, : end - start] = 1
    return ids, split_labels, mask


def _spans(positions: torch.Tensor) -> list[tuple[int, int]]:
    """Return start and end of each document of a row."""
    starts = (positions == 0).nonzero().flatten().tolist()
    return list(zip(starts, [*starts[1:], len(positions)], strict=True))


def _bare(model: Any) -> Any:
    """Return the model inside the wrappers of DeepSpeed and peft."""
    inner = getattr(model, "module", model)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def _loss_sum(model: Any, labels: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    shifted = labels[:, 1:]
    places = (shifted != IGNORED).any(dim=0).nonzero().squeeze(-1)
    if places.numel() == 0:
        places = places.new_zeros(1)
    bare = _bare(model)
    # Logits are the largest tensor, and prompts and padding need none.
    can_choose = "logits_to_keep" in inspect.signature(bare.forward).parameters
    options = {"use_cache": False} | ({"logits_to_keep": places} if can_choose else {})
    targets = shifted[:, places]
    head = bare.get_output_embeddings()
    if isinstance(head, TargetHead) and head.is_chunked(targets.numel()):
        with head.targets(targets if can_choose else _padded_end(shifted)):
            loss: torch.Tensor = model(**inputs, **options).logits
        return loss
    logits = model(**inputs, **options).logits
    return torch.nn.functional.cross_entropy(
        (logits if can_choose else logits[:, places]).float().flatten(0, 1),
        targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
    )


def _padded_end(shifted: torch.Tensor) -> torch.Tensor:
    """Return labels for every position of rows whose last position predicts nothing."""
    return torch.nn.functional.pad(shifted, (0, 1), value=IGNORED)
