"""Registries: the values of entry points, and the error for an unknown name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

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


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import pytest; pytest.skip('x', allow_module_level=True)", "Skipped: x"),
    ],
)
def test_module_that_ends_the_process_at_import_is_named(
    line: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaving_module.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("pear", "leaving_module:PEAR", "fruits")
    message = f"entry point pear of fruits cannot be loaded .{shown}.; repair or uninstall"
    with pytest.raises(ConfigError, match=message):
        registry.load_entry(entry, Fruit)


def test_ctrl_c_during_the_import_of_a_module_is_not_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_module.py").write_text("raise KeyboardInterrupt")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        registry.load_entry(EntryPoint("pear", "slow_module:PEAR", "fruits"), Fruit)


def test_an_unknown_name_gets_a_suggestion_and_the_known_names() -> None:
    known = ["apple", "plum"]
    text = registry.unknown_name("no 'appel'", known, suggestions=registry.nearest("appel", known))
    assert text == "no 'appel'; did you mean apple? Known: apple, plum."
    assert registry.unknown_name("no 'xyz'", known, suggestions=[]) == (
        "no 'xyz'. Known: apple, plum."
    )
