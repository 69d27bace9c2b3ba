"""An engine as another package adds it: this file and an entry point that names it.

The "model" is a folder with `completions.json`, which holds the completion of each task id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError
from codem_ray.generation.engine import EngineSpec, ModelSpec, Request, end_of_answer
from codem_ray.records import Completion, Progress


class LookupEngine:
    """Looks completions up instead of generating them."""

    tokenizer: Any = None

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Return the stored text of each request, cut at its end and at the token limit."""
        completions = [
            self._completion(request, sample, config.max_new_tokens)
            for request in requests
            for sample in range(config.samples)
        ]
        if progress is not None:
            progress(len(completions))
        return completions

    def _completion(self, request: Request, sample: int, max_new_tokens: int) -> Completion:
        words = self._texts.get(request.task_id, "").split(" ")
        text = " ".join(words[:max_new_tokens])
        end = end_of_answer(text, request)
        return Completion(
            task_id=request.task_id,
            sample=sample,
            text=text[:end],
            prompt_tokens=len(request.prompt.split(" ")),
            completion_tokens=min(len(words), max_new_tokens),
            is_truncated=end is None and len(words) > max_new_tokens,
        )

    def close(self) -> None:
        """Forget the texts."""
        self._texts = {}


def load(model: ModelSpec) -> LookupEngine:
    """Read the texts of a model folder."""
    path = Path(model.path) / "completions.json"
    try:
        return LookupEngine(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"cannot load the model {model.path!r}: {error}") from error


ENGINE = EngineSpec(name="lookup", load=load)
