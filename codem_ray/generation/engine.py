"""The interface of generation engines, with functions that their implementations share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.prompting.encoding import encode_prompts
from codem_ray.prompting.endings import find_end
from codem_ray.records import Completion, Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One prompt to complete, `GenerationConfig.samples` times."""

    task_id: str
    prompt: str
    """Text as the model sees it, without the tokenizer's start token."""
    stop: tuple[str, ...] = ()
    """Strings that end a completion; it is cut before the first of them."""
    is_fenced: bool = False
    """Whether the closing fence of the first code block ends the completion; the fence is kept."""
    is_fence_open: bool = False
    """Whether the prompt opens that code block."""
    token_ids: tuple[int, ...] | None = None
    """The prompt in the tokens that the model would be tuned on; None if the engine has no
    tokenizer. An engine that takes token ids uses `prompt_tokens`."""
    adds_special_tokens: bool = True
    """Whether the tokenizer adds its start token. A rendered chat template already holds it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """The model that an engine loads."""

    path: str
    """Local folder or hub id."""
    revision: str | None = None
    """Pinned commit of a hub id."""
    trust_remote_code: bool = False
    precision: str = "auto"
    """`fp32`, `bf16`, or `auto`: bf16 on a GPU, fp32 on a CPU."""
    num_threads: int | None = None
    """CPU threads of the engine; by default the library decides."""
    tensor_parallel: int = 1
    """GPUs of this node that share the weights."""
    gpu_memory_utilization: float | None = None
    """Share of a GPU's memory that the engine takes; None: the engine decides."""
    max_model_len: int | None = None
    """Longest prompt with its completion, in tokens; None: the model's context."""


class Engine(Protocol):
    """A loaded model that writes completions."""

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, as `transformers` loads it, which encodes prompts as in training;
        None: requests have text only, and chat templates cannot be used."""

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Complete every request `config.samples` times.

        Completions are in the order of the requests; samples 0, 1, ... of a request are adjacent.
        A completion depends on its request, its sample number and `config`, not on other requests.

        Raises:
            ConfigError: a prompt and `config.max_new_tokens` exceed the model's context. Raised
                before anything is generated.
        """

    def close(self) -> None:
        """Free the model's memory. The engine cannot be used afterwards."""


@runtime_checkable
class StreamingEngine(Engine, Protocol):
    """An engine that takes the requests of all benchmarks at once, so that its batches stay full.

    Other engines get one benchmark after another.
    """

    def stream(
        self, requests: Sequence[Request], config: GenerationConfig
    ) -> Generator[tuple[int, Completion]]:
        """Write what `complete` writes; yield each completion with the index of its request.

        Completions come as they are finished; requests are begun in their order. Closing the
        iterator drops the rest. Raises as `complete` does.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRequest:
    """An answer whose likelihood after a prompt is wanted, both in tokens of the model."""

    prompt: tuple[int, ...]
    """At least one token."""
    answer: tuple[int, ...]


@runtime_checkable
class ScoringEngine(Engine, Protocol):
    """An engine that also computes the likelihood of given answers; it has a tokenizer."""

    def score(
        self,
        requests: Sequence[ScoreRequest],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[tuple[float, ...]]:
        """Return the log-likelihood of each token of each answer, given prompt and earlier tokens.

        Natural logarithms, in the order of the requests. They depend on the request alone, to the
        rounding of a batch. An answer that does not fit into the model's context with its prompt
        gets an empty tuple: it is not cut, so that all models are compared on whole answers.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSpec:
    """One generation engine, as the registry knows it before a model is loaded."""

    name: str
    """Value of `generation.engine` in a sweep file."""
    load: Callable[[ModelSpec], Engine] = field(repr=False)
    """Load a model; raise ModelLoadError if that fails. Heavy imports belong in here."""
    packages: tuple[str, ...] = ()
    """Top-level packages that the engine imports."""
    installation: str = ""
    """Command that installs those packages, for messages."""
    settings: frozenset[str] = frozenset()
    """Keys of the section `generation` that only some engines know and that this one obeys; they
    reach it by the ModelSpec."""

    can_score: bool = False
    """Whether it loads a ScoringEngine, which a sweep with `evaluation.loss` needs."""

    def missing_packages(self) -> list[str]:
        """Return the packages that are not installed here."""
        return [name for name in self.packages if find_spec(name) is None]


def prompt_tokens(request: Request, tokenizer: Any) -> list[int]:
    """Return the token ids of a request's prompt."""
    if request.token_ids is not None:
        return list(request.token_ids)
    adds = request.adds_special_tokens
    return encode_prompts([request.prompt], tokenizer, adds_special_tokens=adds)[0]


def end_of_answer(text: str, request: Request) -> int | None:
    """Return the position where the answer in `text` ends, or None while it goes on."""
    return find_end(
        text, request.stop, is_fenced=request.is_fenced, is_fence_open=request.is_fence_open
    )


def check_context(
    prompt_tokens: Sequence[tuple[str, int]], max_new_tokens: int, context: int | None
) -> None:
    """Raise ConfigError if a prompt leaves no room for `max_new_tokens`.

    Args:
        prompt_tokens: Task id and prompt length of each request.
        max_new_tokens: Maximum length of a completion.
        context: Context length of the model in tokens; None if it is unknown.
    """
    if context is None:
        return
    room = context - max_new_tokens
    too_long = sorted({pair for pair in prompt_tokens if pair[1] > room}, key=lambda pair: -pair[1])
    if not too_long:
        return
    shown = ", ".join(f"{task_id} ({count})" for task_id, count in too_long[:5])
    more = f" and {len(too_long) - 5} more" if len(too_long) > 5 else ""
    longest = too_long[0][1]
    if longest < context:
        raise ConfigError(
            f"the model's context of {context} tokens cannot hold generation.max_new_tokens = "
            f"{max_new_tokens} after these prompts (tokens): {shown}{more}; "
            f"set generation.max_new_tokens to at most {context - longest}"
        )
    raise ConfigError(
        f"these prompts (tokens) fill the model's context of {context} tokens: "
        f"{shown}{more}; leave their problems out or take a model with a longer context"
    )


def sample_seed(seed: int, request: Request, sample: int) -> int:
    """Return the seed of one completion; it depends on the request alone, not on its batch."""
    text = "\0".join((str(seed), request.task_id, request.prompt, str(sample)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
