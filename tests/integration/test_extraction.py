"""Answers in all the forms that models write, judged with real compilers."""

from __future__ import annotations

import pytest
from answer_forms import NO_ANSWERS, PROBLEMS, right_forms, wrong_forms

from codem_ray.execution.executor import Executor, local_executor
from codem_ray.extraction.answers import extract_answer, whole_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, PromptStyle

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor()


@pytest.mark.parametrize("name", PROBLEMS)
def test_right_answers_pass_and_wrong_ones_fail_in_every_form(
    name: str, executor: Executor
) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    parts = PROBLEMS[name]
    wanted: dict[tuple[PromptStyle, str], bool] = {}
    jobs: list[Job] = []
    for style in PromptStyle:
        for forms, is_right in ((right_forms(parts), True), (wrong_forms(parts), False)):
            for form, text in forms.items():
                # Most forms give the same program, which is executed once.
                answer = extract_answer(parts.problem, text, style)
                jobs.append(Job(problem=parts.problem, answer=answer))
                wanted[style, form] = is_right
    reference = Job(problem=parts.problem, answer=whole_answer(parts.problem, parts.body))
    *verdicts, of_reference = executor.execute([*jobs, reference])
    assert of_reference.outcome is Outcome.PASSED, of_reference.message
    wrong = {
        key: (verdict.outcome, verdict.message[:200], job.answer)
        for key, verdict, job in zip(wanted, verdicts, jobs, strict=True)
        if (verdict.outcome is Outcome.PASSED) is not wanted[key]
        or verdict.outcome is Outcome.INFRASTRUCTURE_ERROR
    }
    assert not wrong


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("form", NO_ANSWERS)
@pytest.mark.parametrize("style", list(PromptStyle))
def test_text_without_code_is_no_answer(name: str, form: str, style: PromptStyle) -> None:
    assert extract_answer(PROBLEMS[name].problem, NO_ANSWERS[form], style) is None
