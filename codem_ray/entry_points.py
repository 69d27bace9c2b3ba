"""Registries that other packages extend by entry points."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Protocol, TypeVar

from codem_ray.errors import ConfigError


class Named(Protocol):
    """A value of a registry."""

    @property
    def name(self) -> str:
        """The key in the registry."""


T = TypeVar("T")
N = TypeVar("N", bound=Named)


def installed(group: str) -> Iterator[EntryPoint]:
    """Yield the entry points of a group, sorted by name."""
    yield from sorted(entry_points(group=group), key=lambda entry: entry.name)


def load_entry(entry: EntryPoint, kind: type[T]) -> T:
    """Return the value of an entry point.

    Raises:
        ConfigError: The value cannot be loaded or is not of the expected type.
    """
    try:
        value = entry.load()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        # SystemExit too: a module that calls sys.exit would end the command without a message.
        raise ConfigError(
            f"entry point {entry.name} of {entry.group} cannot be loaded "
            f"({type(error).__name__}: {error}); repair or uninstall the package that adds it"
        ) from error
    if not isinstance(value, kind):
        raise ConfigError(
            f"entry point {entry.name} of {entry.group} is of type {type(value).__name__}, "
            f"not {kind.__name__}"
        )
    return value


def require_new(name: str, known: Iterable[str], entry: EntryPoint) -> None:
    """Raise ConfigError if the name that an entry point adds is already in use."""
    if name in known:
        raise ConfigError(
            f"entry point {entry.name} of {entry.group} adds {name!r}, a name that is already in "
            "use; choose another one"
        )


def collect(group: str, kind: type[N], built_in: Iterable[N]) -> Mapping[str, N]:
    """Return the values of a registry by name: the built-in ones, then the installed ones.

    Args:
        group: The entry-point group.
        kind: The type of the values.
        built_in: The values of this package, in the order of the registry.

    Raises:
        ConfigError: An entry point has a value of another type or a name that is in use.
    """
    known = {value.name: value for value in built_in}
    for entry in installed(group):
        value = load_entry(entry, kind)
        require_new(value.name, known, entry)
        known[value.name] = value
    return MappingProxyType(known)


def choose(known: Mapping[str, T], name: str, *, key: str, kind: str) -> T:
    """Return the value of a registry that a key of the sweep file names.

    Args:
        known: The registry.
        name: The value of the key.
        key: The key, as in `generation.engine`.
        kind: What the registry holds, for the message.

    Raises:
        ConfigError: The registry lacks the name.
    """
    if name in known:
        return known[name]
    text = f"{key} is {name!r}, but no {kind} has that name"
    message = unknown_name(text, known, suggestions=nearest(name, known))
    raise ConfigError(f"{message} Choose one of them, or install the package that adds it.")


def unknown_name(text: str, known: Iterable[str], *, suggestions: Iterable[str]) -> str:
    """Return an error message for a name that a registry lacks.

    Args:
        text: The beginning of the message, which quotes the name.
        known: The names to list.
        suggestions: The names that were probably meant, the best first; may be empty.
    """
    meant = " or ".join(suggestions)
    hint = f"; did you mean {meant}?" if meant else "."
    return f"{text}{hint} Known: {', '.join(known)}."


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.5) -> list[str]:
    """Return the known name that is most similar, or an empty list."""
    return difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
