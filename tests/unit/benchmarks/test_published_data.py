"""Checks on the published files in the folder that CODEM_RAY_DATA names."""

from __future__ import annotations

import os
import re

import pytest

from codem_ray.benchmarks import BENCHMARKS, DATA_VARIABLE, find, is_local, load
from codem_ray.benchmarks.family import MAX_QUARANTINED_SHARE
from codem_ray.extraction.answers import extract_answer, whole_answer
from codem_ray.languages.source_code import mask
from codem_ray.records import PromptStyle

pytestmark = pytest.mark.skipif(
    DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} does not name a data folder"
)
COUNTS = {
    **{f"humaneval-x-{name}": 164 for name in ("python", "cpp", "java", "js", "go")},
    "multipl-e-ts": 159,
    "humaneval-c": 164,
    "mceval-java": 53,
    "freecodecamp-html": 184,
    **{
        f"mceval-{name}": 50
        for name in ("python", "javascript", "typescript", "c", "cpp", "go", "html")
    },
}
# Extraction cuts these references, because they go on after the function: an include for the
# tests, repeated declarations, or front matter without any HTML.
CUT = {
    "humaneval-x-cpp": {"CPP/94"},
    "mceval-html": {"HTML/16"},
    "mceval-c": {"C/10", "C/27", "C/47", "C/49", "C/50"},
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_row_becomes_a_problem(name: str) -> None:
    problems = load(name)
    assert len(problems) == COUNTS[name] == find(name).num_problems
    quarantined = [p for p in problems if p.quarantine]
    assert len(quarantined) <= MAX_QUARANTINED_SHARE * len(problems)
    assert {p.task_id for p in quarantined} == set(find(name).quarantine)
    for problem in problems:
        assert problem.licence
        assert problem.entry_point or problem.language == "html"
        words = {"javascript": "JavaScript", "typescript": "TypeScript", "cpp": "C++"}
        wanted = words.get(problem.language, problem.language.capitalize())
        assert wanted.lower() in problem.instruction.split("\n")[0].lower()
        assert "\n" in problem.instruction.strip()


# freeCodeCamp's references are fragments, not pages: they hold only what is asserted.
@pytest.mark.parametrize("name", [name for name in COUNTS if name != "freecodecamp-html"])
def test_references_are_extracted_unchanged(name: str) -> None:
    def code(text: str | None, language: str) -> str:
        return re.sub(r"\s+", "", mask(text or "nothing", language, keep_strings=True))

    changed = set()
    for problem in load(name):
        if problem.reference is None:
            continue
        wanted = code(whole_answer(problem, problem.reference), problem.language)
        completed = extract_answer(problem, problem.reference, PromptStyle.COMPLETION)
        tag = "c++" if problem.language == "cpp" else problem.language
        chatty = (
            f"Sure, here's the code:\n\n```{tag}\n{problem.prompt}{problem.reference}\n```\n"
            "It's done; enjoy."
        )
        fenced = extract_answer(problem, chatty, PromptStyle.INSTRUCTION)
        if wanted not in (code(completed, problem.language),):
            changed.add(problem.task_id)
        if problem.task_id not in CUT.get(name, ()):
            assert code(fenced, problem.language) == wanted, problem.task_id
    assert changed == CUT.get(name, set())


def test_instructions_do_not_contain_the_reference() -> None:
    for name in BENCHMARKS:
        if name.startswith(("humaneval", "multipl")) and is_local(name):
            for problem in load(name):
                reference = re.sub(r"\s+", "", problem.reference or "")
                assert len(reference) < 60 or reference not in re.sub(
                    r"\s+", "", problem.instruction
                )
