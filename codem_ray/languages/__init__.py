"""The registry of languages, in the order of the paper."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType

import codem_ray.languages.html as html
from codem_ray.errors import ConfigError
from codem_ray.languages import c, cpp, go, java, javascript, python, typescript
from codem_ray.languages.spec import LanguageSpec

ENTRY_POINT_GROUP = "codem_ray.languages"
"""Entry points of this group name a `LanguageSpec` that another package adds."""

_OWN = (python, javascript, typescript, c, cpp, java, go, html)


def _collect() -> Mapping[str, LanguageSpec]:
    known = {module.LANGUAGE.name: module.LANGUAGE for module in _OWN}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        spec = entry.load()
        if not isinstance(spec, LanguageSpec):
            raise ConfigError(
                f"entry point {entry.name} of {ENTRY_POINT_GROUP} gives a "
                f"{type(spec).__name__}; a LanguageSpec is expected"
            )
        if spec.name in known:
            raise ConfigError(
                f"entry point {entry.name} of {ENTRY_POINT_GROUP} adds the language "
                f"{spec.name}, which exists already; rename it"
            )
        known[spec.name] = spec
    return MappingProxyType(known)


LANGUAGES: Mapping[str, LanguageSpec] = _collect()
"""Languages by name: the built-in ones, then those of other packages."""


def language(name_or_alias: str) -> LanguageSpec:
    """Return the language with a name or alias, ignoring case.

    Raises:
        ConfigError: No language has it; the message names the nearest one.
    """
    wanted = name_or_alias.strip().lower()
    for spec in LANGUAGES.values():
        if wanted == spec.name or wanted in spec.aliases:
            return spec
    names = [name for spec in LANGUAGES.values() for name in (spec.name, *spec.aliases)]
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else "."
    raise ConfigError(
        f"no language is called {name_or_alias!r}{hint} Known: {', '.join(LANGUAGES)}."
    )


__all__ = ["ENTRY_POINT_GROUP", "LANGUAGES", "LanguageSpec", "language"]
