"""The transformers engine on a small random Llama."""

from __future__ import annotations

import pytest
import torch
from tiny_llama import write_tiny_llama

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.generation.engine import ModelSpec, Request
from codem_ray.generation.transformers_engine import TransformersEngine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """A model whose weights are random but sharp."""
    folder = write_tiny_llama(tmp_path_factory.mktemp("model"), seed=7, initializer_range=0.5)
    # fp32 on a GPU too, because rounding in half precision depends on the batch.
    return TransformersEngine(ModelSpec(path=str(folder), num_threads=1, precision="fp32"))


REQUESTS = [
    Request(task_id=f"t{at}", prompt="def f(x):\n    return " * (1 + at % 4) + str(at))
    for at in range(13)
]


def _texts(engine: TransformersEngine, requests: list[Request], **values: object) -> list[str]:
    config = GenerationConfig.model_validate({"max_new_tokens": 24} | values)
    return [one.text for one in engine.complete(requests, config)]


def test_a_batch_writes_the_same_as_each_prompt_alone(engine: TransformersEngine) -> None:
    alone = _texts(engine, REQUESTS, batch_size=1)
    assert _texts(engine, REQUESTS, batch_size=5) == alone
    assert _texts(engine, REQUESTS, batch_size=64) == alone
    assert len(set(alone)) > 6


def test_the_loop_agrees_with_generate_of_transformers(engine: TransformersEngine) -> None:
    request = REQUESTS[3]
    ids = engine.tokenizer(request.prompt, return_tensors="pt")["input_ids"]
    written = engine._model.generate(ids, max_new_tokens=24, do_sample=False)[0, ids.shape[1] :]
    expected = engine.tokenizer.decode(written, skip_special_tokens=True)
    assert _texts(engine, [request])[0].replace("\ufffd", "") == expected.replace("\ufffd", "")


def test_rows_that_end_early_do_not_disturb_the_others(engine: TransformersEngine) -> None:
    whole = _texts(engine, REQUESTS)
    # Every second row ends on a character from the middle of what it would have written.
    requests = [
        Request(
            task_id=one.task_id, prompt=one.prompt, stop=(text[6 + at : 9 + at],) if at % 2 else ()
        )
        for at, (one, text) in enumerate(zip(REQUESTS, whole, strict=True))
    ]
    cut = engine.complete(requests, GenerationConfig(max_new_tokens=24, batch_size=4))
    for at, (one, text) in enumerate(zip(cut, whole, strict=True)):
        if at % 2:
            assert one.text == text[: text.find(requests[at].stop[0])]
            assert not one.is_truncated
            assert one.completion_tokens < 24
        else:
            assert one.text == text


def test_order_token_counts_and_truncation_are_reported(engine: TransformersEngine) -> None:
    seen: list[int] = []
    done = engine.complete(REQUESTS, GenerationConfig(max_new_tokens=3, batch_size=4), seen.append)
    assert [one.task_id for one in done] == [one.task_id for one in REQUESTS]
    assert all(one.is_truncated and one.completion_tokens == 3 for one in done)
    assert done[4].prompt_tokens == len(REQUESTS[4].prompt)
    assert sum(seen) == len(REQUESTS)
    assert len(seen) > 1


def test_an_end_token_ends_a_row_and_leaves_no_text(engine: TransformersEngine) -> None:
    text = _texts(engine, [REQUESTS[0]])[0]
    ends = engine._ends
    try:
        engine._ends = frozenset(engine.tokenizer(text[2], add_special_tokens=False)["input_ids"])
        one = engine.complete([REQUESTS[0]], GenerationConfig(max_new_tokens=24))[0]
    finally:
        engine._ends = ends
    assert one.text == text[: text.find(text[2])]
    assert one.completion_tokens == len(one.text) + 1
    assert not one.is_truncated


def test_a_sampled_row_does_not_depend_on_its_batch(engine: TransformersEngine) -> None:
    sampling = {"temperature": 0.8, "top_p": 0.9, "samples": 3, "seed": 5, "max_new_tokens": 12}
    some = REQUESTS[:5]
    together = _texts(engine, some, batch_size=7, **sampling)
    assert together == [
        text for one in some for text in _texts(engine, [one], batch_size=1, **sampling)
    ]
    assert len(set(together[:3])) == 3
    assert together != _texts(engine, some, batch_size=7, **sampling | {"seed": 6})


def test_a_vanishing_nucleus_is_greedy(engine: TransformersEngine) -> None:
    assert _texts(engine, REQUESTS, temperature=1.0, top_p=1e-9) == _texts(engine, REQUESTS)


def test_out_of_memory_halves_the_batch_and_changes_nothing(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _texts(engine, REQUESTS)
    forward = engine._forward

    def limited(ids: torch.Tensor, mask: torch.Tensor, *rest: object) -> torch.Tensor:
        if mask.numel() > 300:
            raise torch.OutOfMemoryError
        return forward(ids, mask, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "_forward", limited)
    assert _texts(engine, REQUESTS, batch_size=13) == expected


def test_a_prompt_beyond_the_context_is_refused_by_name(engine: TransformersEngine) -> None:
    requests = [*REQUESTS, Request(task_id="long/1", prompt="x" * 250)]
    with pytest.raises(ConfigError, match=r"long/1 \(250\)"):
        engine.complete(requests, GenerationConfig(max_new_tokens=24))
