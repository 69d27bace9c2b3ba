"""The vLLM engine against a stand-in with the calls of vLLM 0.29, which needs a GPU to run."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import ModelSpec, Request, ScoreRequest
from codem_ray.generation.vllm_engine import VllmEngine

REQUESTS = [Request(task_id=f"t{at}", prompt="p", token_ids=(at,)) for at in range(4)]
CONFIG = GenerationConfig(samples=2, temperature=0.5)


@dataclass
class ScriptedLlmEngine:
    """Finishes the latest request first, one in each step."""

    waiting: list[Any] = field(default_factory=list)
    model_config: Any = field(default_factory=lambda: SimpleNamespace(max_model_len=4096))
    is_shut_down: bool = False

    @property
    def engine_core(self) -> Any:
        return SimpleNamespace(shutdown=lambda: setattr(self, "is_shut_down", True))

    def step(self) -> list[Any]:
        return [self.waiting.pop()]

    def abort_request(self, request_ids: Sequence[str]) -> None:
        self.waiting = [one for one in self.waiting if one.request_id not in request_ids]


class ScriptedLlm:
    """Writes the first token id of each prompt, and numbers requests as vLLM does."""

    def __init__(self, **options: Any) -> None:
        self.options, self.llm_engine = options, ScriptedLlmEngine()
        self._numbers = itertools.count()

    def get_tokenizer(self) -> object:
        return object()

    def enqueue(self, prompts: Sequence[Any], parameters: Sequence[Any], use_tqdm: bool) -> None:
        assert len(prompts) == len(parameters)
        for prompt in prompts:
            written = SimpleNamespace(
                text=str(prompt["prompt_token_ids"][0]), token_ids=[1], finish_reason="stop"
            )
            self.llm_engine.waiting.append(
                SimpleNamespace(
                    request_id=str(next(self._numbers)), finished=True, outputs=[written]
                )
            )

    def generate(self, prompts: Sequence[Any], parameters: Any, use_tqdm: bool) -> list[Any]:
        """Give each token of a prompt a log-likelihood of minus its id, and its rival one of 0."""
        assert (parameters["prompt_logprobs"], parameters["max_tokens"]) == (1, 1)
        for _ in prompts:
            next(self._numbers)
        return [
            SimpleNamespace(
                prompt_logprobs=[
                    None,
                    *(
                        {99: SimpleNamespace(logprob=0.0), token: SimpleNamespace(logprob=-token)}
                        for token in prompt["prompt_token_ids"][1:]
                    ),
                ]
            )
            for prompt in prompts
        ]


@pytest.fixture
def llms(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedLlm]:
    """The models that the engine has loaded."""
    loaded: list[ScriptedLlm] = []

    def load(**options: Any) -> ScriptedLlm:
        loaded.append(ScriptedLlm(**options))
        return loaded[-1]

    module = ModuleType("vllm")
    vars(module).update(LLM=load, SamplingParams=lambda **values: values)
    monkeypatch.setitem(sys.modules, "vllm", module)
    return loaded


def test_requests_that_end_in_any_order_keep_their_completions(llms: list[ScriptedLlm]) -> None:
    engine = VllmEngine(ModelSpec(path="x"))
    expected = [(f"t{at}", sample, str(at)) for at in range(4) for sample in range(2)]

    def written() -> list[tuple[str, int, str]]:
        return [(one.task_id, one.sample, one.text) for one in engine.complete(REQUESTS, CONFIG)]

    assert written() == expected
    dropped = engine.stream(REQUESTS, CONFIG)
    assert next(dropped)[0] == 3
    dropped.close()
    assert llms[0].llm_engine.waiting == []
    assert written() == expected
    engine.close()
    assert llms[0].llm_engine.is_shut_down


def test_answers_are_scored_by_the_log_likelihoods_of_prompts(llms: list[ScriptedLlm]) -> None:
    engine = VllmEngine(ModelSpec(path="x"))
    requests = [
        ScoreRequest(prompt=(1, 2), answer=(3, 4, 5)),
        ScoreRequest(prompt=(1,) * 4000, answer=(3,) * 96),
        ScoreRequest(prompt=(7,), answer=(8,)),
    ]
    done: list[int] = []
    # vLLM generates one token more, so 4096 tokens do not fit into a context of 4096.
    assert engine.score(requests, CONFIG, done.append) == [(-3, -4, -5), (), (-8,)]
    assert sum(done) == 3
    # Requests are numbered over both kinds of calls.
    assert [one.text for one in engine.complete(REQUESTS[:1], CONFIG)] == ["0", "0"]


def test_only_keys_of_the_sweep_file_reach_vllm(llms: list[ScriptedLlm]) -> None:
    VllmEngine(ModelSpec(path="x"))
    VllmEngine(ModelSpec(path="x", tensor_parallel=2, gpu_memory_utilization=0.5, max_model_len=99))
    given = [one.options for one in llms]
    assert {key: value for key, value in given[1].items() if key not in given[0]} == {
        "tensor_parallel_size": 2,
        "distributed_executor_backend": "mp",
        "gpu_memory_utilization": 0.5,
        "max_model_len": 99,
    }
