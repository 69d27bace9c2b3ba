"""Removing scripts from pages."""

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
def test_only_scripts_are_removed(page: str, left: str) -> None:
    assert without_scripts(page) == left


@pytest.mark.parametrize("text", ["<a" * 5000, "<" + "a" * 50000, "<script " * 2000])
def test_unclosed_tags_are_kept_in_linear_time(text: str) -> None:
    """Patterns that backtrack took minutes to days on these."""
    assert without_scripts(text) == text
