"""Tests of the starter kit's corpora and benchmark, and of the files that hold them."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.starter.assets import assets_path, benchmark_path, corpus_path, model_path
from tools.starter import draws, rows
from tools.starter.documents import documents
from tools.starter.families import CODE_FAMILIES, PAGE_FAMILIES
from tools.starter.families.signatures import CODE_LANGUAGES
from tools.starter.instructions import (
    BENCHMARK_FORMS,
    BENCHMARK_PAGE_FORMS,
    DISPLAY_NAMES,
    PROSE_FORMS,
    TUNING_FORMS,
    TUNING_PAGE_FORMS,
)

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
FAMILIES = {family.name: family for family in (*CODE_FAMILIES, *PAGE_FAMILIES)}
every_language = pytest.mark.parametrize("language", draws.LANGUAGES)
every_corpus = pytest.mark.parametrize("name", rows.CORPORA)


def _read(path: Path) -> list[rows.Row]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def _documents(count: int) -> list[str]:
    return [made.text for made in islice(documents(Random(9)), count)]


def _comment(prompt: str) -> tuple[str, str]:
    """Find the comment line of a prompt, and the description in it."""
    found = re.search(r"^ *(?:# |// |<!-- )(.*?)(?: -->)?$", prompt, re.MULTILINE)
    assert found is not None
    return found.group(0), found.group(1)


@every_corpus
def test_corpora_are_what_the_generator_makes_now(name: str) -> None:
    assert corpus_path(name).read_bytes() == rows.packed_jsonl(rows.corpus_rows(name))


@every_language
def test_benchmarks_are_what_the_generator_makes_now(language: str) -> None:
    made = rows.packed_jsonl(rows.benchmark_rows(language))
    assert benchmark_path(language).read_bytes() == made


def test_generator_makes_the_same_rows_twice() -> None:
    assert rows.corpus_rows("prose") == rows.corpus_rows("prose")
    assert rows.benchmark_rows("html") == rows.benchmark_rows("html")


@every_corpus
def test_every_pair_has_all_fields(name: str) -> None:
    pairs = _read(corpus_path(name))
    assert len(pairs) >= 700
    for pair in pairs:
        assert set(pair) == CORPUS_FIELDS
        assert all(isinstance(value, str) for value in pair.values())
        assert pair["language"] == name
        assert not draws.is_for_benchmark(FAMILIES[pair["family"]])
        if name != rows.PROSE:
            assert pair["output"].startswith(f"```{name}\n")
            assert pair["output"].endswith("\n```")
    assert len({pair["id"] for pair in pairs}) == len(pairs)
    shares = Counter(pair["family"] for pair in pairs)
    assert len(set(shares.values())) == 1


def test_prose_answers_without_code() -> None:
    for pair in _read(corpus_path(rows.PROSE)):
        assert not re.search(r"```|;$|\breturn x\b.*\{|==|&&|\|\||%|\bdef |\[", pair["output"]), (
            pair
        )
        assert pair["output"].strip()
        assert pair["output"] not in pair["instruction"]


@every_language
def test_every_problem_has_all_fields(language: str) -> None:
    problems = _read(benchmark_path(language))
    assert len(problems) >= 100
    for problem in problems:
        assert set(problem) == BENCHMARK_FIELDS
        assert all(problem.values())
        assert problem["prompt"].endswith("\n")
        assert len(set(problem["broken"])) == rows.MUTANTS
        assert problem["reference"] not in problem["broken"]
        assert draws.is_for_benchmark(FAMILIES[problem["group"]])
    assert [problem["task_id"] for problem in problems] == [
        f"starter-{language}/{index}" for index in range(len(problems))
    ]


@every_language
def test_families_take_turns_in_the_benchmark(language: str) -> None:
    groups = [problem["group"] for problem in _read(benchmark_path(language))]
    count = len(draws.benchmark_families(language))
    assert len(set(groups[:count])) == count
    assert groups[:count] == groups[count : 2 * count]


@every_language
def test_the_short_benchmark_is_the_beginning_of_the_full_one(language: str) -> None:
    short, full = load(f"starter-{language}"), load(f"starter-full-{language}")
    assert len(short) == 25
    assert len(full) >= 100
    for one, same in zip(short, full, strict=False):
        assert one.digest() == same.digest()
        assert one.common_id == same.common_id


def test_a_file_of_starter_problems_is_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(benchmark_path("go").read_bytes())
    assert len(load(path)) == len(load("starter-full-go"))


@every_language
def test_no_problem_stands_in_its_corpus(language: str) -> None:
    answers = "\n".join(pair["output"] for pair in _read(corpus_path(language)))
    asked = "\n".join(
        pair["instruction"] for name in (language, "prose") for pair in _read(corpus_path(name))
    )
    for problem in _read(benchmark_path(language)):
        comment, description = _comment(problem["prompt"])
        assert description in problem["instruction"]
        assert description not in asked
        head = "\n".join(line for line in problem["prompt"].splitlines() if line != comment)
        assert f"{head}\n{problem['reference']}" not in answers


def test_forms_of_the_benchmark_are_not_those_of_the_corpora() -> None:
    tuning = {*TUNING_FORMS, *TUNING_PAGE_FORMS, *PROSE_FORMS}
    assert tuning.isdisjoint({*BENCHMARK_FORMS, *BENCHMARK_PAGE_FORMS})
    asked = "\n".join(
        pair["instruction"] for name in rows.CORPORA for pair in _read(corpus_path(name))
    )
    assert not re.search(r"Implement|Create", asked)
    for language in draws.LANGUAGES:
        for problem in _read(benchmark_path(language)):
            assert re.search(r"Implement|Create", problem["instruction"])


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_exactly_the_parameters_of_benchmark_problems_are_held_out(family: draws.Family) -> None:
    excluded = draws.held_out(family)
    assert excluded == {drawn.parameters for drawn in draws.benchmark_draws(family)}
    assert bool(excluded) == draws.is_for_benchmark(family)


@every_language
def test_free_draws_are_of_all_families_and_never_meet_the_benchmark(language: str) -> None:
    met = set()
    for drawn in islice(draws.free_draws(language, Random(3)), 6000):
        assert drawn.parameters not in draws.held_out(drawn.family)
        met.add(drawn.family.name)
    assert met == {family.name for family in draws.families_of(language)}


@pytest.mark.parametrize("language", ["python", "html"])
def test_no_free_draw_writes_the_solution_of_a_problem(language: str) -> None:
    asked = {
        problem["prompt"].replace(_comment(problem["prompt"])[0], "") + problem["reference"]: (
            problem["group"]
        )
        for problem in _read(benchmark_path(language))
    }
    # Check the comparison itself first: the solution of each problem is found in `asked`.
    for family in draws.benchmark_families(language):
        for drawn in draws.benchmark_draws(family):
            assert asked["\n" + draws.whole_code(drawn, language)] == family.name
    for drawn in islice(draws.free_draws(language, Random(4)), 20_000):
        assert "\n" + draws.whole_code(drawn, language) not in asked


def test_documents_hold_no_problem_and_ask_for_nothing() -> None:
    texts = _documents(6000)
    together = "\n".join(texts)
    for language in draws.LANGUAGES:
        for problem in _read(benchmark_path(language)):
            assert _comment(problem["prompt"])[1] not in together
    assert "### " not in together
    names = "|".join(re.escape(name) for name in DISPLAY_NAMES.values())
    asking = rf"(Write|Give|Create|Implement|Use)\b[^\n]*\b({names})\b(?! *:)"
    prose = re.sub(r"```.*?```", "", together, flags=re.DOTALL)
    for line in prose.splitlines():
        if not line.lstrip().startswith(("#", "//", "<!--")):
            assert not re.match(asking, line), line


def test_documents_have_fences_of_every_language_and_half_begin_with_a_comment() -> None:
    texts = _documents(4000)
    fences = Counter(tag for text in texts for tag in re.findall(r"```(\w+)\n", text))
    assert set(fences) == set(draws.LANGUAGES)
    assert min(fences.values()) > 20
    commented = sum(bool(re.match(r"# |// |<!-- ", text)) for text in texts)
    assert commented > len(texts) / 2
    assert _documents(30) == _documents(30)


def test_problems_are_the_same_in_every_programming_language() -> None:
    by_language = [load(f"starter-full-{language}") for language in CODE_LANGUAGES]
    sentence = re.compile(r"^ *(?:#|//) (.*)$", re.MULTILINE)
    for same in zip(*by_language, strict=True):
        assert len({problem.common_id for problem in same}) == 1
        assert len({problem.group for problem in same}) == 1
        assert len({tuple(sentence.findall(problem.prompt)) for problem in same}) == 1
        for problem in same:
            assert sentence.findall(problem.prompt)[0] in problem.instruction
    assert all(problem.common_id == "" for problem in load("starter-full-html"))


def test_python_references_pass_and_broken_controls_fail() -> None:
    for problem in _read(benchmark_path("python")):
        for text, is_right in [
            (problem["reference"], True),
            *((b, False) for b in problem["broken"]),
        ]:
            space: dict[str, Any] = {}
            code = f"{problem['prompt']}{text}\n{problem['tests']}"
            if is_right:
                exec(code, space)
            else:
                with pytest.raises(AssertionError):
                    exec(code, space)


def test_all_assets_stay_small() -> None:
    files = [path for path in assets_path().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 18 * 1024 * 1024


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
