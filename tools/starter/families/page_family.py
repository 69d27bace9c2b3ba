"""The type of a family of HTML pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from random import Random
from textwrap import dedent

from tools.starter.families.domains import Coded
from tools.starter.families.family import Parameters, Parametrised

PAGE_OPENING = '<!DOCTYPE html>\n<html lang="en">\n<body>\n'


@dataclass(frozen=True, kw_only=True)
class PageFamily(Parametrised):
    """Pages that differ in words, tags and attributes.

    `checks` are derived from the wording alone: `h1 = text` (the text of the only element),
    `li[] = a | b` (the texts of all, in order), `img@src = value`, and `tr# = 2` (their number).
    """

    body: str
    """The content of `body`."""
    checks: tuple[str, ...]

    @cached_property
    def _template(self) -> str:
        return dedent(self.body).strip("\n")

    def _filled(self, template: str, parameters: Parameters) -> str:
        values = {name: Coded(value) for name, value in zip(self.domains, parameters, strict=True)}
        return template.format(**values)

    def content(self, parameters: Parameters) -> list[str]:
        """Return the lines of the content of `body`."""
        return self._filled(self._template, parameters).split("\n")

    def assertions(self, parameters: Parameters) -> list[str]:
        """Return assertions on the document, one per line."""
        return [_assertion(self._filled(check, parameters)) for check in self.checks]

    def mutants(self, parameters: Parameters, rng: Random, count: int) -> list[Parameters]:
        """Choose `count` changed pages; the checks cover everything that can change."""
        found: list[Parameters] = []
        while len(found) < count:
            changed = self.mutate(parameters, rng)
            if changed not in found and self.content(changed) != self.content(parameters):
                found.append(changed)
        return found


def _assertion(check: str) -> str:
    where, _, wanted = check.partition(" = ")
    every = f"document.querySelectorAll({json.dumps(where.rstrip('[]#'))})"
    if where.endswith("#"):
        return f"assert.strictEqual({every}.length, {wanted});"
    if where.endswith("[]"):
        texts = json.dumps(wanted.split(" | "))
        return (
            f"assert.deepStrictEqual(Array.from({every}, (node) => node.textContent.trim()), "
            f"{texts});"
        )
    selector, _, attribute = where.partition("@")
    one = f"document.querySelector({json.dumps(selector)})"
    if not attribute:
        found = f"{one}.textContent.replace(/\\s+/g, ' ').trim()"
    elif wanted in ("true", "false"):
        return f"assert.strictEqual({one}.hasAttribute({json.dumps(attribute)}), {wanted});"
    else:
        found = f"{one}.getAttribute({json.dumps(attribute)})"
    return f"assert.strictEqual({found}, {json.dumps(wanted)});"


def page_head(description: str | None) -> str:
    """Return the text before the content of `body`."""
    return ("" if description is None else f"<!-- {description} -->\n") + PAGE_OPENING


def page_tail(lines: list[str]) -> str:
    """Return the content of `body` and the end of the page."""
    return "\n".join([*(f"    {line}" for line in lines), "</body>", "</html>", ""])
