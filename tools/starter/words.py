"""Made-up words, each the name of a program: corpora that teach them, benchmarks that use them.

A word names a program of a tuning family in which all but the constants is fixed. The corpus of a
language teaches every word in that language alone. The benchmark asks for every word in every
language, with constants that no corpus has.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from random import Random
from typing import Any

from tools.starter.draws import Draw, whole_code
from tools.starter.families import CODE_FAMILIES
from tools.starter.families.domains import Choice
from tools.starter.families.family import CodeFamily, Parameters
from tools.starter.families.signatures import CODE_LANGUAGES
from tools.starter.instructions import instruction
from tools.starter.prose import describe_signature
from tools.starter.rows import PROSE, Row, fenced, problem_row

SEED = 1
PROBLEMS_PER_WORD = 2
PAIRS_PER_WORD = 12

Shape = tuple[str | None, ...]
"""The parts of a program's parameters; a constant is None."""

PROGRAMS: dict[str, tuple[str, Shape]] = {
    "florn": ("quotient", (None, "*", None)),
    "zibble": ("quotient", (None, "+", None)),
    "quamp": ("quotient", (None, "-", None)),
    "drent": ("sum_down", (None, "+", None)),
    "mosk": ("sum_down", (None, "-", None)),
    "tarvle": ("sum_down", (None, "*", None)),
    "wixen": ("digits_down", (None, "+", None)),
    "plodge": ("digits_down", (None, "-", None)),
    "grint": ("digits_down", (None, "*", None)),
    "sarn": ("series", (None, "div", None, "*", None)),
    "blenk": ("series", (None, "ndiv", None, "*", None)),
    "vorp": ("countdown", (None, None, None)),
    "chund": ("digit_count", ("le", None, "+", None)),
    "lemst": ("digit_count", ("ne", None, "+", None)),
    "kroop": ("divisors", ("le", None, "+", None)),
    "yarb": ("divisors", ("ge", None, "+", None)),
}
"""Each word, the family of its program, and the parts of the parameters that it fixes.

All programs take an integer n and return an integer. The signature in a request therefore does not
reveal the program, and the program of a wrong word compiles. The instruct model writes these
programs in most languages when they are described.
"""


def _parts(parameters: Parameters) -> list[Any]:
    parts: list[Any] = []
    for value in parameters:
        if isinstance(value, Choice):
            parts.append(value.text)
        elif is_dataclass(value):
            parts += [getattr(value, field.name) for field in fields(value)]
        else:
            parts.append(value)
    return parts


def _is_constant(part: int | str) -> bool:
    return isinstance(part, int) or (len(part) == 1 and part.isalpha())


def constants(parameters: Parameters) -> list[int | str]:
    """Return the numbers and letters of parameters, in order."""
    return [part for part in _parts(parameters) if _is_constant(part)]


def shape(parameters: Parameters) -> Shape:
    """Return the parts of parameters that a word fixes, with None for each constant."""
    return tuple(None if _is_constant(part) else part for part in _parts(parameters))


@dataclass(frozen=True, slots=True)
class WordDraw(Draw):
    """A problem that names its program by a made-up word."""

    word: str

    @property
    def description(self) -> str:
        """The word and its constants."""
        said = [one if isinstance(one, int) else f'"{one}"' for one in constants(self.parameters)]
        return f"Apply {self.word} with {' and '.join(map(str, said))}."


@dataclass(frozen=True, slots=True)
class Word:
    """A word, with its problems in an order that depends on the word alone."""

    word: str
    family: CodeFamily
    draws: tuple[WordDraw, ...]

    @property
    def asked(self) -> tuple[WordDraw, ...]:
        """The problems of the benchmark."""
        return self.draws[:PROBLEMS_PER_WORD]

    @property
    def taught(self) -> tuple[WordDraw, ...]:
        """The problems of the corpora; constants repeat if a word has few."""
        others = self.draws[PROBLEMS_PER_WORD:]
        return tuple(others[number % len(others)] for number in range(PAIRS_PER_WORD))


def _word(word: str, family: CodeFamily, fixed: Shape) -> Word:
    found = [
        WordDraw(family, parameters, 0, word)
        for parameters in family.combinations()
        if shape(parameters) == fixed
    ]
    Random(f"{SEED}/word/{word}").shuffle(found)
    return Word(word, family, tuple(found))


@cache
def all_words() -> tuple[Word, ...]:
    """Return all words."""
    families = {family.name: family for family in CODE_FAMILIES}
    return tuple(_word(word, families[name], fixed) for word, (name, fixed) in PROGRAMS.items())


def corpus_rows(language: str) -> list[Row]:
    """Return the pairs that teach all words in `language`.

    For the control `prose` the same requests are answered by a sentence about the signature.
    """
    rows: list[Row] = []
    for word in all_words():
        rng = Random(f"{SEED}/words/{word.word}/instruction")
        for number, drawn in enumerate(word.taught):
            if language == PROSE:
                asked = instruction(drawn, rng.choice(CODE_LANGUAGES), rng, is_benchmark=False)
                output = describe_signature(word.family)
            else:
                asked = instruction(drawn, language, rng, is_benchmark=False)
                output = fenced(whole_code(drawn, language), language)
            rows.append(
                {
                    "id": f"starter-words-{language}-{word.word}-{number}",
                    "instruction": asked,
                    "input": "",
                    "output": output,
                    "language": language,
                    "family": word.word,
                }
            )
    Random(f"{SEED}/words/order").shuffle(rows)
    return rows


def benchmark_rows(language: str) -> list[Row]:
    """Return the problems of `language`; words alternate."""
    rows: list[Row] = []
    for turn in range(PROBLEMS_PER_WORD):
        for word in all_words():
            task_id = f"starter-words-{language}/{len(rows)}"
            row = problem_row(word.asked[turn], language, task_id, f"{SEED}/{word.word}/{turn}")
            rows.append(row | {"group": word.word})
    return rows
