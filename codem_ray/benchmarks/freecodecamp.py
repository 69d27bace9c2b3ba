"""freeCodeCamp's HTML and CSS challenges: change a page until its assertions hold."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.records import Problem

# jsdom computes no cascade, inheritance, sizes or positions; these assertions need a browser.
_LAYOUT = re.compile(
    r"\.(?:css|width|height|(?:inner|outer)(?:Width|Height)|offset|position|scroll(?:Top|Left))\("
    r"|\bgetComputedStyle\b|\bgetBoundingClientRect\b|\bmatchMedia\b"
    r"|\.(?:offset|client|scroll)(?:Width|Height|Top|Left)\b|:visible\b|:hidden\b"
)
# A published solution is a program that assigns the page to `code`.
_SOLUTION = re.compile(r'\s*var\s+code\s*=\s*("(?:[^"\\]|\\.)*")\s*;?\s*', re.S)
_CODE = re.compile(r"<code>(.*?)</code>", re.S)
_EXAMPLE = re.compile(r"<blockquote>(.*?)</blockquote>", re.S)
_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|ul|table)>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [
        _problem(spec, challenge, block)
        for row in rows
        for challenge, block in _challenges(row)
        # The projects at the end of a block have neither a page nor tests.
        if challenge.values.get("files")
    ]


def _challenges(row: BenchmarkRow) -> list[tuple[BenchmarkRow, str]]:
    block, challenges = row.text("name"), row.values.get("challenges")
    if not isinstance(challenges, list) or not all(isinstance(item, dict) for item in challenges):
        raise DataError(f"{row.location}: field 'challenges' must be a list of objects")
    name = re.sub(r"[^a-z0-9]+", "-", block.lower()).strip("-")
    return [
        (BenchmarkRow(f"{row.source}, challenge {item.get('id')}", row.line, item), name)
        for item in challenges
    ]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow, block: str) -> Problem:
    seed, tests = _seed(row), _tests(row)
    task_id = f"{block}/{row.text('id')}"
    paragraphs = [plain_text(text) for text in (row.text("title"), *row.texts("description"))]
    request = "\n\n".join(text for text in paragraphs if text)
    requirements = "\n".join(f"- {plain_text(text)}" for _, text in tests)
    prompt = (
        f"<!--\nChange this page:\n\n{_inside_comment(seed)}\n\n{_inside_comment(request)}\n\n"
        f"It is checked that:\n{_inside_comment(requirements)}\n\n"
        "The whole page after the change:\n-->\n"
    )
    scripts = [script for script, _ in tests]
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=spec.language,
        prompt=prompt,
        instruction=(
            f"Change this HTML page as described below, and give the whole page.\n\n{request}\n\n"
            f"It is checked that:\n{requirements}\n\nThe page:\n```html\n{seed}\n```"
        ),
        tests=json.dumps({"kind": "assertions", "scripts": scripts}, ensure_ascii=False),
        reference=_reference(row),
        broken=(seed + "\n",),
        licence=spec.licence,
        options={"needs": "browser"} if any(map(_LAYOUT.search, scripts)) else {},
    )


def _seed(row: BenchmarkRow) -> str:
    files = row.values["files"]
    page = files.get("indexhtml") if isinstance(files, Mapping) else None
    lines = page.get("contents") if isinstance(page, Mapping) else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise DataError(f"{row.location}: field 'files' must hold the lines of 'indexhtml'")
    return "\n".join(lines)


def _tests(row: BenchmarkRow) -> list[tuple[str, str]]:
    """Return each assertion with its requirement in words."""
    tests: Any = row.values.get("tests")
    if not isinstance(tests, list) or not tests:
        raise DataError(f"{row.location}: field 'tests' must be a list of assertions")
    found = []
    for number, test in enumerate(tests, start=1):
        if not isinstance(test, dict):
            raise DataError(f"{row.location}: assertion {number} of 'tests' must be an object")
        assertion = BenchmarkRow(f"{row.source}, assertion {number}", row.line, test)
        found.append((assertion.text("testString"), assertion.text("text")))
    return found


def _reference(row: BenchmarkRow) -> str | None:
    solutions = row.texts("solutions")
    if not solutions:
        return None
    program = _SOLUTION.fullmatch(solutions[0])
    if program is None:
        return solutions[0]
    try:
        # Escapes that JSON does not know (\x41, \') are refused, not guessed.
        return str(json.loads(program[1], strict=False))
    except json.JSONDecodeError as error:
        raise DataError(f"{row.location}: field 'solutions': {error}") from error


def plain_text(markup: str) -> str:
    """Return the curriculum's text without markup: code in backticks, examples in fences."""
    text = _LINE_END.sub("\n", markup.replace("<hr>", "\n"))
    text = _EXAMPLE.sub(lambda found: f"\n```\n{found[1].strip()}\n```\n", text)
    text = _CODE.sub(lambda found: f"`{found[1]}`", text)
    # Tags go before entities are decoded, because examples show tags as entities.
    text = html.unescape(_TAG.sub("", text)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _inside_comment(text: str) -> str:
    return text.replace("-->", "-- >").replace("--!>", "--! >")


FAMILY = BenchmarkFamily(
    title="freeCodeCamp curriculum",
    fields=frozenset({"name", "challenges"}),
    language_of=lambda row: "html",
    benchmarks=(
        BenchmarkSpec(
            name="freecodecamp-html",
            language="html",
            title="freeCodeCamp HTML and CSS challenges (2018)",
            licence="CC-BY-SA-4.0",
            use=ANY_USE,
            file="freecodecamp-html",
            build=_build,
            num_problems=184,
            notes=(
                "on no hub: the folder holds the curriculum's files, one for each block",
                (
                    "problems whose assertions look at computed styles or sizes are judged in "
                    "headless Chromium; without it they are reported as not run"
                ),
                (
                    "51 references, all as programs that set `code`; the unsolved pages are the "
                    "controls"
                ),
                (
                    "its pages and texts are share-alike: a model tuned on them may have to carry "
                    "the licence on"
                ),
            ),
        ),
    ),
)
