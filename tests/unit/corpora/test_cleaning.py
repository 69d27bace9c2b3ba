"""Checks of single pairs."""

import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from example_pairs import make_pair

from codem_ray.config import CleaningOptions
from codem_ray.corpora.cleaning import Cleaner
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.records import Problem

CODE = (
    "def total(numbers):\n    result = 0\n    for n in numbers:\n        result += n\n    return n"
)
RUN = "one two three four five six seven eight nine ten"


def pair(
    response: str = CODE, *, instruction: str = "Add.", language: str = "python", number: int = 0
) -> Pair:
    return make_pair(number, instruction, response, language)


def problem(**changes: str) -> Problem:
    fields = {"benchmark": "b", "task_id": "b/1", "language": "python", "prompt": "", "tests": ""}
    return Problem(**{**fields, "instruction": "", **changes})


def drop_of(
    *pairs: Pair, problems: tuple[Problem, ...] = (), **options: object
) -> DroppedRow | None:
    """Return the result of checking the last pair."""
    cleaner = Cleaner(problems, CleaningOptions.model_validate(options))
    return [cleaner.check(pair) for pair in pairs][-1]


def dropped(pair_id: str, reason: DropReason, detail: str, *, benchmark: str = "") -> DroppedRow:
    return DroppedRow.of(pair(number=int(pair_id)), reason, detail, benchmark=benchmark)


def test_each_pair_gets_its_own_reason() -> None:
    cleaner = Cleaner((), CleaningOptions())
    found = [cleaner.check(p) for p in (pair(number=0), pair("  ", number=1), pair(number=2))]
    assert [drop and drop.reason for drop in found] == [
        None,
        DropReason.EMPTY_ANSWER,
        DropReason.DUPLICATE,
    ]


def test_a_pair_of_a_million_characters_is_too_long() -> None:
    drop = drop_of(pair("x = 1\n" * 170_000))
    assert drop == dropped("0", DropReason.TOO_LONG, "1020004 characters")
    assert drop_of(pair("x = f(1)\n" * 10_000), max_characters=None) is None


@pytest.mark.parametrize(
    ("response", "language"),
    [
        ("```python\ndef f():\n    return 1\n", "python"),
        ("def f(a):\n    if a:", "python"),
        ("def f(a):\n    return [a,", "python"),
        ("def f(a):\n    return g(a, 'x'", "python"),
        ("function f(a) {\n  if (a) {\n    return 1;", "javascript"),
        ("int f(int a) {\n  for (int i = 0; i < a; i++) {\n    g(i);", "c"),
        ("<html><body><p>Text", "html"),
        ("<div>\n<p class='a", "html"),
    ],
)
def test_a_cut_off_answer_is_truncated(response: str, language: str) -> None:
    drop = drop_of(pair(response, language=language))
    assert drop is not None
    assert drop.reason is DropReason.TRUNCATED, drop
    assert drop.detail
    kept = drop_of(pair(response, language=language), truncated=False, max_error_share=1.0)
    assert kept is None


@pytest.mark.parametrize(
    ("response", "language"),
    [
        ("No, Java has no pointers, and references cannot be computed with.", "java"),
        ("The answer is 5.", "python"),
        ("gcc -o a a.c", "c"),
        ('{"a": 1}', "html"),
        ("```python\nThis is no code at all, is it?\n```", "python"),
    ],
)
def test_an_answer_that_is_not_code_does_not_parse(response: str, language: str) -> None:
    drop = drop_of(pair(response, language=language))
    assert drop is not None
    assert drop.reason is DropReason.DOES_NOT_PARSE, drop
    assert drop_of(pair(response, language=language), max_error_share=None) is None


@pytest.mark.parametrize(
    ("response", "language"),
    [
        (f"Here it is:\n\n```python\n{CODE}\n```\n\nIt prints (say) the sum", "python"),
        ("```python\nx = f(1)\n```\n\nwhich prints\n\n```text\nthe sum is (\n```", "python"),
        ("def f():\n    ...\n", "python"),
        ('#include <stdio.h> \n \nint main() \n{ \n    printf("x"); \n}', "c"),
        ("std::vector<int> v;\nv.push_back(1);", "cpp"),
        ("public int f() {\n    return 1;\n}", "java"),
        ("func f() int {\n\treturn 1\n}", "go"),
        ("<li>one</li>\n<li>two</li>", "html"),
        ("Prose has no grammar (and no brackets to close", "prose"),
        ("const f = (a) => {\n  // ...\n};\n", "typescript"),
    ],
)
def test_snippets_and_prose_around_fences_are_kept(response: str, language: str) -> None:
    assert drop_of(pair(response, language=language)) is None


