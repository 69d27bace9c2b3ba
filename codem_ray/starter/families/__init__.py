"""The problem families of the starter kit."""

from __future__ import annotations

from typing import Any

from codem_ray.starter.families.family import CodeFamily
from codem_ray.starter.families.loops import Digits, Series
from codem_ray.starter.families.numbers import Branch, Check, TwoSteps
from codem_ray.starter.families.pages import (
    Choice,
    Field,
    Heading,
    ItemList,
    Link,
    PageFamily,
    Picture,
    Section,
    Table,
)
from codem_ray.starter.families.sequences import CountElements, FoldElements, ScoreLetters

# Parameters have a different type in every family, and nothing outside a family looks inside.
CODE_FAMILIES: tuple[CodeFamily[Any], ...] = (
    TwoSteps(),
    Branch(),
    Check(),
    CountElements(),
    FoldElements(),
    ScoreLetters(),
    Series(),
    Digits(),
)
PAGE_FAMILIES: tuple[PageFamily, ...] = (
    Heading(),
    ItemList(),
    Table(),
    Field(),
    Link(),
    Picture(),
    Section(),
    Choice(),
)

__all__ = ["CODE_FAMILIES", "PAGE_FAMILIES"]
