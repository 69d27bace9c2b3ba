"""What models write around a solution in each language: helpers, imports, demos, tests, stubs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extra:
    """Code beside a solution, with a statement of the solution that fails without it."""

    before: str = ""
    use: str = ""
    after: str = ""
    imports: str = ""
    outside: str = ""
    """Code behind the program, outside its class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """The texts of one language. ENTRY stands for the entry point, CALL for a call of it."""

    tags: tuple[str, ...]
    """Fence tags; the first is the usual one."""
    helper: str
    use_helper: str
    extras: Mapping[str, Extra]
    """Kinds of code at the top of a program."""
    demo: Extra
    """A main program or calls that show the function; behind the solution."""
    own_tests: Mapping[str, Extra]
    """The model's own tests behind the solution."""
    stubs: tuple[str, ...]
    """Bodies that do nothing."""
    abort: str
    """A statement that ends the program, whatever the function returns."""
    other: str
    """Another whole function."""
    mention: str
    """An expression that names the entry point without a call."""
    comment: str = "//"