def test_duplicates_are_found_despite_white_space() -> None:
    other = CODE.replace("\n", "\n\n") + "\n"
    drop = drop_of(pair(), pair(other, instruction=" Add. ", number=1))
    assert drop == dropped("1", DropReason.DUPLICATE, "of 0")
    assert drop_of(pair(), pair(number=1), duplicates=False, near_duplicates=None) is None


def test_near_duplicates_are_found_within_one_language() -> None:
    # All words differ, so the shared fraction of runs is known.
    words = [f"w{number}" for number in range(200)]
    first = pair("x = '" + " ".join(words) + "'")
    near = replace(first, id="1", response="x = '" + " ".join([*words, "w200", "w201"]) + "'")
    drop = drop_of(first, near)
    assert drop is not None
    assert drop.reason is DropReason.NEAR_DUPLICATE
    assert drop.detail.endswith("% of 0")
    far = replace(first, id="2", response="x = '" + " ".join(words[:100] + ["v"] * 100) + "'")
    assert drop_of(first, far) is None
    assert drop_of(first, near, near_duplicates=None) is None
    script = replace(near, language="javascript")
    assert drop_of(first, script) is None


def test_ten_shared_words_of_a_prompt_or_instruction_are_contamination() -> None:
    for field in ("prompt", "instruction"):
        planted = problem(**{field: f"Zero: {RUN.upper()}!"})
        drop = drop_of(pair(instruction=f"Do {RUN}, eleven."), problems=(planted,))
        assert drop == dropped("0", DropReason.CONTAMINATED, f"b b/1: words {RUN!r}", benchmark="b")
        nine = RUN.removesuffix(" ten")
        assert drop_of(pair(instruction=f"Do {nine}."), problems=(planted,)) is None


def test_twenty_shared_words_of_a_reference_are_contamination() -> None:
    words = " ".join(f"w{number}" for number in range(25))
    planted = problem(reference=f"x = '{words}'")
    found = drop_of(pair(f"y = '{words}'"), problems=(planted,))
    assert found is not None
    assert found.reason is DropReason.CONTAMINATED
    assert drop_of(pair(f"y = '{words[: words.index(' w15')]}'"), problems=(planted,)) is None


def test_a_renamed_function_of_a_reference_is_contamination() -> None:
    planted = problem(
        prompt="def summed(xs):\n    '''Adds.'''\n",
        reference="    s = 0  # all\n    for x in xs:\n        if x > 1:\n            s += x * x\n"
        "    print(s)\n    return s - 2\n",
    )
    copied = (
        "def other(values):\n    acc = 0\n\n    for value in values:\n        if value > 1:\n"
        "            acc += value * value\n    print(acc)\n    return acc - 2\n"
    )
    drop = drop_of(pair(copied), problems=(planted,))
    assert drop is not None
    assert drop.reason is DropReason.CONTAMINATED
    assert drop.detail == "b b/1: function 'other' equals 'summed' except for names"
    assert drop_of(pair(copied.replace("- 2", "- 3")), problems=(planted,)) is None


def test_memory_does_not_grow_with_the_texts() -> None:
    def many(count: int) -> Iterator[Pair]:
        for number in range(count):
            # 10 KB a pair, if texts were kept.
            yield pair(f"x{number} = {number}\n" + "# y\n" * 2_500, number=number)

    def check(pairs: Iterable[Pair]) -> None:
        cleaner = Cleaner((), CleaningOptions(near_duplicates=None, max_error_share=None))
        for checked in pairs:
            cleaner.check(checked)

    def growth(count: int) -> int:
        check(many(10))
        tracemalloc.start()
        check(many(count))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert growth(800) - growth(100) < 700 * 150
