"""A sample of the suite of answer forms; `make answer-forms` judges all of it."""

from __future__ import annotations

import pytest
from completion_forms import FORMS, SAMPLE_PROBLEMS, solved_problems

from bench.answer_forms import cases, judge
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.extraction.answers import extract_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import PromptStyle

NO_ANSWERS = {
    "nothing": "",
    "white space": "\n \n",
    "a refusal": "I'm sorry, but I cannot help with that request.",
    "thought without an end": "<think>\nLet me see. The function should add up the roots, so",
    "an end token": "<|endoftext|>",
}


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor()


@pytest.mark.toolchain
@pytest.mark.parametrize("name", LANGUAGES)
def test_right_answers_pass_and_wrong_ones_fail_in_every_form(
    name: str, executor: Executor
) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    solved = [SAMPLE_PROBLEMS[name], next(solved_problems(f"starter-{name}"))]
    judged = judge(cases(solved, FORMS, has_both_styles=True), executor)
    assert {one.case.solved.problem.benchmark for one in judged} == {"forms", f"starter-{name}"}
    assert not {
        (one.case.style.value, one.case.form.name): (one.outcome, one.message[:200])
        for one in judged
        if not one.is_as_wanted
    }


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("form", NO_ANSWERS)
@pytest.mark.parametrize("style", list(PromptStyle))
def test_text_without_code_is_no_answer(name: str, form: str, style: PromptStyle) -> None:
    problem = SAMPLE_PROBLEMS[name].problem
    assert extract_answer(problem, NO_ANSWERS[form], style) is None
