"""Removes from a program what disturbs the tests: examples, its main function, its own tests."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from codem_ray.extraction.needed import names_by_statement, needed_names
from codem_ray.languages.source_code import ParsedSource, defined_names, is_comment, source_of
from codem_ray.records import Problem

if TYPE_CHECKING:
    from tree_sitter import Node

_STARTERS = re.compile(r"main|_?(?:run_?)?(?:self_?)?tests?|demo|examples?", re.IGNORECASE)
"""Names of functions that only show how an answer is used."""


def tidy(problem: Problem, code: str) -> str:
    """Return a program without what disturbs the tests, in the form that its language expects."""
    source = source_of(code, problem.language)
    entry = problem.entry_point
    needed = needed_names(source, entry) if entry else {name for name, _, _ in source.definitions}
    dropped = [node for node in source.statements if node.type in source.rules.dropped]
    dropped += _own_tests(problem, source, needed)
    if source.rules.demonstrations is not None:
        dropped += _demonstrations(source, entry, needed)
    dropped += _repeated(source)
    dropped += _unused_imports(source, dropped)
    code = source.without(dropped) if dropped else source.text
    hook = source.rules.tidy
    return load_hook(hook)(code, entry) if hook else code


@cache
def load_hook(name: str) -> Callable[..., str]:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    found: Callable[..., str] = getattr(importlib.import_module(module), function)
    return found


def _own_tests(problem: Problem, source: ParsedSource, needed: set[str]) -> list[Node]:
    """Return the main function, the model's tests, and definitions that the tests repeat."""
    rules, language = source.rules, problem.language
    repeated = defined_names(problem.tests, language) - defined_names(problem.prompt, language)
    if problem.context:
        repeated -= defined_names(problem.context, language)
    if rules.main is not None:
        repeated |= {rules.main}
    names = names_by_statement(
        one
        for one in source.definitions
        if one.node.type not in rules.imports and "import" not in one.node.type
    )
    found = []
    for node in source.statements:
        bound = names.get(node.start_byte, set())
        if bound & needed:
            continue
        is_test = rules.tests is not None and rules.tests.search(source.blanked(node))
        if is_test or (bound and bound <= repeated):
            found.append(node)
    return found


def _repeated(source: ParsedSource) -> list[Node]:
    """Return the statements that repeat an earlier one or define its functions again."""
    if source.rules.is_indented:
        # A later definition replaces an earlier one.
        return []
    seen: set[tuple[str, ...]] = set()
    found = []
    named = {d.statement.start_byte for d in source.definitions}
    for node in source.statements:
        if node.start_byte in named or node.type in source.rules.imports:
            body = source.body_of_function(node)
            end = body.start_byte if body is not None else node.end_byte
            head = tuple(source.slice(node.start_byte, end).split())
            if head in seen and not node.type.startswith("preproc_if"):
                found.append(node)
            seen.add(head)
    return found


def _demonstrations(source: ParsedSource, entry: str | None, needed: set[str]) -> list[Node]:
    """Return the statements that show how an answer is used, and those that depend on them."""
    rules = source.rules
    assert rules.demonstrations is not None
    call = re.compile(rf"(?<![\w.]){re.escape(entry)}\s*\(") if entry else None

    def shows(code: str) -> bool:
        assert rules.demonstrations is not None
        found = rules.demonstrations.search(code) or (call is not None and call.search(code))
        return bool(found)

    names = names_by_statement(source.definitions)
    starters = {
        name
        for name, node, _ in source.definitions
        if name != entry and (_STARTERS.fullmatch(name) or _shows_use(source, node, call))
    }
    dropped: list[Node] = []
    unbound: set[str] = set()
    for node in source.statements:
        if is_comment(node) or node.type in rules.imports or node.is_error:
            continue
        bound = names.get(node.start_byte, set())
        if not bound or entry not in bound:
            # A function that a statement defines is not executed; one that it passes on may be.
            code = source.blanked(node, inside=rules.functions if bound else frozenset())
            if not bound and node.type in rules.functions | {"decorated_definition"}:
                continue
            words = set(re.findall(r"[^\W\d]\w*", code))
            calls_entry = not bound & needed and _shows_use(source, node, call)
            if calls_entry or shows(code) or (not bound and words & starters) or words & unbound:
                dropped.append(node)
                unbound |= bound - {entry}
    return dropped


def _shows_use(source: ParsedSource, node: Node, call: re.Pattern[str] | None) -> bool:
    """Return whether a definition calls the entry point."""
    return call is not None and call.search(source.blanked(node)) is not None


def _unused_imports(source: ParsedSource, dropped: list[Node]) -> list[Node]:
    """Return the imports that only dropped statements used."""
    if not dropped:
        return []
    imports = [d for d in source.definitions if "import" in d.node.type]
    gone = {node.start_byte for node in dropped}
    used_there = set().union(*(source.words(node) for node in dropped))
    heads = {d.statement.start_byte for d in imports}
    kept = [n for n in source.statements if n.start_byte not in gone | heads]
    used = set().union(*(source.words(node) for node in kept))
    unused: dict[int, list[Node]] = {}
    all_of = names_by_statement(imports)
    for name, node, statement in imports:
        if name in used_there and name not in used:
            unused.setdefault(statement.start_byte, []).append(node)
    result = []
    for statement in source.statements:
        nodes = unused.get(statement.start_byte, [])
        names = all_of.get(statement.start_byte, set())
        if nodes and not any(name in used or name not in used_there for name in names):
            result.append(statement)
        else:
            result += [node for node in nodes if node != statement]
    return result
