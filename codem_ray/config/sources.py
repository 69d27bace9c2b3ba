"""The sources of a sweep: languages, sequences, mixtures, controls and external models."""

from __future__ import annotations

import difflib
from typing import Annotated

from pydantic import Field

from codem_ray.config.fields import DISTINCT, Name, Section, language_name
from codem_ray.languages import LANGUAGES
from codem_ray.records import PromptStyle

MIXED, UNION, BASE, PROSE, SHUFFLED = "mixed", "union", "base", "prose", "shuffled"
SPECIAL_SOURCES = (BASE, MIXED, UNION, PROSE, SHUFFLED)


class ExternalModel(Section):
    """A model trained elsewhere that gets a row of the matrix."""

    name: Name
    model: str
    """Hub id or local folder."""
    revision: str | None = None
    """Pinned commit of a hub id."""
    styles: Annotated[tuple[PromptStyle, ...], Field(min_length=1), DISTINCT] = (
        PromptStyle.INSTRUCTION,
    )
    """Prompt styles in which the model is asked."""


LanguageOrSpecial = Annotated[str, Field(examples=[*SPECIAL_SOURCES, *LANGUAGES])]
"""Editors offer the examples; aliases of languages are accepted too."""
Source = LanguageOrSpecial | tuple[str, ...] | ExternalModel
"""A tuple is a sequence: one model is tuned on these languages one after another."""


def canonical_source(source: Source) -> Source:
    """Return a source with canonical language names; ValueError when it is not a valid source."""
    if isinstance(source, ExternalModel):
        if source.name in SPECIAL_SOURCES or source.name in LANGUAGES:
            raise ValueError(f"name: {source.name!r} is the name of a source; choose another")
        return source
    if isinstance(source, tuple):
        if len(source) < 2:
            raise ValueError(f"a sequence needs at least two languages, not {list(source)}")
        names = tuple(language_name(name) for name in source)
        if len(set(names)) < len(names):
            raise ValueError(f"a sequence may have each language once only, not {list(source)}")
        return names
    if source in SPECIAL_SOURCES:
        return source
    try:
        return language_name(source)
    except ValueError as error:
        nearest = difflib.get_close_matches(source, SPECIAL_SOURCES, n=1)
        if not nearest:
            raise
        raise ValueError(f"no source is called {source!r}; did you mean {nearest[0]!r}?") from error


def source_name(source: Source) -> str:
    """Return the readable name of a source, as in the matrix and in `trial_id`."""
    if isinstance(source, ExternalModel):
        return source.name
    return source if isinstance(source, str) else "-then-".join(source)
