"""An engine without a model, which writes the text that a function returns."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import (
    Progress,
    Request,
    check_context,
    end_of_answer,
    sample_seed,
)
from codem_ray.records import Completion


def letters(request: Request, sample: int, seed: int) -> str:
    """Write letters and line breaks at random."""
    return "".join(random.Random(seed).choices("abc\n", k=64))


class TextEngine:
    """Writes one character per token, and remembers the requests."""

    tokenizer: Any = None

    def __init__(
        self,
        write: Callable[[Request, int, int], str] = letters,
        *,
        context: int | None = None,
    ) -> None:
        self._write = write
        self._context = context
        self.asked: list[tuple[Request, GenerationConfig]] = []

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        lengths = [(one.task_id, len(one.prompt)) for one in requests]
        check_context(lengths, config.max_new_tokens, self._context)
        self.asked += [(request, config) for request in requests]
        completions = [
            self._complete(request, config, sample)
            for request in requests
            for sample in range(config.samples)
        ]
        if progress is not None:
            progress(len(completions))
        return completions

    def _complete(self, request: Request, config: GenerationConfig, sample: int) -> Completion:
        # A greedy completion depends on its prompt alone.
        number = sample if config.temperature > 0 else 0
        seed = config.seed if config.temperature > 0 else 0
        text = self._write(request, sample, sample_seed(seed, request, number))
        cut = text[: config.max_new_tokens]
        end = end_of_answer(cut, request)
        return Completion(
            task_id=request.task_id,
            sample=sample,
            text=cut[:end],
            prompt_tokens=len(request.prompt),
            completion_tokens=len(cut[:end]),
            is_truncated=end is None and len(text) > config.max_new_tokens,
        )

    def close(self) -> None:
        pass


class StreamingTextEngine(TextEngine):
    """Writes all requests at once; the last of them is finished first."""

    def stream(
        self, requests: Sequence[Request], config: GenerationConfig
    ) -> Generator[tuple[int, Completion]]:
        written = self.complete(requests, config)
        for place in reversed(range(len(written))):
            yield place // config.samples, written[place]
