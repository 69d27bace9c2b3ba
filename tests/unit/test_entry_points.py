"""Registries: the values of entry points, and the error for an unknown name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from codem_ray import entry_points as registry
from codem_ray.errors import ConfigError


@dataclass(frozen=True)
class Fruit:
    name: str


PLUM, SECOND_APPLE, NUMBER = Fruit("plum"), Fruit("apple"), 7


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    entries = [EntryPoint(name.lower(), f"{__name__}:{name}", "fruits") for name in names]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)


def test_installed_values_follow_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "PLUM")
    assert list(registry.collect("fruits", Fruit, [Fruit("apple")])) == ["apple", "plum"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("SECOND_APPLE", "adds 'apple', a name that is already in use"),
        ("NUMBER", "is of type int, not Fruit"),
        ("ABSENT", "cannot be loaded .AttributeError"),
    ],
)
def test_an_unusable_entry_point_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    install(monkeypatch, name)
    with pytest.raises(ConfigError, match=f"entry point {name.lower()} of fruits.*{message}"):
        registry.collect("fruits", Fruit, [Fruit("apple")])


def test_an_unknown_name_gets_a_suggestion_and_the_known_names() -> None:
    known = ["apple", "plum"]
    text = registry.unknown_name("no 'appel'", known, suggestions=registry.nearest("appel", known))
    assert text == "no 'appel'; did you mean apple? Known: apple, plum."
    assert registry.unknown_name("no 'xyz'", known, suggestions=[]) == (
        "no 'xyz'. Known: apple, plum."
    )
