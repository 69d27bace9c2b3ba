"""Problems in two steps: the model explains code, then writes it from its explanation."""

from __future__ import annotations

from dataclasses import replace

from text_engine import TextEngine

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import Request
from codem_ray.generation.explaining import build_question, trim_explanation, with_explanation
from codem_ray.generation.generate import generate
from codem_ray.records import EXPLANATION, Explanation, Problem, PromptStyle

ASKED = Explanation(
    question="What does this do?\n\n```python\nreturn sum(n for n in numbers if n)\n```",
    max_characters=60,
    hidden="    return sum(n for n in numbers if n)\n    x = 1\n",
)


def problem(number: int, explanation: Explanation | None = ASKED) -> Problem:
    return Problem(
        benchmark="b",
        task_id=f"b/{number}",
        language="python",
        prompt=f"# {EXPLANATION}\ndef f{number}(numbers):\n",
        instruction=f"Write f{number}, which does:\n{EXPLANATION}\nBe quick.",
        tests="",
        explanation=explanation,
    )


def test_each_line_of_an_explanation_gets_the_comment_mark() -> None:
    filled = with_explanation(problem(0), "Adds.\n\nThat's all \\1.")
    assert filled.prompt == "# Adds.\n#\n# That's all \\1.\ndef f0(numbers):\n"
    assert filled.instruction == "Write f0, which does:\nAdds.\n\nThat's all \\1.\nBe quick."
    assert with_explanation(problem(0), "").prompt == "#\ndef f0(numbers):\n"


def test_code_lines_and_excess_length_are_removed_from_an_explanation() -> None:
    text = "  It is return sum(n for n in numbers if n) and x = 1, then " + "y" * 100
    assert trim_explanation(problem(0), text) == "It is  and x = 1, then yy"


def explain_or_write(request: Request, sample: int, seed: int) -> str:
    return f"said {sample}" if "What does" in request.prompt else "    return 1\n"


def test_every_sample_is_written_from_its_own_explanation() -> None:
    engine, done = TextEngine(explain_or_write), []
    config = GenerationConfig(samples=2, temperature=0.5, seed=7)
    plain = replace(problem(1, None), prompt="def f1(numbers):\n")
    written = generate(
        engine,
        [problem(0), plain, problem(2)],
        PromptStyle.COMPLETION,
        "alpaca",
        config,
        done.append,
    )
    assert [(one.task_id, one.sample, one.explanation) for one in written] == [
        ("b/0", 0, "said 0"),
        ("b/0", 1, "said 1"),
        ("b/1", 0, ""),
        ("b/1", 1, ""),
        ("b/2", 0, "said 0"),
        ("b/2", 1, "said 1"),
    ]
    assert [one.completion_tokens for one in written] == [19, 19, 13, 13, 19, 19]
    assert sum(done) == 6
    prompts = [
        (request.prompt, config.samples, config.seed)
        for request, config in engine.asked
        if "def f0" in request.prompt
    ]
    assert prompts == [
        ("# said 0\ndef f0(numbers):\n", 1, 7),
        ("# said 1\ndef f0(numbers):\n", 1, 8),
    ]


def test_the_question_has_the_prompt_style_of_the_answer() -> None:
    as_text = build_question(problem(0), PromptStyle.COMPLETION, str.upper)
    assert as_text.prompt == f"{ASKED.question}\n\nDescription:"
    assert not as_text.is_fenced
    rendered = build_question(problem(0), PromptStyle.INSTRUCTION, lambda text: f"<{text}>")
    assert rendered.prompt == f"<{ASKED.question}>"
