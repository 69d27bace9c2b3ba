"""Completes the function that a prompt begins with the body in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import indent
from typing import TYPE_CHECKING

from codem_ray.extraction.needed import needed_statements
from codem_ray.languages.source_code import ParsedSource, mask, rules_of, source_of
from codem_ray.records import Problem

if TYPE_CHECKING:
    from tree_sitter import Node

_BRACE = re.compile(rb"[{}]")
_FIRST_COLUMN_OR_BRACKET = re.compile(rb"^\S|[()\[\]{}]", re.MULTILINE)


def continue_prompt(problem: Problem, text: str, *, entry_at: int | None) -> str | None:
    """Return the prompt and the function's body in a text, with later definitions that it uses.

    `entry_at` is the byte at which the text itself defines the entry point; a body must end before
    it. Lost indentation and lost last braces are restored. None if the text has no body.
    """
    if not text.strip():
        return None
    if rules_of(problem.language).is_indented:
        return _continue_indented(problem, text, entry_at)
    return _continue_braces(problem, text, entry_at)


def _with_used_definitions(problem: Problem, kept: str, rest: str) -> str:
    if not rest.strip():
        return kept
    program, later = source_of(kept, problem.language), source_of(rest, problem.language)
    without = [name for name in (problem.entry_point, program.rules.main) if name]
    found = needed_statements(program, [later], without=without)
    return kept + "".join(f"\n{statement}\n" for statement in found)


def cut_at_stops(problem: Problem, text: str) -> str:
    """Return a text up to the first of the problem's stop strings."""
    for stop in problem.stop:
        text = text.partition(stop)[0]
    return text


def _continue_indented(problem: Problem, text: str, entry_at: int | None) -> str | None:
    first = next(line for line in text.split("\n") if line.strip())
    if not first[0].isspace() and problem.prompt.endswith("\n"):
        if entry_at is not None:
            return None
        text = _indented_like(problem, text)
    text = cut_at_stops(problem, _indented_by_spaces(problem, text))
    source = source_of(problem.prompt + text, problem.language)
    end = _end_of_indented(source, len(problem.prompt.encode()))
    kept = source.slice(0, end).rstrip() + "\n"
    return _with_used_definitions(problem, kept, source.slice(end, len(source.code)))


def _end_of_indented(source: ParsedSource, start: int) -> int:
    """Return where code in the first column follows a position, outside of brackets."""
    depth = 0
    for found in _FIRST_COLUMN_OR_BRACKET.finditer(source.bare_code):
        at = found.start()
        is_first = at == 0 or source.code[at - 1 : at] == b"\n"
        if is_first and at >= start and depth <= 0 and source.code[at - 2 : at] != b"\\\n":
            return at
        depth += (found[0] in b"([{") - (found[0] in b")]}")
    return len(source.code)


def end_with(source: ParsedSource, definition: Node) -> str:
    """Return the text up to the end of a definition, which may be in a class."""
    start = definition.start_byte
    if source.rules.is_indented:
        return source.slice(0, _end_of_indented(source, start + 1)).rstrip() + "\n"
    end = next((end for end, depth in _block_ends(source, start) if depth <= 0), None)
    return source_of(
        source.text if end is None else source.slice(0, end) + "\n", source.language
    ).closed()


def block_ends(source: ParsedSource) -> Iterator[int]:
    """Yield the positions at which a top-level block ends, even if the tree has errors."""
    if source.rules.is_indented:
        yield from (line.start() for line in re.finditer(rb"(?<=\n)\S", source.bare_code))
    else:
        yield from (end for end, depth in _block_ends(source, 0) if depth == 0)


def _block_ends(source: ParsedSource, start: int) -> Iterator[tuple[int, int]]:
    """Yield the position after each closing brace from `start` on, and the depth from there."""
    depth = 0
    for brace in _BRACE.finditer(source.bare_code, start):
        depth += 1 if brace[0] == b"{" else -1
        if brace[0] == b"}":
            yield brace.end(), depth


def _indented_like(problem: Problem, text: str) -> str:
    """Restore the indentation of a body whose first line, or every line, lost it."""
    last = next((ln for ln in reversed(problem.prompt.split("\n")) if ln.strip()), "")
    unit = last[: len(last) - len(last.lstrip())] or "    "
    source = source_of(text, problem.language)
    returns = [
        node.end_byte
        for node in source.statements[1:]
        if node.type == "return_statement" and node.start_point[1] == 0
    ]
    if returns:
        # A `return` in the first column: every line up to it lost its indentation.
        body = indent(source.slice(0, returns[-1]), unit)
        return body + source.slice(returns[-1], len(source.code))
    lines = text.split("\n")
    code = [i for i, line in enumerate(lines) if line.strip()]
    following = lines[code[1]].expandtabs(4) if len(code) > 1 else unit
    depth = len(following) - len(following.lstrip())
    opens = lines[code[0]].rstrip().endswith(":")
    if depth > len(unit) or (depth == len(unit) and not opens):
        lines[code[0]] = unit + lines[code[0]]
        return "\n".join(lines)
    for i in code:
        if re.match(r"def |class |if __name__|@", lines[i]):
            break
        lines[i] = unit + lines[i]
    return "\n".join(lines)


def _indented_by_spaces(problem: Problem, text: str) -> str:
    """Replace the tabs that indent a body if the prompt is indented by spaces."""
    if re.search(r"^\t", problem.prompt, re.M) or not re.search(r"^ ", problem.prompt, re.M):
        return text
    if not re.search(r"^\t", text, re.M):
        return text
    # Tabs inside of strings are blanked, so they stay.
    blanked = mask(f"def f():\n{text}", problem.language).split("\n")[1:]
    lines = text.split("\n")
    for at, line in enumerate(blanked[: len(lines)]):
        tabs = len(line) - len(line.lstrip("\t"))
        lines[at] = "    " * tabs + lines[at][tabs:]
    return "\n".join(lines)


def _continue_braces(problem: Problem, text: str, entry_at: int | None) -> str | None:
    source = source_of(problem.prompt + text, problem.language)
    start = len(problem.prompt.encode())
    before = source.bare_code[:start]
    opened = before.count(b"{") - before.count(b"}")
    # The prompt may leave the brace of the body to the text.
    inside = opened - 1 if before.rstrip().endswith(b"{") else opened
    ends: list[tuple[int, int]] = []
    for end, change in _block_ends(source, start):
        if opened + change <= inside:
            ends.append((end, opened + change))
        if opened + change <= min(inside, 0):
            break
    if entry_at is not None and (not ends or start + entry_at < ends[0][0] - 1):
        return None
    if (stopped := cut_at_stops(problem, text)) != text:
        return _continue_braces(problem, stopped, None) if stopped.strip() else None
    if not ends:
        return _closed(source)
    end, depth = ends[-1]
    if depth > 0:
        # The class is still open, for example because a truncated method follows: close it.
        return source.slice(0, end) + "\n" + "}\n" * inside
    semicolon = re.compile(rb"[ \t]*;").match(source.code, end)
    end = semicolon.end() if semicolon else end
    kept = source.slice(0, end) + "\n"
    return _with_used_definitions(problem, kept, source.slice(end, len(source.code)))


def _closed(source: ParsedSource) -> str:
    """Restore the last braces, which a stop string cut off; return other texts unchanged."""
    closed = source.closed()
    return source.text if source_of(closed, source.language).error_bytes else closed
