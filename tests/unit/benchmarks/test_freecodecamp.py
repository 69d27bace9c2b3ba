"""Curriculum files of freeCodeCamp become problems in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.benchmarks.freecodecamp import plain_text
from codem_ray.errors import DataError
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import Unit


def challenge(**fields: Any) -> dict[str, Any]:
    return {
        "id": "a1",
        "title": "Make a Heading",
        "description": ["Use <code>&lt;h1&gt;</code>.", "<hr>", "Write one &amp; only one."],
        "tests": [{"text": "One <code>h1</code>.", "testString": "assert($('h1').length == 1)"}],
        "files": {"indexhtml": {"contents": ["<!-- here -->", "<h2>Old</h2>"]}},
        "solutions": ['var code = "<h1 class=\\"x\\">New</h1>\\n<p>é</p>";'],
        **fields,
    }


def write(folder: Path, *challenges: dict[str, Any], name: str = "Basic HTML") -> Path:
    path = folder / "basic.json"
    project = {"id": "p", "title": "Project", "description": [], "tests": []}
    path.write_text(json.dumps({"name": name, "challenges": [project, *challenges]}, indent=2))
    return path


def test_a_challenge_becomes_a_problem(tmp_path: Path) -> None:
    [problem] = load(write(tmp_path, challenge()))
    assert problem.task_id == "basic-html/a1"
    assert problem.reference == '<h1 class="x">New</h1>\n<p>é</p>'
    assert problem.broken == ("<!-- here -->\n<h2>Old</h2>\n",)
    assert problem.options == {}
    for text in (problem.instruction, problem.prompt):
        assert "Make a Heading\n\nUse `<h1>`.\n\nWrite one & only one." in text
        assert "- One `h1`." in text
        assert "<h2>Old</h2>" in text
    # The comment in the page does not end the comment that holds the request.
    assert problem.prompt.count("-->") == 1
    assert problem.prompt.endswith("-->\n")
    unit = Unit(name="u", problem=problem, answer=whole_answer(problem, "<h1>New</h1>"))
    assert LANGUAGES["html"].assemble(unit)["page.html"] == "<h1>New</h1>"


@pytest.mark.parametrize(
    ("script", "needs"),
    [
        ("assert($('h1').css('color') == 'red')", {"needs": "browser"}),
        ("assert($('h1').width() == 1)", {"needs": "browser"}),
        ("assert(getComputedStyle(document.body).margin)", {"needs": "browser"}),
        ("assert(document.body.offsetTop == 1)", {"needs": "browser"}),
        ("assert($('p:visible').length)", {"needs": "browser"}),
        ("assert(code.match(/width: 1px/) && $('p').attr('width') && $('p').is('b'))", {}),
    ],
)
def test_assertions_that_need_a_browser_are_recognised(
    tmp_path: Path, script: str, needs: dict[str, str]
) -> None:
    tests = [{"text": "It.", "testString": "assert(code)"}, {"text": "It.", "testString": script}]
    [problem] = load(write(tmp_path, challenge(tests=tests)))
    assert problem.options == needs


def test_all_files_of_a_folder_are_read_and_solutions_may_be_pages(tmp_path: Path) -> None:
    folder = tmp_path / "freecodecamp-html"
    folder.mkdir()
    write(folder, challenge(solutions=["<h1>x</h1>"]), challenge(id="a2", solutions=[]))
    (folder / "other.json").write_text(
        json.dumps({"name": "CSS", "challenges": [challenge()]}, indent=1)
    )
    problems = load("freecodecamp-html", data_dir=tmp_path)
    assert [p.task_id for p in problems] == ["basic-html/a1", "basic-html/a2", "css/a1"]
    assert [p.reference is None for p in problems] == [False, True, False]
    assert problems[0].reference == "<h1>x</h1>"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tests": []}, r"challenge a1, line 1: field 'tests' must be a list of assertions"),
        ({"tests": [{"text": "x"}]}, r"assertion 1, line 1: field 'testString' is missing"),
        ({"files": {"indexhtml": {}}}, r"field 'files' must hold the lines of 'indexhtml'"),
        ({"solutions": ['var code = "\\x41"']}, r"field 'solutions'"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        load(write(tmp_path, challenge(**fields)))


def test_an_empty_folder_and_broken_json_are_named(tmp_path: Path) -> None:
    (tmp_path / "freecodecamp-html").mkdir()
    with pytest.raises(DataError, match=r"holds no \.json or \.json\.gz file"):
        load("freecodecamp-html", data_dir=tmp_path)
    path = tmp_path / "freecodecamp-html" / "a.json"
    path.write_text('{\n "name": 1,\n}')
    with pytest.raises(DataError, match=r"a\.json, line 3: broken JSON"):
        load("freecodecamp-html", data_dir=tmp_path)


def test_examples_keep_the_tags_that_they_show() -> None:
    text = (
        "See:<blockquote>&lt;p&gt;<br>&nbsp;&nbsp;a &lt;b&gt;<br>&lt;/p&gt;</blockquote><b>Do</b>"
    )
    assert plain_text(text) == "See:\n```\n<p>\n  a <b>\n</p>\n```\nDo"
