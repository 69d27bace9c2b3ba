"""Taking scripts out of pages."""

import pytest

from codem_ray.corpora.html_scripts import without_scripts


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>a</p>\n<script>alert('</p>')</script>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
        ('<SCRIPT src="x.js"></SCRIPT ><b>', "<b>"),
        ("<p>a<script>never closed <p>", "<p>a"),
        ('<button class="x" onclick="go(\'>\')" id=a>', '<button class="x" id=a>'),
        ("<body onload=go() ONERROR='x'>", "<body>"),
        ("<a href='javascript:go()' title=b>", "<a title=b>"),
        ('<a title="say onclick=now" online>', '<a title="say onclick=now" online>'),
        ("if a < b and onclick=3 > 2", "if a < b and onclick=3 > 2"),
        ("<p>on = 1 onclick='x'</p>", "<p>on = 1 onclick='x'</p>"),
    ],
)
def test_scripts_go_and_all_else_stays(page: str, left: str) -> None:
    assert without_scripts(page) == left


@pytest.mark.parametrize("text", ["<a" * 5000, "<" + "a" * 50000, "<script " * 2000])
def test_tags_that_never_end_are_left_as_they_are(text: str) -> None:
    """Took minutes to days, since each could end anywhere."""
    assert without_scripts(text) == text
