"""MultiPL-E: HumanEval and MBPP translated to other languages by machine, without solutions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.family import (
    EVALUATION_ONLY,
    BenchmarkFamily,
    BenchmarkSpec,
    language_field,
)
from codem_ray.benchmarks.prompt_wording import instruction, uncomment
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.records import Problem

# MultiPL-E's evaluator calls `tsc --target esnext`. The prompts and tests declare `require`
# themselves, which clashes with Node's own types.
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "typescript": {"skipLibCheck": "true", "target": "esnext", "module": "commonjs", "types": ""}
}
_NUMBERED = re.compile(r"(HumanEval|mbpp)_(\d+)_")
_COLLECTIONS = {"HumanEval": "HumanEval", "mbpp": "Mbpp"}
_SIGNATURE = re.compile(r"^function\s+(?P<name>\w+)[^\n]*\{[ \t]*\n?\Z", re.M)
_JAVA_CLASS = "Solution"
"""Extraction gives this name to the class of an answer, which the prompts call `Problem`."""


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    prompt, language = row.text("prompt"), spec.language
    # Rows from the hub have no `task_id`; their name is the id.
    task_id = row.text("task_id" if "task_id" in row.values else "name")
    parts = (
        _typescript_parts(row, prompt)
        if language == "typescript"
        else humaneval_x.split_prompt(row, prompt, language)
    )
    collection, number = _numbered(row)
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=language,
        prompt=prompt,
        instruction=instruction(language, parts.signature, parts.doc, given=parts.given),
        tests=_TESTS.get(language, _as_written)(row.text("tests"), parts),
        context=parts.imports,
        entry_point=parts.entry_point,
        licence=spec.licence,
        common_id=f"{collection}/{number}" if number else "",
        # A stop token that is the function's last brace would take it from the answer.
        stop=tuple(stop for stop in row.texts("stop_tokens") if stop.strip() != "}"),
        options=dict(_OPTIONS.get(language, {})),
    )


def _typescript_parts(row: BenchmarkRow, prompt: str) -> humaneval_x.Parts:
    entry = _SIGNATURE.search(prompt)
    if entry is None:
        raise DataError(f"{row.location}: field 'prompt' ends in no function's signature")
    before = prompt[: entry.start()].splitlines(keepends=True)
    comment = "".join(line for line in before if line.startswith("//"))
    given = "".join(line for line in before if not line.startswith("//"))
    return humaneval_x.Parts("", given, uncomment(comment), entry.group(), entry["name"])


def _numbered(row: BenchmarkRow) -> tuple[str, str]:
    name = str(row.values.get("name") or row.values.get("task_id") or "")
    found = _NUMBERED.match(name)
    return (_COLLECTIONS[found[1]], found[2]) if found else ("", "")


# A program of MultiPL-E is prompt, completion and tests, one after the other, so the tests of some
# languages begin with the brace that ends the function. Here they are a source of their own.


def _as_written(tests: str, parts: humaneval_x.Parts) -> str:
    return tests


def _cpp_tests(tests: str, parts: humaneval_x.Parts) -> str:
    """Return a main function that calls the entry point by its name."""
    own = re.sub(r"\A\s*\}\s*", "", tests)
    own = re.sub(
        rf"^[ \t]*auto\s+candidate\s*=\s*{parts.entry_point}\s*;[ \t]*\n", "", own, flags=re.M
    )
    return parts.imports + re.sub(r"\bcandidate\b(?=\s*\()", parts.entry_point, own)


def _java_tests(tests: str, parts: humaneval_x.Parts) -> str:
    """Return a class Main, in place of a method main of the answer's class."""
    own = re.sub(r"\A\s*\}\s*", "", tests)
    call = rf"(?<![\w.]){parts.entry_point}(?=\s*\()"
    qualified = re.sub(call, f"{_JAVA_CLASS}.{parts.entry_point}", own)
    return f"{parts.imports}public class Main {{\n    {qualified}"


def _go_tests(tests: str, parts: humaneval_x.Parts) -> str:
    own = re.sub(r"\A\s*\}\s*", "", tests)
    return f"package main\n\n{parts.imports}\n{own}"


_TESTS: Mapping[str, Callable[[str, humaneval_x.Parts], str]] = {
    "cpp": _cpp_tests,
    "java": _java_tests,
    "go": _go_tests,
}

_SUFFIXES = {
    "ts": "typescript",
    "js": "javascript",
    "java": "java",
    "cpp": "cpp",
    "go": "go",
    "py": "python",
}
"""Languages by the suffix that MultiPL-E gives their files."""
_TITLES = {"humaneval": "MultiPL-E HumanEval", "mbpp": "MultiPL-E MBPP"}
_NO_REFERENCES = "has no reference solutions: the reference gate runs only sentinels"
_NOTES = {
    "humaneval-ts": (
        "159 problems: HumanEval 32, 38, 50, 137 and 148 are not translated to TypeScript",
    ),
}
_NUM_PROBLEMS = {
    "humaneval-ts": 159,
    "humaneval-js": 161,
    "humaneval-java": 158,
    "humaneval-cpp": 161,
    "humaneval-go": 154,
    "mbpp-ts": 390,
    "mbpp-js": 397,
    "mbpp-java": 386,
    "mbpp-cpp": 397,
    "mbpp-go": 374,
}
"""As the card of nuprl/MultiPL-E on the hub states them: not every problem can be translated."""
_QUARANTINE = {
    "humaneval-ts": {
        "HumanEval_92_any_int": "the tests ask for true of (3, 4, 7) and for false of "
        "(3.0, 4, 7), which are the same call in TypeScript"
    },
}


def _spec(collection: str, suffix: str) -> BenchmarkSpec:
    file = f"{collection}-{suffix}"
    return BenchmarkSpec(
        name=f"multipl-e-{suffix}" if collection == "humaneval" else f"multipl-e-{file}",
        language=_SUFFIXES[suffix],
        title=_TITLES[collection],
        licence="BSD-3-Clause; may not be used as training data",
        use=EVALUATION_ONLY,
        hub_id="nuprl/MultiPL-E",
        hub_file=f"{file}/test-00000-of-00001.parquet",
        file=f"multipl-e/{file}.jsonl",
        build=_build,
        num_problems=_NUM_PROBLEMS.get(file),
        quarantine=_QUARANTINE.get(file, {}),
        notes=(_NO_REFERENCES, *_NOTES.get(file, ())),
    )


def _language(row: BenchmarkRow) -> str:
    stated = language_field(row)
    return "go" if stated == "go_test.go" else stated


FAMILY = BenchmarkFamily(
    title="MultiPL-E",
    fields=frozenset({"name", "prompt", "tests", "stop_tokens"}),
    language_of=_language,
    # Python, which the others are translated from, is not on the hub.
    benchmarks=tuple(
        _spec(collection, suffix)
        for collection in _TITLES
        for suffix in _SUFFIXES
        if suffix != "py"
    ),
    file_benchmarks=tuple(_spec("humaneval", suffix) for suffix in _SUFFIXES),
)
