"""Wording that messages share."""

from __future__ import annotations

import pytest

from codem_ray.wording import last_line


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
