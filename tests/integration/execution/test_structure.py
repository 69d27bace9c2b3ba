"""Pages are compared by their elements, attributes and text."""

from __future__ import annotations

import json

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain
REFERENCE = (
    '<form><input type="text" name="who" class="a b"><p>Two  words</p></form>'
    "<template><p>Inside</p></template><meta name=a content=b>"
)
SAME = (
    REFERENCE,
    REFERENCE.replace('type="text" name="who" class="a b"', "class=' b  a' name=who type=text"),
    REFERENCE.replace("  ", "\n\t").replace("<p>", "\n<p>\n"),
    f"<!DOCTYPE html><html><head></head><body><!-- here -->{REFERENCE}</body></html>",
)
OTHER = (
    REFERENCE.replace("Inside", "Outside"),
    REFERENCE.replace("Two  words", "Twowords"),
    REFERENCE.replace('name="who"', 'name="What"'),
    REFERENCE.replace(' class="a b"', ""),
    REFERENCE.replace("<p>Two", "<p>And</p><p>Two"),
    f'<body class="x">{REFERENCE}</body>',
    # A name that hides a member which the comparison uses.
    REFERENCE.replace("<p>Two", "<p>And</p><select name=childNodes><p>Two"),
    "",
)


def test_white_space_order_and_comments_do_not_count() -> None:
    if missing := missing_toolchains([LANGUAGES["html"]]):
        pytest.skip("; ".join(map(str, missing)))
    asked = Problem(
        benchmark="unit",
        task_id="0",
        language="html",
        prompt="",
        instruction="",
        tests=json.dumps({"kind": "structure", "reference": REFERENCE}),
    )
    jobs = [Job(problem=asked, answer=page) for page in (*SAME, *OTHER)]
    verdicts = Executor(open_sandbox("bubblewrap")).execute(jobs)
    expected = [Outcome.PASSED] * len(SAME) + [Outcome.WRONG_ANSWER] * len(OTHER)
    assert [verdict.outcome for verdict in verdicts] == expected, verdicts
