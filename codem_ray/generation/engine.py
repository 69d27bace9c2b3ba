"""What every generation engine is asked for and what it gives back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.records import Completion

Progress = Callable[[int], None]
"""Called with the number of completions done since the last call."""

_OPENING_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n`]*\n", re.MULTILINE)
_CLOSING_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One prompt to complete, `GenerationConfig.samples` times."""

    task_id: str
    prompt: str
    """Text as the model sees it, without the tokenizer's own start token."""
    stop: tuple[str, ...] = ()
    """Strings that end a completion; it is cut before the first of them."""
    is_fenced: bool = False
    """The closing fence of the first code block ends the completion, and is kept in it."""
    is_fence_open: bool = False
    """The prompt itself opened that code block."""
    adds_special_tokens: bool = True
    """The tokenizer adds its start token; a rendered chat template already holds it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """Which model an engine loads, and how."""

    path: str
    """Local folder or hub id."""
    revision: str | None = None
    """Pinned commit of a hub id."""
    trust_remote_code: bool = False
    precision: str = "auto"
    """`auto`: bf16 on a GPU, fp32 on a CPU; or `fp32`, `bf16`."""
    num_threads: int | None = None
    """CPU threads of the engine; None: the library's choice."""


class Engine(Protocol):
    """Writes completions with one loaded model."""

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, as `transformers` loads it."""

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request `config.samples` times.

        The order is that of the requests, each with its samples 0, 1, ... next to each other.
        ConfigError, before anything is generated, when a prompt and the token limit exceed the
        model's context.
        """

    def close(self) -> None:
        """Free the model's memory; the engine cannot be used afterwards."""


def load_engine(spec: ModelSpec, name: str) -> Engine:
    """Load a model with the engine of that name: `transformers` or `vllm`.

    ModelLoadError when the model cannot be loaded; EnvironmentLackError when the engine is absent.
    """
    # Each engine takes seconds to import, and `plan` must not wait for either.
    if name == "transformers":
        from codem_ray.generation.transformers_engine import TransformersEngine

        return TransformersEngine(spec)
    if name == "vllm":
        from codem_ray.generation.vllm_engine import VllmEngine

        return VllmEngine(spec)
    raise ConfigError(f"generation.engine {name!r} is unknown: choose transformers or vllm")


def end_of_answer(text: str, request: Request) -> int | None:
    """Return where the answer in `text` ends, None while it goes on."""
    ends = [at for stop in request.stop if (at := text.find(stop)) >= 0]
    if request.is_fenced and (end := _end_of_block(text, request.is_fence_open)) is not None:
        ends.append(end)
    return min(ends, default=None)


def has_open_fence(prompt: str) -> bool:
    """Say whether a prompt ends inside a code block."""
    return len(_CLOSING_FENCE.findall(prompt)) % 2 == 1


def check_context(
    prompt_tokens: Sequence[tuple[str, int]], max_new_tokens: int, context: int | None
) -> None:
    """Refuse prompts that leave no room for `max_new_tokens`; ConfigError names them."""
    if context is None:
        return
    room = context - max_new_tokens
    too_long = sorted({pair for pair in prompt_tokens if pair[1] > room}, key=lambda pair: -pair[1])
    if too_long:
        shown = ", ".join(f"{task_id} ({count})" for task_id, count in too_long[:5])
        more = f" and {len(too_long) - 5} more" if len(too_long) > 5 else ""
        raise ConfigError(
            f"the model's context of {context} tokens cannot hold generation.max_new_tokens = "
            f"{max_new_tokens} after these prompts (tokens): {shown}{more}; "
            f"set generation.max_new_tokens to at most {context - too_long[0][1]}"
            if too_long[0][1] < context
            else f"these prompts (tokens) fill the model's context of {context} tokens: "
            f"{shown}{more}; leave their problems out or take a model with a longer context"
        )


def sample_seed(seed: int, request: Request, sample: int) -> int:
    """Return the seed of one completion, which depends on nothing but what is asked."""
    text = "\0".join((str(seed), request.task_id, request.prompt, str(sample)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def _end_of_block(text: str, is_open: bool) -> int | None:
    start = 0
    if not is_open:
        opening = _OPENING_FENCE.search(text)
        if opening is None:
            return None
        start = opening.end()
    closing = _CLOSING_FENCE.search(text, start)
    return None if closing is None else closing.end()
