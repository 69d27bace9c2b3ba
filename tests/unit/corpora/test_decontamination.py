"""Overlap of corpora with benchmarks."""

from dataclasses import replace

import pytest
from example_pairs import make_pair

from codem_ray.benchmarks import BENCHMARKS, EVALUATION_ONLY
from codem_ray.corpora.decontamination import BenchmarkIndex, refuse_evaluation_only
from codem_ray.corpora.function_digests import function_digests
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.word_hashes import HashedWords
from codem_ray.errors import DataError
from codem_ray.languages.syntax_trees import tree_of
from codem_ray.records import Problem

ONLY = next(name for name, spec in BENCHMARKS.items() if spec.use == EVALUATION_ONLY)
OPEN = next(name for name, spec in BENCHMARKS.items() if spec.use != EVALUATION_ONLY)


def prompt(number: int) -> str:
    return " ".join(f"p{number}w{place}" for place in range(12))


def problems(benchmark: str, count: int) -> list[Problem]:
    return [
        Problem(
            benchmark=benchmark,
            task_id=str(number),
            language="python",
            prompt=prompt(number),
            instruction="",
            tests="",
        )
        for number in range(count)
    ]


def pairs(texts: list[str], corpus: int = 0) -> list[Pair]:
    return [
        make_pair(number, text, "x", origin="mine.jsonl", corpus=corpus)
        for number, text in enumerate(texts)
    ]


def test_every_problem_with_a_shared_run_is_found() -> None:
    index = BenchmarkIndex([*problems("a", 2), *problems("b", 1)])
    words = HashedWords.of(f"{prompt(1)} and {prompt(0)}")
    found = index.shared_words(words)
    assert {(overlap.benchmark, overlap.task_id) for overlap in found} == {
        ("a", "1"),
        ("a", "0"),
        ("b", "0"),
    }


def test_an_evaluation_only_benchmark_is_refused_under_any_name() -> None:
    copied = pairs([prompt(number) for number in range(6)] + ["other"] * 4)
    with pytest.raises(DataError, match=rf"mine\.jsonl is the benchmark {ONLY} \(6 of 10 pairs"):
        list(refuse_evaluation_only(copied, problems(ONLY, 6)))


def test_a_few_matches_or_an_open_benchmark_are_not_refused() -> None:
    few = pairs([prompt(number) for number in range(5)] + ["other"] * 5)
    assert list(refuse_evaluation_only(few, problems(ONLY, 6))) == few
    whole = pairs([prompt(number) for number in range(6)])
    assert list(refuse_evaluation_only(whole, problems(OPEN, 6))) == whole


def test_each_corpus_is_judged_alone() -> None:
    clean = pairs(["other"] * 50)
    copied = pairs([prompt(number) for number in range(6)], corpus=1)
    with pytest.raises(DataError, match="6 of 6 pairs"):
        list(refuse_evaluation_only([*clean, *copied], problems(ONLY, 6)))


def test_import_lines_are_not_compared() -> None:
    names = ["ArrayList", "Arrays", "HashMap", "List", "Map"]
    lines = "\n".join(f"import java.util.{name};" for name in names)
    index = BenchmarkIndex([replace(problems("a", 1)[0], prompt=f"{lines}\n{prompt(0)}")])
    words = HashedWords.of(f"{lines}\npublic class A {{}}")
    assert list(index.shared_words(words)) == []
    assert list(index.shared_words(HashedWords.of(prompt(0))))


SOLUTIONS = {
    "python": (
        (
            'def f(items):\n    def g(item):\n        return f"{item}: {items}"\n'
            "    total = 0\n    for item in items:\n        total = total + item * 3 - 7\n"
            "    return g(total), total\n"
        ),
        (
            'def f(words):\n    "A" "docstring"\n    def h(word):\n        "Another."\n'
            '        return f"{word}: {words}"\n'
            "    count = 0\n    for word in words:\n        count = \\\n            count "
            "+ word * 3 - 7\n"
            "    return h(count), count\n"
        ),
    ),
    "javascript": (
        (
            "function f(items) {\n  let total = 0;\n  for (const item of items) {\n"
            "    total = total + item * 3 - 7;\n  }\n  return `${total}: ${items}`;\n}\n"
        ),
        (
            "function f(words) {\n  let n = 0;\n  for (const w of words) {\n"
            "    n = n + w * 3 - 7;\n  }\n  return `${n}: ${words}`;\n}\n"
        ),
    ),
}


@pytest.mark.parametrize("language", SOLUTIONS)
def test_digests_ignore_names_in_strings_and_docstrings(language: str) -> None:
    shapes = [
        dict(function_digests(tree_of(code, language), language)) for code in SOLUTIONS[language]
    ]
    assert shapes[0]["f"] == shapes[1]["f"]
