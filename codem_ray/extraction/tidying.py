"""Removes from a program what disturbs the tests: examples, its main function, its own tests."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from codem_ray.extraction.needed import needed_names
from codem_ray.languages.source_code import ParsedSource, defined_names, source_of
from codem_ray.languages.syntax_trees import is_comment
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
    rules = source.rules
    repeated = {rules.main} | defined_names(problem.tests, problem.language)
    repeated -= defined_names(problem.prompt, problem.language)
    repeated -= defined_names(problem.context, problem.language)
    found = []
    for node in source.statements:
        bound = source.names_in(node) if node.type not in rules.imports else set()
        is_test = rules.tests is not None and rules.tests.search(source.blanked(node))
        if not bound & needed and (is_test or (bound and bound <= repeated)):
            found.append(node)
    return found


def _repeated(source: ParsedSource) -> list[Node]:
    """Return the statements that repeat an earlier one or define its functions again."""
    if source.rules.is_indented:
        # A later definition replaces an earlier one.
        return []
    seen: set[tuple[str, ...]] = set()
    found = []
    for node in source.statements:
        if source.names_in(node) and not node.type.startswith("preproc_if"):
            body = source.body_of_function(node)
            end = body.start_byte if body is not None else node.end_byte
            head = tuple(source.slice(node.start_byte, end).split())
            if head in seen:
                found.append(node)
            seen.add(head)
    return found


def _demonstrations(source: ParsedSource, entry: str | None, needed: set[str]) -> list[Node]:
    """Return the statements that show how an answer is used, and those that depend on them."""
    rules = source.rules
    assert rules.demonstrations is not None
    call = re.compile(rf"(?<![\w.]){re.escape(entry)}\s*\(" if entry else r"(?!)")
    starters = {
        name
        for name, node, _ in source.definitions
        if name != entry and (_STARTERS.fullmatch(name) or call.search(source.blanked(node)))
    }
    dropped: list[Node] = []
    unbound: set[str] = set()
    for node in source.statements:
        bound = source.names_in(node)
        is_function = node.type in rules.functions | {"decorated_definition"}
        if is_comment(node) or node.type in rules.imports or node.is_error or entry in bound:
            continue
        # A function that the answer calls may write to the console, too.
        if is_function and (not bound or bound & needed):
            continue
        # A function that a statement defines is not executed; one that it passes on may be.
        code = source.blanked(node, inside=rules.functions if bound else frozenset())
        words = set(re.findall(r"[^\W\d]\w*", code))
        calls_entry = not bound & needed and call.search(source.blanked(node))
        shows_use = rules.demonstrations.search(code) or call.search(code)
        if calls_entry or shows_use or (not bound and words & starters) or words & unbound:
            dropped.append(node)
            unbound |= bound
    return dropped


def _unused_imports(source: ParsedSource, dropped: list[Node]) -> list[Node]:
    """Return the imports, or parts of them, that only dropped statements used."""
    imports: dict[Node, set[str]] = {}
    for name, node, statement in source.definitions:
        if "import" in node.type:
            imports.setdefault(statement, set()).add(name)
            imports.setdefault(node, set()).add(name)
    gone = set(dropped)
    used, used_there = set[str](), set[str]()
    for node in source.statements:
        if node not in imports:
            (used_there if node in gone else used).update(source.words(node))
    return [node for node, names in imports.items() if names <= used_there - used]
