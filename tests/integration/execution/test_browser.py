"""Pages whose tests read computed styles and sizes are judged in the real browser."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import (
    find_tool,
    missing_browser,
    missing_toolchains,
    readable_root,
)
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.protocol import Command

HTML = LANGUAGES["html"]
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.browser,
    pytest.mark.skipif(
        bool(missing_toolchains([HTML])) or missing_browser(HTML) is not None,
        reason="node, its packages or headless Chromium are missing: `codem-ray doctor`",
    ),
]
GREEN = "assert($('h1').css('color') === 'rgb(0, 128, 0)', 'not green')"


@pytest.fixture(scope="module")
def executor() -> Executor:
    limits = dataclasses.replace(HTML.limits, cpu_seconds=3.0, wall_seconds=6.0)
    return Executor(BubblewrapSandbox(), limits={"html": limits}, uses_cache=False)


def problem(*scripts: str) -> Problem:
    return Problem(
        benchmark="unit",
        task_id="0",
        language="html",
        prompt="<!-- Make it green. -->\n",
        instruction="",
        tests=json.dumps({"kind": "assertions", "scripts": scripts}),
        options={"needs": "browser"},
    )


def judge(executor: Executor, *pages: str, scripts: Sequence[str] = (GREEN,)) -> list[Verdict]:
    asked = problem(*scripts)
    return executor.execute([Job(problem=asked, answer=page) for page in pages])


def outcomes(verdicts: Sequence[Verdict]) -> list[Outcome]:
    return [verdict.outcome for verdict in verdicts]


PASSED, WRONG = Outcome.PASSED, Outcome.WRONG_ANSWER


def test_styles_follow_the_cascade(executor: Executor) -> None:
    verdicts = judge(
        executor,
        "<style>body { color: green }</style><h1>inherited</h1>",
        "<style>h1 { color: red !important }</style><h1 style='color: green'>important</h1>",
        "<style>@media (min-width: 100px) { h1 { color: green } }</style><h1>wide enough</h1>",
        "<style>@media (min-width: 9000px) { h1 { color: green } }</style><h1>too wide</h1>",
        "<style>:root { --it: green } h1 { color: var(--it) }</style><h1>variable</h1>",
        "<style>:is(#a, p) ~ h1:not(.b) { color: #008000 }</style><p>1</p><h1>selector</h1>",
        "<p>no heading</p>",
    )
    assert outcomes(verdicts) == [PASSED, WRONG, PASSED, WRONG, PASSED, PASSED, WRONG]
    assert verdicts[1].message == "not green"
    assert verdicts[0].checks_done == 1
    assert verdicts[0].peak_memory_bytes > 50 << 20


def test_pages_are_laid_out(executor: Executor) -> None:
    scripts = [
        "assert.equal($('.a').width(), 300, 'width')",
        "assert.approximately($('.b').offset().left, 308, 0.5, 'place')",
        "assert.equal(getComputedStyle(document.querySelector('.b')).fontSize, '32px')",
    ]
    style = "<style>.f { display: flex } .a { width: 300px } .b { font-size: 2em }</style>"
    page = style + "<div class=f><div class=a></div><div class=b>x</div></div>"
    verdicts = judge(executor, page, page.replace("flex", "block"), scripts=scripts)
    assert outcomes(verdicts) == [PASSED, WRONG]
    assert verdicts[0].checks_done == 3
    # A class is case-sensitive in standards mode but not without a document type.
    quirks = "<style>.HEAD { color: green }</style><h1 class=head>x</h1>"
    assert outcomes(judge(executor, quirks, "<!DOCTYPE html>" + quirks)) == [PASSED, WRONG]


def test_a_page_affects_neither_its_tests_nor_other_pages(executor: Executor) -> None:
    red = "<style>h1 { color: red }</style><h1>red</h1>"
    green = red.replace("red }", "green }")
    hostile = [
        red + "<script>document.querySelector('h1').style.color = 'green'</script>",
        red + "<img src=x onerror=\"document.querySelector('h1').style.color = 'green'\">",
        red + "<script>window.assert = () => {}; Array.prototype.push = null</script>",
        red + "<script>getComputedStyle = () => ({ color: 'rgb(0, 128, 0)' })</script>",
        red + "<svg onload=\"document.querySelector('h1').style.color = 'green'\"></svg>",
        red + f'<iframe srcdoc="<script>parent.document.body.innerHTML = `{green}`</script>">',
        f'<meta http-equiv="refresh" content="0; url=data:text/html,{green}">' + red,
        red + "<form name=querySelectorAll></form>",
        red + "<form><input name=nodeType></form>",
    ]
    pages = [page for bad in hostile for page in (bad, green)]
    verdicts = judge(executor, *pages)
    wrong = outcomes(verdicts)[0::2]
    assert wrong == [WRONG] * len(hostile)
    assert "hides the member" in verdicts[-2].message
    assert outcomes(verdicts)[1::2] == [PASSED] * len(hostile)


def test_the_prompt_is_not_part_of_the_page_and_a_pass_needs_a_check(executor: Executor) -> None:
    asked = problem("assert.equal(code, '<h1>x</h1>')")
    page = asked.prompt + "<h1>x</h1>"
    jobs = [Job(problem=one, answer=page) for one in (asked, problem("1 + 1"))]
    assert outcomes(executor.execute(jobs)) == [PASSED, WRONG]


@pytest.mark.slow
def test_a_slow_page_does_not_change_the_verdicts_of_others(executor: Executor) -> None:
    green = "<style>h1 { color: green }</style><h1>x</h1>"
    scripts = [GREEN, "while (document.querySelector('[data-loop]')) {} assert(true)"]
    pages = [green, green + "<p data-loop>", green + "<p>last"]
    assert outcomes(judge(executor, *pages, scripts=scripts)) == [PASSED, Outcome.TIMEOUT, PASSED]


def test_a_browser_that_does_not_start_is_not_a_failure_of_the_page(
    executor: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, without = toolchain_digest(HTML, uses_browser=True), toolchain_digest(HTML)
    broken = tmp_path / "bin" / "chromium"
    broken.parent.mkdir()
    broken.write_text('#!/bin/sh\necho Broken 1.0\n[ "$1" = --version ] || exit 1\n')
    broken.chmod(0o755)
    modules = find_tool("jsdom").parent
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(tmp_path))
    (tmp_path / modules.parent.name).symlink_to(modules.parent)
    [verdict] = judge(executor, "<h1 style='color: green'>x</h1>")
    assert verdict.outcome is Outcome.INFRASTRUCTURE_ERROR
    assert "the browser did not start" in verdict.message
    assert toolchain_digest(HTML, uses_browser=True) != digest
    assert toolchain_digest(HTML) == without


PROBE = """
import socket, sys
for family in sys.argv[1:]:
    try:
        socket.socket(int(family), socket.SOCK_DGRAM).close()
        print("opened", family)
    except OSError as error:
        print(error.errno)
"""


def test_the_browsers_sandbox_has_unix_sockets_and_no_network(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    python = find_tool("cpython")
    families = ("1", "2", "10", "16", "17")
    command = Command(
        argv=(str(python), "-I", "-S", "-c", PROBE, *families),
        directory=tmp_path,
        readable=readable_root(python),
    )
    sandbox = BubblewrapSandbox()
    usual = sandbox.run(command).stdout.decode().split("\n")[:-1]
    assert usual == ["1"] * 5, sys.version
    wide = dataclasses.replace(command, needs_unix_sockets=True)
    assert sandbox.run(wide).stdout.decode().split("\n")[:-1] == ["opened 1", *["1"] * 4]
