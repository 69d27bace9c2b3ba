"""Rows of the corpora and the benchmark, made from drawn problems."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tools.starter.draws import (
    LANGUAGES,
    SEED,
    Draw,
    Family,
    benchmark_draws,
    benchmark_families,
    corpus_draws,
    opening,
    solution,
    tuning_families,
    whole_code,
)
from tools.starter.families.family import CodeFamily, Parameters
from tools.starter.families.page_family import PageFamily
from tools.starter.families.testcode import test_code
from tools.starter.instructions import instruction
from tools.starter.prose import prose_rows

Row = dict[str, Any]

PROSE = "prose"
CORPORA = (*LANGUAGES, PROSE)
MUTANTS = 2
LICENCE = "Apache-2.0"


def fenced(text: str, language: str) -> str:
    """Wrap code in a Markdown fence tagged with its language."""
    return f"```{language}\n{text}```"


def corpus_rows(language: str) -> list[Row]:
    """Return the corpus of `language`, or of the control `prose`."""
    if language == PROSE:
        return list(prose_rows())
    rows: list[Row] = []
    for family in tuning_families(language):
        rng = Random(f"{SEED}/corpus/{family.name}/instruction")
        for index, drawn in enumerate(corpus_draws(family)):
            rows.append(
                {
                    "id": f"starter-{language}-{family.name}-{index}",
                    "instruction": instruction(drawn, language, rng, is_benchmark=False),
                    "input": "",
                    "output": fenced(whole_code(drawn, language), language),
                    "language": language,
                    "family": family.name,
                }
            )
    # A small budget reads the top of a file, so families are mixed rather than in blocks.
    Random(f"{SEED}/order").shuffle(rows)
    return rows


def tests_and_mutants(
    family: Family, parameters: Parameters, language: str, rng: Random
) -> tuple[str, Sequence[Parameters]]:
    """Return the tests of a problem and parameters whose solutions fail them."""
    if isinstance(family, PageFamily):
        script = "\n".join(family.assertions(parameters))
        test = json.dumps({"kind": "dom", "script": script})
        return test, family.mutants(parameters, rng, MUTANTS)
    cases = family.cases(parameters, rng)
    mutants = family.mutants(parameters, cases, rng, MUTANTS)
    return test_code(cases, family.signature, language), mutants


def problem_row(drawn: Draw, language: str, task_id: str, seed: str) -> Row:
    """Return the row of a problem; a seed gives equal tests in every language."""
    family, parameters = drawn.family, drawn.parameters
    rng = Random(seed)
    tests, mutants = tests_and_mutants(family, parameters, language, rng)
    return {
        "task_id": task_id,
        "language": language,
        "group": family.name,
        "prompt": opening(drawn, language, is_commented=True),
        "instruction": instruction(drawn, language, rng, is_benchmark=True),
        "reference": solution(family, parameters, language),
        "tests": tests,
        "broken": [solution(family, mutant, language) for mutant in mutants],
        "entry_point": "solve" if isinstance(family, CodeFamily) else "document",
        "licence": LICENCE,
    }


def benchmark_rows(language: str) -> list[Row]:
    """Return the benchmark of `language`; families alternate."""
    rows: list[Row] = []
    for turn, same_turn in enumerate(zip(*map(benchmark_draws, _by_turns(language)), strict=True)):
        for drawn in same_turn:
            seed = f"{SEED}/benchmark/{drawn.family.name}/{turn}"
            rows.append(problem_row(drawn, language, f"starter-{language}/{len(rows)}", seed))
    return rows


def _by_turns(language: str) -> list[Family]:
    """Order families so that the first ones differ in kind."""
    families = list(benchmark_families(language))
    Random(f"{SEED}/turns").shuffle(families)
    return families


def packed_jsonl(rows: Sequence[Row]) -> bytes:
    """Return rows as gzipped JSON lines, byte for byte reproducible."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)
