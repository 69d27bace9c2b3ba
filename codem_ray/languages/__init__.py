"""The registry of languages, in the order of the paper."""

from __future__ import annotations

from collections.abc import Mapping

from codem_ray.entry_points import collect, nearest, unknown_name
from codem_ray.errors import ConfigError
from codem_ray.languages import c, cpp, go, html, java, javascript, python, typescript
from codem_ray.languages.spec import LanguageSpec, ProcessLayout
from codem_ray.languages.spellings import Spellings

ENTRY_POINT_GROUP = "codem_ray.languages"
"""Entry points of this group name a `LanguageSpec` that another package adds."""

_BUILT_IN = (python, javascript, typescript, c, cpp, java, go, html)
LANGUAGES: Mapping[str, LanguageSpec] = collect(
    ENTRY_POINT_GROUP, LanguageSpec, (module.LANGUAGE for module in _BUILT_IN)
)
"""Languages by name: the built-in ones, then those of other packages."""
PAGES = frozenset(
    name for name, spec in LANGUAGES.items() if spec.process_layout is ProcessLayout.PAGES
)
"""Languages whose answers are pages, not programs."""
SPELLINGS = Spellings(LANGUAGES.values())
"""Languages by the names in label fields, fence tags and file names."""


def language(name_or_alias: str) -> LanguageSpec:
    """Return the language that a name means, in any common spelling.

    Raises:
        ConfigError: No language has it; the message names the nearest one.
    """
    found = SPELLINGS.of_label(name_or_alias) or ()
    if len(found) == 1:
        return LANGUAGES[found[0]]
    wanted = name_or_alias.strip().lower()
    names = [name for spec in LANGUAGES.values() for name in (spec.name, *spec.aliases)]
    raise ConfigError(
        unknown_name(
            f"no language is called {name_or_alias!r}",
            LANGUAGES,
            suggestions=nearest(wanted, names),
        )
    )


def related_pairs() -> Mapping[frozenset[str], str]:
    """Return the pairs of related languages, each with the reason."""
    return {
        frozenset((name, other)): reason
        for name, spec in LANGUAGES.items()
        for other, reason in spec.related.items()
    }


__all__ = [
    "ENTRY_POINT_GROUP",
    "LANGUAGES",
    "PAGES",
    "SPELLINGS",
    "LanguageSpec",
    "language",
    "related_pairs",
]
