"""How the entries under `sources:` become canonical."""

from __future__ import annotations

import pytest

from codem_ray.config import sources


def test_a_language_that_resembles_a_special_source_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sources, "language_name", lambda name: name)
    assert sources.canonical_source("bash") == "bash"


def test_a_misspelt_special_source_gets_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean 'base'"):
        sources.canonical_source("bash")
