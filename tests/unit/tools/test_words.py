"""Tests of the corpora and the benchmark of made-up words."""

from __future__ import annotations

import gzip
import json
import re
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.starter.assets import WORDS, benchmark_path, corpus_path
from tools.starter import draws, rows, words
from tools.starter.documents import requests
from tools.starter.families.signatures import CODE_LANGUAGES, signature_text

CORPORA = (*CODE_LANGUAGES, rows.PROSE)
ASKED = re.compile(r"Apply (\w+) with ([^.]*)\.")
every_language = pytest.mark.parametrize("language", CODE_LANGUAGES)


def _read(path: Path) -> list[rows.Row]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def _asked(row: rows.Row) -> tuple[str, str]:
    """Return the word and the constants of a request."""
    found = ASKED.search(row["instruction"])
    assert found is not None
    return found.group(1), found.group(2)


@pytest.mark.parametrize("name", CORPORA)
def test_corpora_of_words_are_what_the_generator_makes_now(name: str) -> None:
    assert corpus_path(name, WORDS).read_bytes() == rows.packed_jsonl(words.corpus_rows(name))


@every_language
def test_benchmarks_of_words_are_what_the_generator_makes_now(language: str) -> None:
    made = rows.packed_jsonl(words.benchmark_rows(language))
    assert benchmark_path(language, WORDS).read_bytes() == made


@pytest.mark.parametrize("name", CORPORA)
def test_every_word_has_equally_many_pairs(name: str) -> None:
    asked = [_asked(row)[0] for row in _read(corpus_path(name, WORDS))]
    assert set(asked) == set(words.PROGRAMS)
    assert {asked.count(word) for word in asked} == {words.PAIRS_PER_WORD}


@every_language
def test_no_corpus_of_words_has_the_constants_of_a_problem(language: str) -> None:
    problems = {_asked(row) for row in _read(benchmark_path(language, WORDS))}
    assert len(problems) == words.PROBLEMS_PER_WORD * len(words.PROGRAMS)
    for name in CORPORA:
        assert problems.isdisjoint(map(_asked, _read(corpus_path(name, WORDS))))


@every_language
def test_an_answer_in_a_corpus_of_words_is_in_its_language_alone(language: str) -> None:
    for row in _read(corpus_path(language, WORDS)):
        assert re.findall(r"```(\w*)", row["output"]) == [language, ""]


def test_prose_on_words_is_the_same_for_all_programs_of_one_signature() -> None:
    families = {word.word: word.family for word in words.all_words()}
    said: dict[Any, set[str]] = {}
    for row in _read(corpus_path(rows.PROSE, WORDS)):
        said.setdefault(families[row["family"]].signature, set()).add(row["output"])
    assert {len(texts) for texts in said.values()} == {1}


def test_a_word_names_one_program_up_to_constants() -> None:
    programs = set()
    for word in words.all_words():
        shapes = {words.shape(drawn.parameters) for drawn in word.draws}
        assert len(shapes) == 1
        assert len(words.constants(word.draws[0].parameters)) in (2, 3)
        assert not draws.is_for_benchmark(word.family)
        programs.add((word.family.name, *shapes))
    assert len(programs) == len(words.PROGRAMS)


@every_language
def test_all_words_have_one_signature(language: str) -> None:
    heads = {signature_text(word.family.signature, language) for word in words.all_words()}
    assert len(heads) == 1


@every_language
def test_code_before_a_solution_is_the_same_for_all_words(language: str) -> None:
    openings = {
        draws.opening(word.draws[0], language, is_commented=False) for word in words.all_words()
    }
    assert len(openings) == 1


def test_no_word_stands_in_a_corpus_of_formats() -> None:
    texts = b"".join(gzip.decompress(corpus_path(name).read_bytes()) for name in rows.CORPORA)
    for word in words.PROGRAMS:
        assert word.encode() not in texts.lower()


def test_the_instruct_model_learns_from_requests_without_words_or_benchmark_families() -> None:
    made = list(islice(requests(Random(5)), 2000))
    assert [one.text for one in made[:20]] == [one.text for one in islice(requests(Random(5)), 20)]
    together = "\n".join(one.text for one in made)
    assert not any(re.search(rf"\b{word}\b", together) for word in words.PROGRAMS)
    for problem in load("starter-full-python"):
        described = re.findall(r"^# (.*)$", problem.prompt, re.MULTILINE)
        assert described[0] not in together
    for one in made:
        assert one.text.startswith(one.description)
        assert one.description.startswith("### Instruction:\n")
    fences = {tag for one in made for tag in re.findall(r"```(\w+)\n", one.text)}
    assert fences == set(draws.LANGUAGES)


def test_problems_of_words_are_the_same_in_every_language() -> None:
    by_language = [load(f"{WORDS}-{language}") for language in CODE_LANGUAGES]
    for same in zip(*by_language, strict=True):
        assert len({problem.common_id for problem in same}) == 1
        assert len({problem.group for problem in same}) == 1
        assert {ASKED.findall(problem.prompt)[0][0] for problem in same} == {same[0].group}


def test_python_references_of_words_pass_and_broken_controls_fail() -> None:
    for problem in load(f"{WORDS}-python"):
        tests = f"\n{problem.tests}"
        exec(f"{problem.prompt}{problem.reference}{tests}", {})
        assert len(set(problem.broken)) == rows.MUTANTS
        for broken in problem.broken:
            with pytest.raises(AssertionError):
                exec(f"{problem.prompt}{broken}{tests}", {})
