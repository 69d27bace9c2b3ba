"""Measures on a small model of an architecture whether packed documents affect each other."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from codem_ray.config import TrainingConfig
from codem_ray.errors import ModelLoadError
from codem_ray.models.recurrence import RECURRENT_TYPES, has_recurrent_layers
from codem_ray.tokens.packed_rows import IGNORED
from codem_ray.training.architecture import Architecture
from codem_ray.training.attention import choose_attention
from codem_ray.training.loss import packed_loss_sum, separate_loss_sum
from codem_ray.training.model_form import model_form
from codem_ray.training.tiny_config import VOCABULARY
from codem_ray.training.tiny_model import NoTinyModelError, tiny_model

TOLERANCE = 3e-5
"""Largest difference of a loss per token that is rounding."""
HALF_TOLERANCE = 5e-2
"""The same in half precision, for documents at other places. Where only the values of other
documents change, rounding is the same, so that nothing changes."""
VISIBLE = 1e-3
"""A leak that is made on purpose must change the loss per token by more than this."""
_LENGTHS = (13, 11, 8)
_FIRST_TOKEN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class PackingMeasure:
    """Differences of a loss per token, in nats, and what follows for training."""

    leak: float | None = None
    """Change of a document's loss when another document of its row changes. None: no measure."""
    offset: float | None = None
    """Difference between a document's loss in a packed row and in a row of its own."""
    padding: float | None = None
    """Change of a document's loss by the padding and the other rows of its batch."""
    look_ahead: float | None = None
    """Change of the loss of a document's beginning when its end changes."""
    obstacle: str = ""
    """Why documents cannot be packed; empty if they can."""
    is_stateful: bool = False
    """Whether its layers keep a state instead of keys and values."""
    has_plain_logits: bool = False
    """Whether the logits are what the output layer returns, neither scaled nor capped."""


def measure_architecture(
    path: str, *, revision: str | None = None, trust_remote_code: bool = False
) -> Architecture:
    """Measure the architecture of a local folder or a hub id; no weights are loaded.

    Raises ModelLoadError if transformers cannot make a causal language model of its config.
    """
    try:
        config = transformers.AutoConfig.from_pretrained(
            path, revision=revision, trust_remote_code=trust_remote_code
        )
        form = model_form(config, trust_remote_code=trust_remote_code)
    except Exception as error:
        # transformers raises errors of every kind for configs that it cannot use.
        raise ModelLoadError(
            f"{path}: transformers {transformers.__version__} makes no causal language model of "
            f"its config.json: {type(error).__name__}: {' '.join(str(error).split())[:400]}"
        ) from error
    attention = choose_attention(TrainingConfig(), form.supported, has_gpu=False, kernel="")
    measure = measure_packing(config, attention=attention.name, trust_remote_code=trust_remote_code)
    text = config.get_text_config(decoder=True)
    if not (measure.look_ahead is None or measure.look_ahead <= TOLERANCE):
        raise ModelLoadError(
            f"{path}: a model of type {text.model_type} sees the tokens that it has to predict "
            f"(they change its loss by {measure.look_ahead:.2g} a token): name a causal language "
            "model"
        )
    if not (measure.padding is None or measure.padding <= TOLERANCE):
        raise ModelLoadError(
            f"{path}: padding changes the loss of a model of type {text.model_type} by "
            f"{measure.padding:.2g} a token, so it cannot be trained in batches: name another model"
        )
    return Architecture(
        model_type=text.model_type,
        is_packable=not measure.obstacle,
        is_recurrent=measure.is_stateful
        or text.model_type in RECURRENT_TYPES
        or has_recurrent_layers(getattr(text, "layer_types", None)),
        obstacle=measure.obstacle,
    )


