"""Families about order: sorted parts, ranks, positions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tools.starter.families.domains import (
    COMPARISONS,
    DIGITS,
    OPERATIONS,
    PREDICATES,
    TENS,
)
from tools.starter.families.family import CodeFamily


def _ranked(c: Any, k: int, f: Any, xs: tuple[int, ...]) -> int:
    found = [x for x in xs if len([y for y in xs if c.between(y, x)]) == k]
    result: int = f.of(found[0]) if found else k
    return result


def _two_best(k: int, f: Any, xs: tuple[int, ...]) -> int:
    result: int = f.of(sorted([k, k, *xs])[-2])
    return result


def _climb(c: Any, k: int, f: Any, xs: tuple[int, ...]) -> list[int]:
    best = max if ">" in c.text else min
    before = [best([k, *xs[:i]]) for i in range(len(xs))]
    return [f.of(x) for x, so_far in zip(xs, before, strict=True) if c.between(x, so_far)]


FAMILIES = (
    CodeFamily(
        name="in_order",
        takes="xs: list -> bool",
        domains={"c": COMPARISONS, "f": OPERATIONS},
        wordings=(
            "Tell whether each element of xs is {c} {f:the next element}.",
            "Check that in xs each element is {c} {f:the one after it}.",
            "Return true if every x in xs is {c} {f:y} for the y that follows, else false.",
        ),
        program="""
            for i in range(1, len(xs)):
                if not {c:xs[i - 1],{f:xs[i]}}:
                    return False
            return True
        """,
        meaning=lambda c, f, xs: all(c.between(x, f.of(y)) for x, y in pairwise(xs)),
    ),
    CodeFamily(
        name="ascending",
        takes="xs: naturals -> list",
        domains={"k": DIGITS, "t": TENS},
        wordings=(
            "Sort the elements of xs from {k} up to, but not including, {t}; smallest first.",
            "Return in ascending order the numbers in xs that are at least {k} and below {t}.",
            "List the values of xs that are not less than {k} but less than {t}, sorted upwards.",
        ),
        program="""
            result = []
            for y in range({k}, {t}):
                for x in xs:
                    if x == y:
                        result.append(x)
            return result
        """,
        meaning=lambda k, t, xs: sorted(x for x in xs if k <= x < t),
    ),
    CodeFamily(
        name="nth",
        takes="xs: list -> int",
        domains={"c": COMPARISONS[:2], "k": DIGITS[:5], "f": OPERATIONS},
        wordings=(
            "Return {f:x} for the first x in xs with {k} elements {c} x, else {k}.",
            "Find the first x in xs that has {k} elements {c} it: return {f:x}, or {k}.",
            "Search xs for an x with {k} elements {c} x; return {f:x}, without one {k}.",
        ),
        program="""
            for x in xs:
                count = 0
                for y in xs:
                    if {c:y,x}:
                        count += 1
                if count == {k}:
                    return {f:x}
            return {k}
        """,
        meaning=_ranked,
    ),
    CodeFamily(
        name="steps",
        takes="xs: list -> int",
        domains={"c": COMPARISONS, "f": OPERATIONS},
        wordings=(
            "Count the elements of xs that are {c} the one before, then {f}.",
            "Return how many x in xs are {c} the element before them; {f}.",
            "Find how often in xs an element is {c} the one it follows, and {f}.",
        ),
        program="""
            count = 0
            for i in range(1, len(xs)):
                if {c:xs[i],xs[i - 1]}:
                    count += 1
            return {f:count}
        """,
        meaning=lambda c, f, xs: f.of(sum(c.between(y, x) for x, y in pairwise(xs))),
    ),
    CodeFamily(
        name="descending",
        takes="xs: naturals -> list",
        domains={"t": TENS, "p": PREDICATES},
        wordings=(
            "Sort the elements of xs that are at most {t} and {p}, largest first.",
            "Return in descending order the numbers in xs up to {t} that are {p}.",
            "List the values of xs that are not over {t} and are {p}, sorted downwards.",
        ),
        program="""
            result = []
            for y in range({t}, -1, -1):
                for x in xs:
                    if x == y and {p:x}:
                        result.append(x)
            return result
        """,
        meaning=lambda t, p, xs: sorted((x for x in xs if x <= t and p.holds(x)), reverse=True),
    ),
    CodeFamily(
        name="second",
        takes="xs: list -> int",
        domains={"k": DIGITS, "f": OPERATIONS},
        wordings=(
            "Start with best and second at {k}; find the second largest element of xs, then {f}.",
            "Return the second largest of xs, where {k} stands for what is missing; {f}.",
            "Take the two largest of xs, none less than {k}, and to the second {f}.",
        ),
        program="""
            best = {k}
            second = {k}
            for x in xs:
                if x > best:
                    second = best
                    best = x
                elif x > second:
                    second = x
            return {f:second}
        """,
        meaning=_two_best,
    ),
    CodeFamily(
        name="climbing",
        takes="xs: list -> list",
        domains={"c": COMPARISONS, "k": DIGITS, "f": OPERATIONS},
        wordings=(
            "List {f:x} for each x in xs that is {c} {k} and all listed before.",
            "Start with best at {k}; whenever an x in xs is {c} best, take it and list {f:x}.",
            "Keep the x in xs that are {c} {k} and the last one kept; return each as {f:x}.",
        ),
        program="""
            result = []
            best = {k}
            for x in xs:
                if {c:x,best}:
                    best = x
                    result.append({f:x})
            return result
        """,
        meaning=_climb,
    ),
)
