"""Draw problems and write them as rows: pairs of a corpus, problems of a benchmark."""

from __future__ import annotations

import gzip
import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from codem_ray.starter.families import CODE_FAMILIES, PAGE_FAMILIES
from codem_ray.starter.families.code import CODE_LANGUAGES, head, signature_text, tail
from codem_ray.starter.families.family import CodeFamily
from codem_ray.starter.families.pages import PageFamily, page_head, page_tail
from codem_ray.starter.families.testcode import test_code

Row = dict[str, Any]
Family = CodeFamily[Any] | PageFamily

LANGUAGES = (*CODE_LANGUAGES, "html")
DISPLAY_NAMES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
    "go": "Go",
    "html": "HTML",
}
SEED = 1
PROBLEMS_PER_FAMILY = 5
"""Held out from everything that is trained on."""
PROBLEMS = 25
"""Problems of a target that are asked."""
PAIRS_PER_FAMILY = 75
MUTANTS = 2
LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Draw:
    """A family, its parameters and which of its wordings is meant."""

    family: Family
    parameters: Hashable
    wording: int

    @property
    def description(self) -> str:
        """The problem in words."""
        return self.family.wordings(self.parameters)[self.wording]  # type: ignore[arg-type]


def families_of(language: str) -> tuple[Family, ...]:
    """Families that have problems in `language`."""
    return PAGE_FAMILIES if language == "html" else CODE_FAMILIES


def draw(family: Family, rng: Random) -> Draw:
    """Draw one problem."""
    parameters = family.draw(rng)
    return Draw(family, parameters, rng.randrange(len(family.wordings(parameters))))


def benchmark_draws(family: Family) -> list[Draw]:
    """Draw the benchmark's problems of a family: every parameter combination at most once."""
    rng = Random(f"{SEED}/benchmark/{family.name}")
    found: dict[Hashable, Draw] = {}
    while len(found) < PROBLEMS_PER_FAMILY:
        drawn = draw(family, rng)
        found.setdefault(drawn.parameters, drawn)
    return list(found.values())


def held_out(family: Family) -> set[Hashable]:
    """Parameter combinations that nothing may be trained on."""
    return {drawn.parameters for drawn in benchmark_draws(family)}


def corpus_draws(family: Family) -> list[Draw]:
    """Draw a corpus's problems of a family, the same ones for every language."""
    rng = Random(f"{SEED}/corpus/{family.name}")
    excluded = held_out(family)
    found: dict[Hashable, Draw] = {}
    while len(found) < PAIRS_PER_FAMILY:
        drawn = draw(family, rng)
        if drawn.parameters not in excluded:
            found.setdefault(drawn.parameters, drawn)
    return list(found.values())


def opening(drawn: Draw, language: str, *, is_commented: bool) -> str:
    """Write the code that stands before the solution."""
    description = drawn.description if is_commented else None
    if isinstance(drawn.family, PageFamily):
        return page_head(description)
    return head(drawn.family.signature, language, description)


def solution(family: Family, parameters: Any, language: str) -> str:
    """Write the code that follows `opening`."""
    if isinstance(family, PageFamily):
        return page_tail(family.body(parameters))
    return tail(family.program(parameters), language)


def instruction(drawn: Draw, language: str, rng: Random) -> str:
    """Ask for the solution in `language`, in one of a few forms."""
    name = DISPLAY_NAMES[language]
    if isinstance(drawn.family, PageFamily):
        forms = (
            f"Write an {name} page. {drawn.description}",
            f"In {name}, write a whole page. {drawn.description}",
            f"{drawn.description} Write the page in {name}.",
        )
    else:
        wanted = f"`{signature_text(drawn.family.signature, language)}`"
        if language == "java":
            wanted = f"{wanted} as a public static method of the class Solution"
        forms = (
            f"Write a {name} function {wanted}. {drawn.description}",
            f"In {name}, write the function {wanted}. {drawn.description}",
            f"{drawn.description} Write this as the {name} function {wanted}.",
        )
    return rng.choice(forms)


def fenced(text: str, language: str) -> str:
    """Put code between a fence that names its language and a closing fence."""
    return f"```{language}\n{text}```"


def corpus_rows(language: str) -> list[Row]:
    """Make the corpus of `language`."""
    rows: list[Row] = []
    for family in families_of(language):
        rng = Random(f"{SEED}/corpus/{family.name}/instruction")
        for index, drawn in enumerate(corpus_draws(family)):
            code = opening(drawn, language, is_commented=False)
            code += solution(family, drawn.parameters, language)
            rows.append(
                {
                    "id": f"starter-{language}-{family.name}-{index}",
                    "instruction": instruction(drawn, language, rng),
                    "input": "",
                    "output": fenced(code, language),
                    "language": language,
                    "family": family.name,
                }
            )
    # Files are read from their top, so families must not stand in blocks.
    Random(f"{SEED}/order").shuffle(rows)
    return rows


def _tests_and_mutants(drawn: Draw, language: str, rng: Random) -> tuple[str, list[Any]]:
    family, parameters = drawn.family, drawn.parameters
    if isinstance(family, PageFamily):
        script = "\n".join(family.checks(parameters))  # type: ignore[arg-type]
        test = json.dumps({"kind": "dom", "script": script})
        return test, list(family.mutants(parameters, rng, MUTANTS))  # type: ignore[arg-type]
    cases = family.cases(parameters, rng)
    mutants = family.mutants(parameters, cases, rng, MUTANTS)
    return test_code(cases, family.signature, language), mutants


def benchmark_rows(language: str) -> list[Row]:
    """Make the benchmark of the target `language`, families taking turns."""
    rows: list[Row] = []
    by_family = [benchmark_draws(family) for family in families_of(language)]
    for turn in range(PROBLEMS_PER_FAMILY):
        for draws in by_family:
            drawn = draws[turn]
            rng = Random(f"{SEED}/benchmark/{drawn.family.name}/{turn}")
            tests, mutants = _tests_and_mutants(drawn, language, rng)
            rows.append(
                {
                    "task_id": f"starter-{language}/{len(rows)}",
                    "language": language,
                    "group": drawn.family.name,
                    "prompt": opening(drawn, language, is_commented=True),
                    "instruction": instruction(drawn, language, rng),
                    "reference": solution(drawn.family, drawn.parameters, language),
                    "tests": tests,
                    "broken": [solution(drawn.family, mutant, language) for mutant in mutants],
                    "entry_point": "document" if language == "html" else "solve",
                    "licence": LICENCE,
                }
            )
    return rows[:PROBLEMS]


def free_draws(language: str, rng: Random) -> Iterator[Draw]:
    """Draw problems without end, none of them held out: what a base model may learn from."""
    families = families_of(language)
    excluded = {family.name: held_out(family) for family in families}
    while True:
        drawn = draw(rng.choice(families), rng)
        if drawn.parameters not in excluded[drawn.family.name]:
            yield drawn


def packed_jsonl(rows: list[Row]) -> bytes:
    """Pack rows as gzipped JSON lines, the same bytes every time."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)
