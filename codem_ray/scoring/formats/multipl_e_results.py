"""Read MultiPL-E's files: one JSON object for each problem, with its completions or its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import Row, UnusableRow, broken, read_rows, unanswered

_SPELLINGS = {"go_test.go": "go", "notypes.py": "python"}
"""MultiPL-E's own names of languages, which are suffixes of files."""


def results_path(path: Path) -> Path:
    """Return where MultiPL-E's evaluator writes the results of a file of completions."""
    name = path.name.removesuffix(".gz").removesuffix(".json")
    return path.with_name(name + ".results.json" + (".gz" if path.suffix == ".gz" else ""))


def _matches(head: FileHead) -> bool:
    return head.has_row(lambda row: {"prompt", "tests", "language"} <= row.keys() and _is_made(row))


def _is_made(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("completions"), list) or isinstance(row.get("results"), list)


def _read(path: Path) -> Iterator[Entry]:
    judged = results_path(path)
    results = [row for row in read_rows(judged) if isinstance(row, Row)] if judged.exists() else []
    verdicts = [row.fields.get("results") for row in results]
    for row, judgements in zip_longest(read_rows(path), verdicts):
        if row is None:
            return
        if isinstance(row, UnusableRow):
            yield row
        elif isinstance(row.fields.get("completions"), list):
            yield from _entries(row, row.fields["completions"], judgements)
        else:
            found = row.fields.get("results") or []
            yield from _entries(row, [_completion(row, one) for one in found], found)


def _entries(row: Row, texts: list[Any], judgements: Any) -> Iterator[Entry]:
    if not texts:
        yield unanswered(row.location, "has no completions yet")
    statuses = [_status(one) for one in judgements] if isinstance(judgements, list) else []
    for text, status in zip_longest(texts, statuses[: len(texts)]):
        if not isinstance(text, str):
            yield broken(row.location, "a completion is no text")
            continue
        yield WrittenCompletion(
            location=row.location,
            possible_ids=(str(row.fields.get("name", "")),),
            prompt=str(row.fields["prompt"]) if "prompt" in row.fields else None,
            text=text,
            language=_SPELLINGS.get(str(row.fields["language"]), str(row.fields["language"])),
            fields={"completion": text},
            passed=None if status is None else status == "OK",
        )


def _status(judgement: object) -> str | None:
    status = judgement.get("status") if isinstance(judgement, Mapping) else None
    return status if isinstance(status, str) else None


def _completion(row: Row, judgement: Any) -> str | None:
    """Return the completion in the program of a result: its text between prompt and tests."""
    program = judgement.get("program") if isinstance(judgement, Mapping) else None
    if not isinstance(program, str):
        return None
    prompt, tests = str(row.fields.get("prompt", "")), str(row.fields.get("tests", ""))
    return program.removeprefix(prompt).removesuffix(tests).removesuffix("\n")


MULTIPL_E = CompletionFormat(
    name="MultiPL-E problem",
    description="a JSON object with name, language, prompt, tests, and completions or results",
    matches=_matches,
    read=_read,
)
