"""A sample of the suite of answer forms; `make answer-forms` judges all of it."""

from __future__ import annotations

import pytest
from completion_forms import FORMS, solved_problems

from bench.answer_forms import cases, judge
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor()


@pytest.mark.xfail(reason="answers are not yet chosen by syntax tree", strict=False)
@pytest.mark.parametrize("name", LANGUAGES)
def test_right_answers_pass_and_wrong_ones_fail_in_every_form(
    name: str, executor: Executor
) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    solved = next(solved_problems(f"starter-{name}"))
    judged = judge(cases([solved], FORMS, has_both_styles=True), executor)
    assert judged, "the reference does not pass"
    assert not {
        (one.case.style.value, one.case.form.name): (one.outcome, one.message[:200])
        for one in judged
        if not one.is_as_wanted
    }
