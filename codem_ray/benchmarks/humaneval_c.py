"""HumanEval in C from LLM4Decompile, with prompts derived from HumanEval-X."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.prompt_wording import instruction
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.languages.source_code import mask
from codem_ray.records import Problem

_DOCSTRINGS = humaneval_x.FAMILY.by_language()["python"]
_SIGNATURE = re.compile(r"^[A-Za-z_][\w\s*]*?\b(?P<name>func\d+)\s*\([^;{}]*\)\s*\{[ \t]*\n?", re.M)


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    docs: dict[int, tuple[str, str]] = {}
    for row in source.rows(_DOCSTRINGS.file, _DOCSTRINGS.hub_path):
        parts = humaneval_x.split_prompt(row, row.text("prompt"), "python")
        docs[_number(row)] = (parts.entry_point, row.text("text"))
    return [_problem(spec, row, docs) for row in rows]


def _number(row: BenchmarkRow) -> int:
    found = re.search(r"\d+\Z", str(row.values.get("task_id", "")))
    if found is None:
        raise DataError(
            f"{row.location}: field 'task_id' must end in the problem's number, found "
            f"{row.values.get('task_id')!r}"
        )
    return int(found.group())


def _problem(spec: BenchmarkSpec, row: BenchmarkRow, docs: dict[int, tuple[str, str]]) -> Problem:
    number, function = _number(row), row.text("c_func")
    task_id = f"C/{number}"
    if number not in docs:
        raise DataError(
            f"{row.location}: field 'task_id': {_DOCSTRINGS.name} has no problem {number} "
            "to take the docstring from"
        )
    entry = _SIGNATURE.search(mask(function, "c"))
    if entry is None:
        raise DataError(f"{row.location}: field 'c_func' defines no function called func<number>")
    python_name, python_doc = docs[number]
    doc = re.sub(rf"\b{python_name}\b", entry["name"], _dedent_text(python_doc))
    head, signature = function[: entry.start()], function[entry.start() : entry.end()]
    comment = "/*\n" + doc.replace("*/", "* /") + "\n*/\n"
    prompt = head.rstrip() + "\n\n" + comment + signature.rstrip() + "\n"
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=spec.language,
        prompt=prompt,
        instruction=instruction("c", signature, doc),
        tests=_OWN_TESTS.get(task_id, row.text("c_test")),
        reference=function[entry.end() :],
        context=head.strip() + "\n",
        entry_point=entry["name"],
        licence=spec.licence,
        common_id=f"HumanEval/{number}",
    )


def _dedent_text(doc: str) -> str:
    return "\n".join(line.removeprefix("    ").rstrip() for line in doc.strip().splitlines())


_OWN_TESTS = {
    "C/69": """\
#include <assert.h>

int main() {
    int alternating[] = {4, 1, 4, 1, 4, 4};
    int too_few[] = {5, 5, 4, 4, 4};
    int ones[] = {1, 2, 3, 4};
    int enough[] = {2, 3, 3, 2, 3, 6, 6};
    int above[] = {3, 3, 3, 3, 2, 2};
    int many[] = {6, 6, 6, 6, 6, 6, 2, 2};
    int no_one[] = {2, 3, 3};
    assert(func0(alternating, 6) == 4);
    assert(func0(too_few, 5) == -1);
    assert(func0(ones, 4) == 1);
    assert(func0(enough, 7) == 3);
    assert(func0(above, 6) == 3);
    assert(func0(many, 8) == 6);
    assert(func0(no_one, 3) == -1);
    return 0;
}
""",
    "C/74": """\
#include <assert.h>

int main() {
    char *none[] = {"", ""};
    char *short_one[] = {"ab", "c"};
    char *long_one[] = {"abcd", "e"};
    char *same_total[] = {"a", "b", "c"};
    char *single[] = {"abcdef"};
    assert(func0(none, 0, short_one, 2) == none);
    assert(func0(short_one, 2, none, 2) == none);
    assert(func0(short_one, 2, long_one, 2) == short_one);
    assert(func0(long_one, 2, short_one, 2) == short_one);
    assert(func0(short_one, 2, same_total, 3) == short_one);
    assert(func0(same_total, 3, short_one, 2) == same_total);
    assert(func0(single, 1, same_total, 3) == same_total);
    return 0;
}
""",
}
"""Replacements for published tests that check nothing: those of C/69 declare arrays and never call
the function, those of C/74 discard the results of their comparisons."""

FAMILY = BenchmarkFamily(
    title="LLM4Decompile's HumanEval in C",
    fields=frozenset({"task_id", "c_func", "c_test"}),
    language_of=lambda row: "c",
    benchmarks=(
        BenchmarkSpec(
            name="humaneval-c",
            language="c",
            title="HumanEval in C (LLM4Decompile)",
            licence="MIT",
            use=ANY_USE,
            file="humaneval-c/humaneval-c.jsonl",
            build=_build,
            num_problems=164,
            id_aliases=("HumanEval", ""),
            notes=(
                (
                    "derived prompt: the set has none, so the docstring of the HumanEval-X Python "
                    "problem of the same number is joined to the C signature; its examples are in "
                    "Python syntax, the C parameters (sizes, output pointers) are not described"
                ),
                "C/69 and C/74 have tests of our own: the published ones check nothing",
                "on no hub: the file comes from the LLM4Decompile repository",
            ),
        ),
    ),
)
