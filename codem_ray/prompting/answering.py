"""A model that MLflow loads and that answers instructions as in the evaluation of its sweep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers

from .encoding import encode_rendered
from .endings import find_end, has_open_fence
from .settings import Answering
from .templates import render

_PROMPT_TAIL = 8
"""Tokenizers drop the leading space of the first token that they decode."""


class AnsweringModel:
    """A loaded model; `predict` is called by MLflow.

    The answers are those of the engine `transformers`. With a temperature above 0 they are sampled
    and differ between calls.
    """

    def __init__(self, folder: Path) -> None:
        has_gpu = torch.cuda.is_available()
        self._settings = Answering.read(folder)
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
            folder / "components" / "tokenizer"
        )
        self._model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder / "model", dtype=torch.bfloat16 if has_gpu else torch.float32
        )
        self._model.to("cuda" if has_gpu else "cpu").eval()
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        self._decode = (backend or self._tokenizer).decode
        self._model.generation_config = self._settings.generation_config(
            self._model, self._tokenizer
        )

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> list[str]:
        """Return an answer for each instruction.

        Args:
            model_input: A text, a list of texts, or a table whose first column has them.
            params: None; the settings are those of the evaluation.
        """
        if isinstance(model_input, str):
            return [self._answer(model_input)]
        if hasattr(model_input, "iloc"):
            first = model_input.iloc[:, 0] if model_input.ndim == 2 else model_input
            return [self._answer(str(text)) for text in first]
        return [self._answer(str(text)) for text in model_input]

    def _answer(self, instruction: str) -> str:
        settings = self._settings
        rendered = partial(
            render,
            settings.template,
            tokenizer=self._tokenizer,
            chat_date=date.fromisoformat(settings.chat_date),
        )
        (prompt,) = encode_rendered([instruction], self._tokenizer, settings.template, rendered)
        is_open = has_open_fence(rendered(instruction))
        end_of = partial(find_end, stop=settings.stop, is_fenced=True, is_fence_open=is_open)
        text = partial(self._text, prompt)

        def has_ended(ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            ended = end_of(text(ids[0].tolist())) is not None
            return torch.tensor([ended], device=ids.device)

        ids = torch.tensor([prompt], device=self._model.device)
        with torch.inference_mode():
            written = self._model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), stopping_criteria=[has_ended]
            )
        answer = text(written[0].tolist())
        return answer[: end_of(answer)]

    def _text(self, prompt: list[int], ids: list[int]) -> str:
        """Return the text that follows a prompt."""
        start = max(0, len(prompt) - _PROMPT_TAIL)
        before = self._decode(prompt[start:], skip_special_tokens=True)
        after: str = self._decode(ids[start:], skip_special_tokens=True)
        return after[len(before) :]


def _load_pyfunc(path: str) -> AnsweringModel:
    """Load a logged model; MLflow calls this function by its name."""
    return AnsweringModel(Path(path))
