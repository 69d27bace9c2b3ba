"""Completions of several benchmarks: one after another, or in one stream."""

from __future__ import annotations

import pytest
from text_engine import StreamingTextEngine, TextEngine

from codem_ray.config import GenerationConfig
from codem_ray.generation.generate import Questions, generate, generate_all
from codem_ray.records import Explanation, Problem, PromptStyle

CONFIG = GenerationConfig(samples=2, temperature=0.5, max_new_tokens=20)


def _problems(name: str, count: int, explanation: Explanation | None = None) -> list[Problem]:
    return [
        Problem(
            benchmark=name,
            task_id=f"{name}/{at}",
            language="python",
            prompt=f"def {name}{at}():\n",
            instruction=f"Write {name}{at}.",
            tests="",
            explanation=explanation,
        )
        for at in range(count)
    ]


EXPLAINED = Explanation(question="What does it do?", hidden="", max_characters=100)
BENCHMARKS = [
    Questions(_problems("a", 3), PromptStyle.COMPLETION),
    Questions(_problems("b", 2, EXPLAINED), PromptStyle.INSTRUCTION),
    Questions([], PromptStyle.COMPLETION),
    Questions(_problems("c", 4), PromptStyle.INSTRUCTION),
]


@pytest.mark.parametrize(
    ("engine", "order"), [(TextEngine(), [0, 1, 2, 3]), (StreamingTextEngine(), [2, 3, 0, 1])]
)
def test_every_benchmark_gets_its_own_completions_when_it_is_finished(
    engine: TextEngine, order: list[int]
) -> None:
    done: list[int] = []
    finished = list(generate_all(engine, BENCHMARKS, "short", CONFIG, done.append))
    assert [at for at, _ in finished] == order
    for at, completions in finished:
        asked = BENCHMARKS[at]
        expected = generate(TextEngine(), asked.problems, asked.style, "short", CONFIG)
        assert completions == expected
    assert sum(done) == (3 + 2 + 4) * CONFIG.samples


def test_a_streaming_engine_gets_the_requests_of_all_benchmarks_at_once() -> None:
    streaming, plain = StreamingTextEngine(), TextEngine()
    next(generate_all(streaming, BENCHMARKS[::3], "short", CONFIG))
    next(generate_all(plain, BENCHMARKS[::3], "short", CONFIG))
    assert (len(streaming.asked), len(plain.asked)) == (7, 3)
