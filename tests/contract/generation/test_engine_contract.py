"""What every generation engine does, on a small model of its own."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable

import pytest
from text_engine import StreamingTextEngine, TextEngine
from tiny_llama import write_tiny_llama

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.generation.engine import (
    Engine,
    ModelSpec,
    Request,
    ScoreRequest,
    ScoringEngine,
    StreamingEngine,
    end_of_answer,
)
from codem_ray.generation.engine_registry import ENGINES, load_engine

REQUESTS = [
    Request(task_id=f"t{at}", prompt="def f(x):\n    return " * (1 + at % 3) + str(at))
    for at in range(6)
]
SAMPLING = {"samples": 3, "temperature": 0.8, "top_p": 0.9, "seed": 5}


@pytest.fixture(scope="module", params=["text", "streaming-text", *ENGINES])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Each engine with a model whose greedy completions differ between prompts."""
    name = request.param
    if name == "text":
        return TextEngine(context=256)
    if name == "streaming-text":
        return StreamingTextEngine(context=256)
    if missing := ENGINES[name].missing_packages():
        pytest.skip(f"{', '.join(missing)}: not installed")
    if name == "vllm" and importlib.util.find_spec("torch") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("vLLM needs a GPU here")
    folder = write_tiny_llama(tmp_path_factory.mktemp("model"), seed=7, initializer_range=0.5)
    return load_engine(ModelSpec(path=str(folder), num_threads=1, precision="fp32"), name)


def config(**values: object) -> GenerationConfig:
    return GenerationConfig.model_validate({"max_new_tokens": 24} | values)


def texts(engine: Engine, requests: list[Request], **values: object) -> list[str]:
    return [one.text for one in engine.complete(requests, config(**values))]


def test_completions_are_in_the_order_of_requests_and_samples(engine: Engine) -> None:
    written = engine.complete(REQUESTS, config(**SAMPLING))
    assert [(one.task_id, one.sample) for one in written] == [
        (request.task_id, sample) for request in REQUESTS for sample in range(3)
    ]
    assert engine.complete([], config()) == []


def test_greedy_and_seeded_completions_are_repeatable(engine: Engine) -> None:
    assert texts(engine, REQUESTS) == texts(engine, REQUESTS)
    sampled = texts(engine, REQUESTS, **SAMPLING)
    assert sampled == texts(engine, REQUESTS, **SAMPLING)
    assert sampled != texts(engine, REQUESTS, **SAMPLING | {"seed": 6})
    assert len(set(sampled)) > len(REQUESTS)


def test_a_completion_does_not_depend_on_the_other_requests(engine: Engine) -> None:
    together = texts(engine, REQUESTS, batch_size=4)
    assert [texts(engine, [one])[0] for one in REQUESTS] == together
    assert texts(engine, REQUESTS[::-1])[::-1] == together


def test_a_completion_is_cut_before_the_first_stop_string(engine: Engine) -> None:
    [whole] = texts(engine, REQUESTS[:1])
    stop = whole[5:7]
    request = Request(task_id="t0", prompt=REQUESTS[0].prompt, stop=(stop, whole[9:11]))
    [one] = engine.complete([request], config())
    assert one.text == whole[: whole.find(stop)] == whole[: end_of_answer(whole, request)]
    assert not one.is_truncated


def test_a_stream_holds_what_complete_returns(engine: Engine) -> None:
    if not isinstance(engine, StreamingEngine):
        pytest.skip("not a streaming engine")
    streamed = list(engine.stream(REQUESTS, config(**SAMPLING)))
    assert [one for _, one in sorted(streamed, key=lambda pair: (pair[0], pair[1].sample))] == (
        engine.complete(REQUESTS, config(**SAMPLING))
    )
    dropped = engine.stream(REQUESTS, config())
    next(dropped)
    dropped.close()
    assert texts(engine, REQUESTS) == [
        one.text for _, one in sorted(engine.stream(REQUESTS, config()), key=lambda pair: pair[0])
    ]


def test_scores_are_log_likelihoods_that_do_not_depend_on_the_other_requests(
    engine: Engine,
) -> None:
    if not isinstance(engine, ScoringEngine):
        pytest.skip("not a scoring engine")
    ids = [tuple(engine.tokenizer(one.prompt)["input_ids"]) for one in REQUESTS]
    requests = [
        ScoreRequest(prompt=one[:-4], answer=one[-4 - at % 2 :]) for at, one in enumerate(ids)
    ]
    done: list[int] = []
    scores = engine.score(requests, config(batch_size=4), done.append)
    assert [len(one) for one in scores] == [len(one.answer) for one in requests]
    assert all(value < 0 for one in scores for value in one)
    assert sum(done) == len(requests)
    for request, together in zip(requests, scores, strict=True):
        assert engine.score([request], config())[0] == pytest.approx(together, abs=1e-4)
    # The first token's probabilities sum to 1 over the vocabulary.
    first = [ScoreRequest(prompt=ids[0], answer=(token,)) for token in range(len(engine.tokenizer))]
    total = sum(math.exp(one[0]) for one in engine.score(first, config(batch_size=64)))
    assert total == pytest.approx(1, abs=1e-3)
    assert engine.score([], config()) == []


def test_an_answer_beyond_the_context_gets_no_scores(engine: Engine) -> None:
    if not isinstance(engine, ScoringEngine):
        pytest.skip("not a scoring engine")
    short, long = (ScoreRequest(prompt=(5, 6), answer=(7,) * count) for count in (3, 256))
    assert [len(one) for one in engine.score([long, short], config())] == [0, 3]


def test_every_engine_that_can_score_says_so(
    engine: Engine, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["engine"]
    if name in ENGINES:
        assert isinstance(engine, ScoringEngine) == ENGINES[name].can_score


def test_token_counts_and_truncation_are_reported(engine: Engine) -> None:
    written = engine.complete(REQUESTS, config(max_new_tokens=3))
    assert any(one.is_truncated for one in written)
    for one in written:
        assert one.completion_tokens == 3 if one.is_truncated else one.completion_tokens <= 3
        assert one.prompt_tokens > 0


def test_progress_counts_every_completion(engine: Engine) -> None:
    done: list[int] = []
    report: Callable[[int], None] = done.append
    engine.complete(REQUESTS, config(**SAMPLING), report)
    assert sum(done) == len(REQUESTS) * 3


def test_a_prompt_beyond_the_context_is_refused_before_anything_is_written(engine: Engine) -> None:
    done: list[int] = []
    requests = [*REQUESTS, Request(task_id="long/1", prompt="x" * 250)]
    with pytest.raises(ConfigError, match=r"long/1 \(250\)"):
        engine.complete(requests, config(), done.append)
    assert done == []


def test_every_engine_states_how_to_install_what_it_needs() -> None:
    for spec in ENGINES.values():
        assert not spec.packages or spec.installation
