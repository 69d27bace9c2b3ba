"""Tests of the starter kit's generator and of the files that it made."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Hashable
from itertools import islice
from random import Random
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.starter import rows
from codem_ray.starter.assets import assets_path, benchmark_path, corpus_path, model_path
from codem_ray.starter.families import CODE_FAMILIES, PAGE_FAMILIES
from codem_ray.starter.families.code import CODE_LANGUAGES

CORPUS_FIELDS = {"id", "instruction", "input", "output", "language", "family"}
BENCHMARK_FIELDS = {
    "task_id",
    "language",
    "group",
    "prompt",
    "instruction",
    "reference",
    "tests",
    "broken",
    "entry_point",
    "licence",
}
FAMILIES = (*CODE_FAMILIES, *PAGE_FAMILIES)
every_language = pytest.mark.parametrize("language", rows.LANGUAGES)


def _read(path: Any) -> list[rows.Row]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def _comment(prompt: str) -> tuple[str, str]:
    """Find the comment line of a prompt, and the description in it."""
    found = re.search(r"^ *(?:# |// |<!-- )(.*?)(?: -->)?$", prompt, re.MULTILINE)
    assert found is not None
    return found.group(0), found.group(1)


@every_language
def test_files_are_what_the_generator_makes_now(language: str) -> None:
    assert corpus_path(language).read_bytes() == rows.packed_jsonl(rows.corpus_rows(language))
    assert benchmark_path(language).read_bytes() == rows.packed_jsonl(rows.benchmark_rows(language))


def test_generator_makes_the_same_rows_twice() -> None:
    assert rows.corpus_rows("go") == rows.corpus_rows("go")
    assert rows.benchmark_rows("html") == rows.benchmark_rows("html")


@every_language
def test_every_row_has_all_fields(language: str) -> None:
    pairs, problems = _read(corpus_path(language)), _read(benchmark_path(language))
    assert len(pairs) == 600
    assert len(problems) == rows.PROBLEMS
    for pair in pairs:
        assert set(pair) == CORPUS_FIELDS
        assert all(isinstance(value, str) for value in pair.values())
        assert pair["language"] == language
        assert pair["output"].startswith(f"```{language}\n")
        assert pair["output"].endswith("\n```")
    for problem in problems:
        assert set(problem) == BENCHMARK_FIELDS
        assert all(problem.values())
        assert problem["prompt"].endswith("\n")
        assert len(set(problem["broken"])) == rows.MUTANTS
        assert problem["reference"] not in problem["broken"]
    assert [problem["task_id"] for problem in problems] == [
        f"starter-{language}/{index}" for index in range(rows.PROBLEMS)
    ]
    assert len({pair["id"] for pair in pairs}) == len(pairs)


@every_language
def test_every_family_has_its_share(language: str) -> None:
    names = [family.name for family in rows.families_of(language)]
    pairs = [pair["family"] for pair in _read(corpus_path(language))]
    problems = [problem["group"] for problem in _read(benchmark_path(language))]
    for name in names:
        assert pairs.count(name) == rows.PAIRS_PER_FAMILY
        assert problems.count(name) in {
            rows.PROBLEMS // len(names),
            rows.PROBLEMS // len(names) + 1,
        }


@every_language
def test_no_benchmark_solution_stands_in_its_corpus(language: str) -> None:
    answers = "\n".join(pair["output"] for pair in _read(corpus_path(language)))
    asked = "\n".join(pair["instruction"] for pair in _read(corpus_path(language)))
    for problem in _read(benchmark_path(language)):
        comment, description = _comment(problem["prompt"])
        assert description in problem["instruction"]
        assert description not in asked
        head = "\n".join(line for line in problem["prompt"].splitlines() if line != comment)
        assert f"{head}\n{problem['reference']}" not in answers


def test_problems_are_the_same_in_every_programming_language() -> None:
    python = _read(benchmark_path("python"))
    for language in CODE_LANGUAGES:
        for ours, theirs in zip(python, _read(benchmark_path(language)), strict=True):
            assert ours["group"] == theirs["group"]
            comment = ours["prompt"].splitlines()[0].removeprefix("# ")
            assert comment in theirs["prompt"]
            assert comment in theirs["instruction"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_benchmark_parameters_are_held_out(family: rows.Family) -> None:
    excluded = rows.held_out(family)
    assert len(excluded) == rows.PROBLEMS_PER_FAMILY
    assert excluded.isdisjoint(drawn.parameters for drawn in rows.corpus_draws(family))


@every_language
def test_free_draws_never_meet_the_benchmark(language: str) -> None:
    excluded: dict[str, set[Hashable]] = {
        family.name: rows.held_out(family) for family in rows.families_of(language)
    }
    for drawn in islice(rows.free_draws(language, Random(3)), 4000):
        assert drawn.parameters not in excluded[drawn.family.name]


def test_python_references_pass_and_broken_controls_fail() -> None:
    for problem in _read(benchmark_path("python")):
        for text, is_right in [
            (problem["reference"], True),
            *((b, False) for b in problem["broken"]),
        ]:
            space: dict[str, object] = {}
            code = f"{problem['prompt']}{text}\n{problem['tests']}"
            if is_right:
                exec(code, space)
            else:
                with pytest.raises(AssertionError):
                    exec(code, space)


@pytest.mark.parametrize("family", CODE_FAMILIES, ids=lambda family: family.name)
def test_programs_agree_with_the_meaning_of_the_words(family: Any) -> None:
    rng = Random(11)
    for _ in range(60):
        drawn = rows.draw(family, rng)
        space: dict[str, Any] = {}
        code = rows.opening(drawn, "python", is_commented=True)
        exec(code + rows.solution(family, drawn.parameters, "python"), space)
        for case in family.cases(drawn.parameters, rng):
            assert space["solve"](*case.arguments) == case.expected, code


def test_all_assets_stay_small() -> None:
    files = [path for path in assets_path().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12 * 1024 * 1024


def test_model_folder_holds_what_transformers_loads() -> None:
    names = {path.name for path in model_path().iterdir()}
    assert names >= {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "MODEL_CARD.md",
    }


def test_code_problems_of_one_number_are_the_same_in_every_language() -> None:
    by_language = [load(f"starter-{language}") for language in CODE_LANGUAGES]
    sentence = re.compile(r"^ *(?:#|//) (.*)$", re.M)
    for same in zip(*by_language, strict=True):
        assert len({problem.common_id for problem in same}) == 1
        assert len({problem.group for problem in same}) == 1
        assert len({tuple(sentence.findall(problem.prompt)) for problem in same}) == 1
    assert all(problem.common_id == "" for problem in load("starter-html"))
