"""An engine on transformers whose batches refill as soon as rows finish."""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError
from codem_ray.generation.decoding_batch import DecodingBatch, new_cache
from codem_ray.generation.decoding_row import DecodingRow
from codem_ray.generation.engine import (
    ModelSpec,
    Request,
    ScoreRequest,
    check_context,
    prompt_tokens,
    sample_seed,
)
from codem_ray.generation.likelihoods import batches, log_likelihoods
from codem_ray.models.adapters import load_causal_model
from codem_ray.models.generation_settings import reduced_generation_config
from codem_ray.models.recurrence import has_recurrent_layers
from codem_ray.prompting.settings import end_tokens
from codem_ray.records import Completion, Progress


class TransformersEngine:
    """One model whose batches hold rows that do not affect each other.

    It has its own decoding loop, because `generate()` keeps finished rows in the batch until the
    last row is done and checks the same stop strings for all rows. The generation defaults of a
    model (repetition penalty, top_k) are not used: greedy is greedy. A sampled row draws from a
    stream seeded by the sampling seed, its prompt and its sample number, so the batch changes it
    only through rounding.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if spec.num_threads is not None:
            torch.set_num_threads(max(1, int(spec.num_threads)))
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        is_bf16 = spec.precision == "bf16" or (
            spec.precision == "auto" and self._device.type == "cuda"
        )
        self._model, self.tokenizer = _load(spec, torch.bfloat16 if is_bf16 else torch.float32)
        self._model.to(self._device).eval()
        text_config = self._model.config.get_text_config(decoder=True)
        if _is_recurrent(self._model, text_config):
            raise ModelLoadError(
                f"{spec.path}: a model with recurrent layers cannot be batched by "
                "generation.engine transformers; set generation.engine to vllm"
            )
        context = getattr(text_config, "max_position_embeddings", None)
        self._context: int | None = context if isinstance(context, int) and context > 0 else None
        self._ends = end_tokens(self._model, self.tokenizer)
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        # `decode` runs for every token, and the wrapper's takes ten times as long as the backend's.
        self._decode = (backend or self.tokenizer).decode
        forward = inspect.signature(self._model.forward).parameters
        self._takes_positions = "position_ids" in forward
        self._options = {"logits_to_keep": 1} if "logits_to_keep" in forward else {}

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request; see `Engine.complete`."""
        prompts = [prompt_tokens(request, self.tokenizer) for request in requests]
        lengths = [
            (request.task_id, len(ids)) for request, ids in zip(requests, prompts, strict=True)
        ]
        check_context(lengths, config.max_new_tokens, self._context)
        rows = [
            _row(request, ids, config, sample)
            for request, ids in zip(requests, prompts, strict=True)
            for sample in range(config.samples)
        ]
        with torch.inference_mode():
            self._write(rows, config, progress)
        return [row.to_completion() for row in rows]

    def score(
        self,
        requests: Sequence[ScoreRequest],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[tuple[float, ...]]:
        """Score every answer; see `ScoringEngine.score`. Halve the batch when memory runs out."""
        context = self._context or sys.maxsize
        fitting = [
            at for at, one in enumerate(requests) if len(one.prompt) + len(one.answer) <= context
        ]
        scores: list[tuple[float, ...]] = [()] * len(requests)
        vocabulary = self._model.get_output_embeddings().weight.shape[0]
        waiting = deque(batches([requests[at] for at in fitting], config.batch_size, vocabulary))
        if progress is not None:
            progress(len(requests) - len(fitting))
        while waiting:
            batch = [fitting[place] for place in waiting[0]]
            try:
                with torch.inference_mode():
                    found = log_likelihoods(
                        [requests[at] for at in batch], self._last_logits, self._device
                    )
            except torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise
                whole, half = waiting.popleft(), len(batch) // 2
                waiting.extendleft([whole[half:], whole[:half]])
                torch.cuda.empty_cache()
                continue
            waiting.popleft()
            for at, one in zip(batch, found, strict=True):
                scores[at] = one
            if progress is not None:
                progress(len(batch))
        return scores

    def close(self) -> None:
        """Free the model's memory."""
        del self._model
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _write(
        self, rows: Sequence[DecodingRow], config: GenerationConfig, progress: Progress | None
    ) -> None:
        """Decode all rows; halve the batch when memory runs out."""
        # Longest first, so that a batch that needs too much memory fails at once.
        waiting = deque(sorted(rows, key=lambda row: -len(row.prompt)))
        size = config.batch_size
        batch = DecodingBatch(self._device)
        while waiting or batch.rows:
            free = size - len(batch.rows)
            new: list[DecodingRow] = []
            # Adding rows costs a forward pass, so it waits until a quarter of the batch is free.
            if waiting and free >= min(max(1, size // 4), len(waiting)):
                new = [waiting.popleft() for _ in range(min(free, len(waiting)))]
            try:
                logits = self._admit(batch, new) if new else self._step(batch)
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
                # Rows start again. They are deterministic, so they write the same text.
                interrupted = dict.fromkeys([*batch.rows, *new])
                for row in interrupted:
                    row.restart()
                waiting.extendleft(sorted(interrupted, key=lambda row: -len(row.prompt))[::-1])
                batch = DecodingBatch(self._device)
                torch.cuda.empty_cache()
                size //= 2
                continue
            decoded = new or batch.rows
            tokens = _choose(logits, decoded, config)
            for row, token in zip(decoded, tokens, strict=True):
                row.push(token, self._ends, self._decode)
            if num_finished := sum(row.is_done for row in decoded):
                batch.remove_finished()
                if progress is not None:
                    progress(num_finished)

    def _admit(self, batch: DecodingBatch, rows: Sequence[DecodingRow]) -> Tensor:
        """Run the prompts of new rows and add them to the batch; logits [new rows, vocabulary]."""
        width = max(len(row.prompt) for row in rows)
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, width - len(row.prompt) :] = torch.tensor(row.prompt)
            mask[at, width - len(row.prompt) :] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        cache = new_cache()
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        logits = self._forward(ids, mask, positions, cache)
        batch.join(rows, mask, cache)
        return logits

    def _step(self, batch: DecodingBatch) -> Tensor:
        """Run the last token of every row; logits [rows, vocabulary]."""
        ids = torch.tensor([[row.tokens[-1]] for row in batch.rows], device=self._device)
        positions = batch.mask.sum(-1, keepdim=True)
        column = torch.ones((len(batch.rows), 1), dtype=torch.long, device=self._device)
        mask = torch.cat([batch.mask, column], dim=1)
        logits = self._forward(ids, mask, positions, batch.cache)
        batch.mask = mask
        return logits

    def _last_logits(self, ids: Tensor, mask: Tensor, count: int) -> Tensor:
        """Return the logits of the last `count` positions."""
        options: dict[str, Any] = {"logits_to_keep": count} if self._options else {}
        if self._takes_positions:
            options["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)
        output = self._model(input_ids=ids, attention_mask=mask, use_cache=False, **options)
        logits: Tensor = output.logits[:, -count:, :]
        return logits

    def _forward(self, ids: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Tensor:
        options: dict[str, Any] = dict(self._options)
        if self._takes_positions:
            options["position_ids"] = positions
        output = self._model(
            input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **options
        )
        logits: Tensor = output.logits[:, -1, :]
        return logits


def _row(request: Request, ids: list[int], config: GenerationConfig, sample: int) -> DecodingRow:
    uniforms: list[float] = []
    if config.temperature > 0:
        generator = torch.Generator().manual_seed(sample_seed(config.seed, request, sample))
        uniforms = torch.rand(
            config.max_new_tokens, generator=generator, dtype=torch.float64
        ).tolist()
    return DecodingRow(
        request=request,
        sample=sample,
        prompt=ids,
        max_tokens=config.max_new_tokens,
        uniforms=uniforms,
    )


def _choose(logits: Tensor, rows: Sequence[DecodingRow], config: GenerationConfig) -> list[int]:
    """Choose a token for each row: the likeliest, or by the row's next random number."""
    if config.temperature == 0:
        greedy: list[int] = logits.argmax(-1).tolist()
        return greedy
    probabilities = torch.softmax(logits.double() / config.temperature, dim=-1)
    ranked, order = probabilities.sort(dim=-1, descending=True, stable=True)
    mass = ranked.cumsum(-1)
    # The nucleus holds the fewest tokens, likeliest first, whose probabilities sum to top_p.
    is_nucleus = (mass - ranked) < config.top_p
    total = (ranked * is_nucleus).sum(-1, keepdim=True)
    uniforms = torch.tensor(
        [[row.uniforms[len(row.tokens)]] for row in rows],
        dtype=torch.float64,
        device=logits.device,
    )
    place = (mass <= uniforms * total).sum(-1, keepdim=True)
    place = torch.minimum(place, is_nucleus.sum(-1, keepdim=True) - 1)
    sampled: list[int] = order.gather(-1, place).squeeze(-1).tolist()
    return sampled


def _is_recurrent(model: Any, text_config: Any) -> bool:
    is_stateful = bool(getattr(model, "_is_stateful", False))
    return is_stateful or has_recurrent_layers(getattr(text_config, "layer_types", None))


def _load(spec: ModelSpec, dtype: torch.dtype) -> tuple[Any, Any]:
    """Return the model and its tokenizer; raise ModelLoadError if they cannot be loaded."""
    options = {"revision": spec.revision, "trust_remote_code": spec.trust_remote_code}
    if spec.path.startswith(("/", ".", "~")) and not Path(spec.path).expanduser().is_dir():
        raise ModelLoadError(f"cannot load the model {spec.path!r}: there is no such folder")
    path = str(Path(spec.path).expanduser()) if spec.path.startswith("~") else spec.path
    import transformers

    transformers.utils.logging.disable_progress_bar()
    try:
        config = transformers.AutoConfig.from_pretrained(path, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(path, **options)
        model = load_causal_model(
            path,
            config=config,
            dtype=dtype,
            use_safetensors=True,
            generation_config=reduced_generation_config(path, revision=spec.revision),
            **options,
        )
    except Exception as error:
        # transformers raises OSError, ValueError, KeyError, SafetensorError and others here.
        raise ModelLoadError(
            f"cannot load the model {spec.path!r}: {type(error).__name__}: {error}; it must be a "
            "folder or hub id with config.json, a tokenizer and *.safetensors weights"
        ) from error
    return model, tokenizer
