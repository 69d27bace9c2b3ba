"""Wording that messages share."""

from __future__ import annotations

import pytest

from codem_ray.wording import first_line, last_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The actor died.\n\tip: 10.0.0.2\n  Its process was killed.\n\n",
            "Its process was killed.",
        ),
        ("", "ValueError('')"),
        (" \n", "ValueError(' \\n')"),
    ],
)
def test_the_last_line_of_an_error_is_never_empty(text: str, expected: str) -> None:
    assert last_line(ValueError(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("one\ntwo", "one"), ("\n  \n two \nthree", "two"), (" \n", "")]
)
def test_the_first_line_is_one_with_text(text: str, expected: str) -> None:
    assert first_line(text) == expected