def measure_packing(
    config: Any,
    *,
    attention: str | None = None,
    trust_remote_code: bool = False,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> PackingMeasure:
    """Measure a small random model of a config's architecture in the form that training uses.

    `attention` is the attention implementation; without one, transformers chooses.
    """
    options = {"attn_implementation": attention, "trust_remote_code": trust_remote_code}
    try:
        model = tiny_model(
            config,
            options,
            # The model is moved where it stands.
            try_out=lambda model: _alone(model.to(device, dtype), torch.arange(_FIRST_TOKEN, 16)),
        )
    except NoTinyModelError as error:
        return PackingMeasure(obstacle=f"packing cannot be measured ({error})")
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        return _measure(model)


def _measure(model: Any) -> PackingMeasure:
    generator = torch.Generator().manual_seed(1)
    first, middle, last, other_first, other_last = (
        torch.randint(_FIRST_TOKEN, VOCABULARY, (length,), generator=generator)
        for length in (*_LENGTHS, _LENGTHS[0], _LENGTHS[2])
    )
    alone = [_alone(model, document) for document in (first, middle, last)]
    changed_end = torch.cat([middle[:7], other_last[:4]])
    facts: dict[str, Any] = {
        "is_stateful": bool(getattr(model, "_is_stateful", False)),
        "padding": abs(_alone(model, last) - _padded(model, last, beside=first)),
        "look_ahead": abs(_alone(model, middle, targets=6) - _alone(model, changed_end, targets=6)),
        "has_plain_logits": _has_plain_logits(model, first),
    }
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return PackingMeasure(obstacle="no position ids can be given", **facts)
    row = (first, middle, last)
    packed = [_packed(model, row, target) for target in range(3)]
    with_other_first = [_packed(model, (other_first, middle, last), target) for target in (1, 2)]
    with_other_last = [_packed(model, (first, middle, other_last), target) for target in (0, 1)]
    facts |= {
        "leak": max(
            _furthest(packed[1:], with_other_first), _furthest(packed[:2], with_other_last)
        ),
        "offset": _furthest(packed, alone),
    }
    joined = [
        _packed(model, (document, middle, last), 2, restarts=False)
        for document in (first, other_first)
    ]
    rounding = TOLERANCE if model.dtype == torch.float32 else HALF_TOLERANCE
    obstacle = _obstacle(facts, made_leak=abs(joined[0] - joined[1]), rounding=rounding)
    return PackingMeasure(obstacle=obstacle, **facts)


def _obstacle(facts: dict[str, Any], *, made_leak: float, rounding: float) -> str:
    # Comparisons are written so that a loss that is not a number is an obstacle.
    if not facts["leak"] <= TOLERANCE:
        return f"packed documents change each other's loss, by {facts['leak']:.2g} a token"
    if not facts["offset"] <= rounding:
        return f"packing changes the loss of a document, by {facts['offset']:.2g} a token"
    if not made_leak > VISIBLE:
        return f"a leak made on purpose changes the loss by {made_leak:.2g} a token only"
    return ""


def _packed(
    model: Any, documents: tuple[torch.Tensor, ...], target: int, *, restarts: bool = True
) -> float:
    """Return the loss per token of one document of a packed row that ends with padding."""
    padding = torch.zeros(5, dtype=torch.long)
    parts = [*documents, padding]
    ids = torch.cat(parts)[None]
    labels = torch.full_like(ids, IGNORED)
    start = sum(len(document) for document in documents[:target])
    end = start + len(documents[target])
    labels[0, start + 1 : end] = ids[0, start + 1 : end]
    positions = torch.cat([torch.arange(len(part)) for part in parts])[None]
    if not restarts:
        positions = torch.arange(ids.shape[1])[None]
    return _loss(packed_loss_sum, model, ids, labels, positions) / (end - start - 1)


def _alone(
    model: Any,
    document: torch.Tensor,
    *,
    targets: int | None = None,
) -> float:
    """Return the loss per token of a document in a row of its own, or of its first targets."""
    ids = document[None]
    labels = torch.full_like(ids, IGNORED)
    end = len(document) if targets is None else targets + 1
    labels[0, 1:end] = document[1:end]
    loss = _loss(separate_loss_sum, model, ids, labels, torch.arange(len(document))[None])
    return loss / (end - 1)


def _padded(model: Any, document: torch.Tensor, beside: torch.Tensor) -> float:
    """Return the loss per token of a document whose batch has a longer one."""
    ids = torch.cat([document, beside])[None]
    labels = torch.full_like(ids, IGNORED)
    labels[0, 1 : len(document)] = document[1:]
    # One target keeps the longer document in the batch.
    labels[0, -1] = ids[0, -1]
    positions = torch.cat([torch.arange(len(part)) for part in (document, beside)])[None]
    both = _loss(separate_loss_sum, model, ids, labels, positions)
    last = torch.full_like(beside, IGNORED)
    last[-1] = beside[-1]
    alone = (beside[None], last[None], torch.arange(len(beside))[None])
    return (both - _loss(separate_loss_sum, model, *alone)) / (len(document) - 1)


def _loss(loss_sum: Callable[..., torch.Tensor], model: Any, *rows: torch.Tensor) -> float:
    """Return the loss of rows, which are moved to the device of the model."""
    return float(loss_sum(model, *(row.to(model.device) for row in rows)))


def _has_plain_logits(model: Any, document: torch.Tensor) -> bool:
    head, kept = model.get_output_embeddings(), []
    if head is None:
        return False
    hook = head.register_forward_hook(lambda module, inputs, output: kept.append(output))
    try:
        logits = model(input_ids=document[None].to(model.device), use_cache=False).logits
    finally:
        hook.remove()
    return len(kept) == 1 and torch.equal(kept[0], logits)


def _furthest(losses: list[float], others: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(losses, others, strict=True))
