"""Tests call the answer, whatever its name: sentinels of every benchmark fail."""

from __future__ import annotations

import builtins
import math
import os

import pytest

from codem_ray.benchmarks import BENCHMARKS, DATA_VARIABLE, is_local, load
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.languages.c_library import C_FUNCTIONS
from codem_ray.records import Problem
from codem_ray.scoring.gate import validate_benchmark
from codem_ray.scoring.sentinel_gate import REASONS

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} does not name a data folder"
    ),
]

_OTHER_NAMES = """
    accumulate advance all_of any_of apply begin bind binary_search clamp copy count count_if data
    distance empty end equal exchange fill find find_if for_each forward function gcd generate get
    hash includes iota invoke is_permutation is_sorted lcm less lower_bound make_pair max
    max_element merge min min_element minmax move next next_permutation none_of partition plus
    prev rank ref remove replace reverse rotate sample search shuffle size sort split swap
    transform unique upper_bound visit
    add append asList cap clear clone close concat contains copyOf decode delete emptyList encode
    escape eval fetch format frequency from indexOf insert isNaN join keys last length make
    map new nCopies now of panic parse parseFloat parseInt print println queueMicrotask random
    real recover repeat require setTimeout shift signum singleton slice sqrt status stringify
    structuredClone sub subtract test toString trim truncate unescape values valueOf
"""
"""Of the C++ library, Java's Math, Arrays and Collections, Go's predeclared names and packages, and
the globals of JavaScript and TypeScript."""
LIBRARY_NAMES = {
    name.lower()
    for name in (*C_FUNCTIONS, *dir(builtins), *dir(math), *_OTHER_NAMES.split())
    if not name.startswith("_")
}


def _named_like_the_library(problem: Problem) -> bool:
    return (problem.entry_point or "").lower().replace("_", "") in {
        name.replace("_", "") for name in LIBRARY_NAMES
    }


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor(uses_cache=True)


def _benchmarks() -> list[str]:
    """Return the benchmarks without those that contain the same problems as another one."""
    return [name for name in BENCHMARKS if not name.startswith("starter-full") and is_local(name)]


@pytest.mark.parametrize("name", _benchmarks())
def test_tests_reach_answers_that_are_named_like_a_library_function(
    name: str, executor: Executor
) -> None:
    problems = [problem for problem in load(name) if _named_like_the_library(problem)]
    if not problems:
        pytest.skip(f"{name} has no entry point with the name of a library function")
    report = validate_benchmark(problems, executor.execute, with_sentinels=True)
    report.raise_if_failed()
    assert not report.sentinels_not_run
    assert report.without_sentinel.keys() <= report.quarantined.keys()
    assert sum(report.sentinels_failed.values()) >= 2 * (len(problems) - len(report.quarantined))


@pytest.mark.slow
@pytest.mark.parametrize("name", _benchmarks())
def test_all_sentinels_fail_except_those_with_a_reason(name: str, executor: Executor) -> None:
    report = validate_benchmark(load(name), executor.execute, with_sentinels=True)
    report.raise_if_failed()
    assert report.without_sentinel.keys() <= report.quarantined.keys()
    passed = {one.task_id for one in report.sentinels_passed}
    # A reason that no longer holds is removed.
    assert passed == REASONS.get(name, {}).keys()
