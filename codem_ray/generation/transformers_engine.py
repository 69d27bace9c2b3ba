"""Completions by transformers, in length-sorted batches whose finished rows make room for new ones.

The decoding loop is our own: `generate()` keeps finished rows in the batch until the last one is
done and checks stop strings for all rows alike. A model's own generation defaults (repetition
penalty, top_k) are not used: greedy is greedy.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError
from codem_ray.generation.engine import (
    ModelSpec,
    Progress,
    Request,
    check_context,
    end_of_answer,
    sample_seed,
)
from codem_ray.records import Completion

_PROMPT_TAIL = 8
"""Prompt tokens decoded before a completion, so that its leading spaces survive."""
_RECURRENT = ("linear_attention", "mamba", "recurrent", "conv")


class TransformersEngine:
    """Holds one model; greedy or seeded sampling, each row independent of its neighbours.

    A sampled row draws from a stream seeded by the sampling seed, its prompt and its sample number,
    so its batch changes it no more than rounding does.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if spec.num_threads is not None:
            torch.set_num_threads(max(1, int(spec.num_threads)))
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        is_bf16 = spec.precision == "bf16" or (
            spec.precision == "auto" and self._device.type == "cuda"
        )
        self._model, self._tokenizer = _load(spec, torch.bfloat16 if is_bf16 else torch.float32)
        self._model.to(self._device).eval()
        text_config = self._model.config.get_text_config(decoder=True)
        kinds = {str(kind) for kind in getattr(text_config, "layer_types", None) or ()}
        if getattr(self._model, "_is_stateful", False) or any(
            word in kind for kind in kinds for word in _RECURRENT
        ):
            raise ModelLoadError(
                f"{spec.path}: a model with recurrent layers cannot be batched by "
                "generation.engine transformers; set generation.engine to vllm"
            )
        context = getattr(text_config, "max_position_embeddings", None)
        self._context: int | None = context if isinstance(context, int) and context > 0 else None
        self._ends = _end_tokens(self._model, self._tokenizer)
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        # The wrapper's decode costs ten times the backend's, and this runs for every token.
        self._decode = (backend or self._tokenizer).decode
        forward = inspect.signature(self._model.forward).parameters
        self._takes_positions = "position_ids" in forward
        self._extra = {"logits_to_keep": 1} if "logits_to_keep" in forward else {}

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._tokenizer

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request; see `Engine.complete`."""
        prompts = [self._token_ids(request) for request in requests]
        lengths = [(one.task_id, len(ids)) for one, ids in zip(requests, prompts, strict=True)]
        check_context(lengths, config.max_new_tokens, self._context)
        rows = [
            self._row(request, ids, config, sample)
            for request, ids in zip(requests, prompts, strict=True)
            for sample in range(config.samples)
        ]
        # Longest first: the batch that needs most memory fails at once, if it must.
        waiting = deque(sorted(rows, key=lambda row: -len(row.prompt)))
        size = config.batch_size
        with torch.inference_mode():
            batch = _Batch(self._device)
            while waiting or batch.rows:
                try:
                    # Admission is a forward pass of its own, so a few rows at once are waited for.
                    free = size - len(batch.rows)
                    if waiting and free >= min(max(1, size // 4), len(waiting)):
                        new = [waiting.popleft() for _ in range(min(free, len(waiting)))]
                        logits = self._admit(batch, new)
                    else:
                        new, logits = [], self._step(batch)
                except torch.OutOfMemoryError:
                    if size == 1:
                        raise
                    # Rows begin again: what they drew and wrote is the same the second time.
                    again = sorted(
                        {id(r): r for r in [*batch.rows, *new]}.values(),
                        key=lambda row: -len(row.prompt),
                    )
                    for row in again:
                        row.restart()
                    waiting.extendleft(reversed(again))
                    batch = _Batch(self._device)
                    torch.cuda.empty_cache()
                    size //= 2
                    continue
                touched = new or batch.rows
                tokens = _choose(logits, touched, config)
                for row, token in zip(touched, tokens, strict=True):
                    row.push(token, self._ends, self._decode)
                finished = sum(row.is_done for row in touched)
                if finished:
                    batch.keep([not row.is_done for row in batch.rows])
                    if progress is not None:
                        progress(finished)
        return [row.completion() for row in rows]

    def close(self) -> None:
        """Free the model's memory."""
        del self._model
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _token_ids(self, request: Request) -> list[int]:
        encoded = self._tokenizer(request.prompt, add_special_tokens=request.adds_special_tokens)
        ids: list[int] = list(encoded["input_ids"])
        if request.adds_special_tokens and len(ids) > 1 and ids[-1] in self._ends:
            # Some tokenizers close every text; a prompt is to be continued.
            ids.pop()
        # A model needs one token to start from.
        return ids or [self._tokenizer.bos_token_id or min(self._ends, default=0)]

    def _row(self, request: Request, ids: list[int], config: GenerationConfig, sample: int) -> _Row:
        uniforms: list[float] = []
        if config.temperature > 0:
            generator = torch.Generator().manual_seed(sample_seed(config.seed, request, sample))
            drawn = torch.rand(config.max_new_tokens, generator=generator, dtype=torch.float64)
            uniforms = drawn.tolist()
        return _Row(
            request=request,
            sample=sample,
            prompt=ids,
            limit=config.max_new_tokens,
            uniforms=uniforms,
        )

    def _admit(self, batch: _Batch, rows: Sequence[_Row]) -> Tensor:
        """Run the prompts of new rows and join them to the batch; logits [new rows, vocabulary]."""
        width = max(len(row.prompt) for row in rows)
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, width - len(row.prompt) :] = torch.tensor(row.prompt)
            mask[at, width - len(row.prompt) :] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        cache = Cache(layer_class_to_replicate=_RoomyLayer)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        logits = self._forward(ids, mask, positions, cache)
        batch.join(rows, mask, cache)
        return logits

    def _step(self, batch: _Batch) -> Tensor:
        """Run the last token of every row; logits [rows, vocabulary]."""
        ids = torch.tensor([[row.written[-1]] for row in batch.rows], device=self._device)
        positions = batch.mask.sum(-1, keepdim=True)
        one = torch.ones((len(batch.rows), 1), dtype=torch.long, device=self._device)
        mask = torch.cat([batch.mask, one], dim=1)
        logits = self._forward(ids, mask, positions, batch.cache)
        batch.mask = mask
        return logits

    def _forward(self, ids: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Tensor:
        extra: dict[str, Any] = dict(self._extra)
        if self._takes_positions:
            extra["position_ids"] = positions
        output = self._model(
            input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **extra
        )
        logits: Tensor = output.logits[:, -1, :]
        return logits


@dataclass(eq=False, slots=True)
class _Row:
    """One completion while it is written."""

    request: Request
    sample: int
    prompt: list[int]
    limit: int
    uniforms: list[float]
    """The draws of this row, one for each token; empty: greedy."""
    written: list[int] = field(default_factory=list)
    text: str = ""
    is_done: bool = False
    is_truncated: bool = False
    tail: list[int] = field(default_factory=list)
    """Tokens already in `text` that give the next ones their context, then those that are not."""
    num_settled: int = 0
    """Tokens of `tail` that are in `text`."""

    def restart(self) -> None:
        """Forget what was written."""
        self.written, self.text, self.is_done, self.is_truncated = [], "", False, False
        self.tail, self.num_settled = [], 0

    def push(self, token: int, ends: frozenset[int], decode: Any) -> None:
        """Add one token and see whether the answer ends with it."""
        if not self.tail:
            self.tail = self.prompt[-_PROMPT_TAIL:]
            self.num_settled = len(self.tail)
        self.written.append(token)
        if token in ends:
            self._settle(decode, is_last=True)
            self.is_done = True
        else:
            self.tail.append(token)
            is_last = len(self.written) >= self.limit
            self._settle(decode, is_last=is_last)
            self.is_truncated = self.is_done = is_last
        end = end_of_answer(self.text, self.request)
        if end is not None:
            self.text = self.text[:end]
            self.is_done, self.is_truncated = True, False

    def _settle(self, decode: Any, *, is_last: bool) -> None:
        before = decode(self.tail[: self.num_settled], skip_special_tokens=True)
        after = decode(self.tail, skip_special_tokens=True)
        # A token may end in the middle of a character: its text is not known yet.
        if len(after) > len(before) and (is_last or not after.endswith("\ufffd")):
            self.text += after[len(before) :]
            self.tail = self.tail[self.num_settled :]
            self.num_settled = len(self.tail)

    def completion(self) -> Completion:
        """Return the finished row."""
        return Completion(
            task_id=self.request.task_id,
            sample=self.sample,
            text=self.text,
            prompt_tokens=len(self.prompt),
            completion_tokens=len(self.written),
            is_truncated=self.is_truncated,
        )


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A cache layer with room for further tokens: the stock one copies the whole cache for each."""

    _room = 64
    _key_room: Tensor
    _value_room: Tensor

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states, value_states
            self._written: Tensor | None = None
            return self.keys, self.values
        old, new = self.keys.shape[-2], self.keys.shape[-2] + key_states.shape[-2]
        # `join` and `keep` put other tensors in place of the views.
        if self._written is not self.keys or new > self._key_room.shape[-2]:
            self._key_room = self._with_room(self.keys, new)
            self._value_room = self._with_room(self.values, new)
        self._key_room[..., old:new, :] = key_states
        self._value_room[..., old:new, :] = value_states
        self.keys = self._written = self._key_room[..., :new, :]
        self.values = self._value_room[..., :new, :]
        return self.keys, self.values

    def _with_room(self, tensor: Tensor, width: int) -> Tensor:
        room = tensor.new_empty((*tensor.shape[:-2], width + self._room, tensor.shape[-1]))
        room[..., : tensor.shape[-2], :] = tensor
        return room


class _Batch:
    """The rows being written, aligned on the right, with their key-value cache."""

    def __init__(self, device: torch.device) -> None:
        self.rows: list[_Row] = []
        self.mask = torch.zeros((0, 0), dtype=torch.long, device=device)
        self.cache: Any = None

    def join(self, rows: Sequence[_Row], mask: Tensor, cache: Any) -> None:
        """Add rows whose prompts are in `cache`; the shorter side is padded on its left."""
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

    def keep(self, is_kept: Sequence[bool]) -> None:
        """Drop the other rows, and the columns that only they used."""
        kept = [at for at, flag in enumerate(is_kept) if flag]
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


def _pad_left(tensor: Tensor, width: int, dim: int) -> Tensor:
    missing = width - tensor.shape[dim]
    if missing == 0:
        return tensor
    shape = list(tensor.shape)
    shape[dim] = missing
    return torch.cat([tensor.new_zeros(shape), tensor], dim=dim)


def _choose(logits: Tensor, rows: Sequence[_Row], config: GenerationConfig) -> list[int]:
    """Choose a token for each row: the likeliest, or by the row's own next draw."""
    if config.temperature == 0:
        greedy: list[int] = logits.argmax(-1).tolist()
        return greedy
    probabilities = torch.softmax(logits.double() / config.temperature, dim=-1)
    ranked, order = probabilities.sort(dim=-1, descending=True, stable=True)
    mass = ranked.cumsum(-1)
    # The nucleus is the fewest likeliest tokens that hold top_p between them.
    is_nucleus = (mass - ranked) < config.top_p
    total = (ranked * is_nucleus).sum(-1, keepdim=True)
    draws = torch.tensor(
        [[row.uniforms[len(row.written)]] for row in rows],
        dtype=torch.float64,
        device=logits.device,
    )
    place = (mass <= draws * total).sum(-1, keepdim=True)
    place = torch.minimum(place, is_nucleus.sum(-1, keepdim=True) - 1)
    sampled: list[int] = order.gather(-1, place).squeeze(-1).tolist()
    return sampled


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    found: set[int] = set()
    sources = (model.generation_config, model.config, tokenizer)
    for value in (getattr(source, "eos_token_id", None) for source in sources):
        if isinstance(value, int):
            found.add(value)
        elif value is not None:
            found.update(int(one) for one in value)
    return frozenset(found)


def _load(spec: ModelSpec, dtype: torch.dtype) -> tuple[Any, Any]:
    known = {"revision": spec.revision, "trust_remote_code": spec.trust_remote_code}
    if spec.path.startswith(("/", ".", "~")) and not Path(spec.path).expanduser().is_dir():
        raise ModelLoadError(f"cannot load the model {spec.path!r}: there is no such folder")
    path = str(Path(spec.path).expanduser()) if spec.path.startswith("~") else spec.path
    import transformers

    transformers.utils.logging.disable_progress_bar()
    try:
        config = transformers.AutoConfig.from_pretrained(path, **known)
        tokenizer = transformers.AutoTokenizer.from_pretrained(path, **known)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            path, config=config, dtype=dtype, use_safetensors=True, **known
        )
    except Exception as error:
        # transformers raises OSError, ValueError, KeyError, SafetensorError and more for one and
        # the same thing: the model cannot be loaded. The cause stays attached.
        raise ModelLoadError(
            f"cannot load the model {spec.path!r}: {type(error).__name__}: {error}; it must be a "
            "folder or hub id with config.json, a tokenizer and *.safetensors weights"
        ) from error
    return model, tokenizer
