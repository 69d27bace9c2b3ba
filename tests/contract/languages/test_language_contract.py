"""What holds for every registered language, built in or added by a package."""

from __future__ import annotations

import dataclasses
from importlib import import_module

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.execution.samples import sample_outcomes
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import LanguageSpec, ProcessLayout
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job
from codem_ray.sandbox.backends import open_sandbox


@pytest.fixture(params=LANGUAGES.values(), ids=list(LANGUAGES))
def spec(request: pytest.FixtureRequest) -> LanguageSpec:
    language: LanguageSpec = request.param
    return language


def test_source_text_is_described(spec: LanguageSpec) -> None:
    assert spec.comment_prefix
    assert spec.fence_tags
    assert spec.extension.startswith(".")
    assert spec.assemble.__doc__, "the docstring states the form of the tests"
    if spec.grammar is not None:
        module, _, function = spec.grammar.partition(":")
        assert callable(getattr(import_module(module), function))


def test_related_languages_exist_and_have_a_reason(spec: LanguageSpec) -> None:
    assert spec.name not in spec.related
    assert spec.related.keys() <= LANGUAGES.keys()
    assert all(spec.related.values())


def test_processes_fit_the_layout(spec: LanguageSpec) -> None:
    is_pair = spec.process_layout is ProcessLayout.PAIR
    assert (spec.run_answer is not None) == is_pair
    assert is_pair or not spec.is_judge_resident


@pytest.mark.toolchain
def test_samples_have_their_outcomes_in_one_batch(spec: LanguageSpec) -> None:
    if missing := missing_toolchains([spec]):
        pytest.skip("; ".join(map(str, missing)))
    expected = sample_outcomes(spec)
    limits = {spec.name: dataclasses.replace(spec.limits, cpu_seconds=2.0)}
    executor = Executor(open_sandbox("bubblewrap"), limits=limits)
    jobs = [Job(problem=spec.sample_problem, answer=answer) for answer in expected]
    verdicts = executor.execute(jobs)
    assert [verdict.outcome for verdict in verdicts] == list(expected.values()), verdicts
