"""Adds missing imports, headers and helpers of the benchmark to an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from codem_ray.extraction.tidying import load_hook
from codem_ray.languages import LANGUAGES
from codem_ray.languages.source_code import mask, rules_of, source_of
from codem_ray.languages.spec import ProcessLayout
from codem_ray.records import Problem

_SUPPLIED = ("preproc_", "type_definition")
"""Types of nodes that the benchmark's context repeats, by their beginnings."""


def add_supplied_context(problem: Problem, answer: str) -> str:
    """Add the missing parts of the benchmark's context and the prompt's helpers to an answer.

    A helper that the prompt defines before the entry point is added if the answer defines nothing
    of that name, or if the tests call it: they must not check one function of the answer by
    another. Which imports are missing depends on the language.
    """
    context, language = problem.context, problem.language
    given = _helpers(problem.prompt, language, problem.entry_point or "")
    answer = _with_own_helpers_renamed(problem, answer, given)
    defined = {found.name for found in source_of(answer, language).definitions} if given else set()
    helpers = [code for name, code in given if name not in defined]
    hook = rules_of(language).add_context
    if hook is not None:
        return load_hook(hook)(answer, context, helpers)
    supplied = source_of(context, language)
    lines = [supplied.of(node).rstrip() for node in supplied.statements if node.is_named]
    present = {_without_blanks(line) for line in answer.splitlines()}
    missing = list(dict.fromkeys(line for line in lines if _without_blanks(line) not in present))
    return "".join(f"{line}\n" for line in missing) + _with_helpers(answer, language, helpers)


def _with_own_helpers_renamed(
    problem: Problem, answer: str, given: Iterable[tuple[str, str]]
) -> str:
    """Return an answer in which its own versions of the prompt's tested helpers have other names.

    Where the tests have a process of their own, they call the prompt's helpers anyway.
    """
    tested = {name: code for name, code in given if re.search(rf"\b{name}\b", problem.tests)}
    if not tested or LANGUAGES[problem.language].process_layout is not ProcessLayout.ALONE:
        return answer
    source = source_of(answer, problem.language)
    renamed = {
        found.name
        for found in source.definitions
        if found.name in tested
        # Tests and answer share their types.
        and ("function" in found.node.type or "method" in found.node.type)
        and _essence(source.of(found.node), problem) != _essence(tested[found.name], problem)
    }
    return source.renamed({name: f"{name}_of_answer" for name in renamed}) if renamed else answer


def _essence(code: str, problem: Problem) -> str:
    """Return code without comments and blanks."""
    return "".join(mask(code, problem.language, keep_strings=True).split())


@lru_cache(maxsize=1024)
def _helpers(prompt: str, language: str, entry_point: str) -> tuple[tuple[str, str], ...]:
    """Return the name and code of the definitions in a prompt before its entry point."""
    source = source_of(source_of(prompt, language).closed(), language)
    entries = [found.node for found in source.definitions if found.name == entry_point]
    if not entries:
        return ()
    inside = entries[-1]
    while inside.parent is not None and inside.type not in source.rules.bodies:
        inside = inside.parent
    scope = inside if inside.type in source.rules.bodies else source.root
    names = {found.node.start_byte: found.name for found in reversed(source.definitions)}
    names |= {found.statement.start_byte: found.name for found in reversed(source.definitions)}
    found = []
    for node in scope.children:
        if node.end_byte > entries[-1].start_byte:
            break
        is_supplied = node.type in source.rules.imports or node.type.startswith(_SUPPLIED)
        if node.start_byte in names and not is_supplied:
            found.append((names[node.start_byte], source.of_statement(node)))
    return tuple(found)


def _with_helpers(answer: str, language: str, helpers: list[str]) -> str:
    """Return an answer with helpers in front, or in the class that holds all methods."""
    blocks = "".join(f"{helper}\n\n" for helper in helpers)
    if not blocks or not rules_of(language).bodies:
        return blocks + answer
    source = source_of(answer, language)
    for name, node, _ in source.definitions:
        if name == "Solution" and (body := node.child_by_field_name("body")) is not None:
            cut = body.start_byte + 1
            return f"{source.slice(0, cut)}\n{blocks}{source.slice(cut, len(source.code))}"
    return answer


def _without_blanks(line: str) -> str:
    return "".join(line.partition("//")[0].split())
