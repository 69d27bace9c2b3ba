"""Families about order: sorted parts, ranks, what stands where."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from codem_ray.starter.families.domains import (
    COMPARISONS,
    DIGITS,
    OPERATIONS,
    PREDICATES,
    TENS,
)
from codem_ray.starter.families.family import CodeFamily


def _ranked(c: Any, k: int, f: Any, xs: tuple[int, ...]) -> int:
    found = [x for x in xs if len([y for y in xs if c.between(y, x)]) == k]
    result: int = f.of(found[0]) if found else k
    return result


def _two_best(k: int, f: Any, xs: tuple[int, ...]) -> int:
    result: int = f.of(sorted([k, k, *xs])[-2])
    return result


def _insert(p: Any, k: int, xs: tuple[int, ...]) -> list[int]:
    at = next((i for i, x in enumerate(xs) if p.holds(x)), len(xs))
    return [*xs[:at], k, *xs[at:]]


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
        name="parted",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "List the elements x of xs that are {p}, after them {f:x} for the others.",
            "Return first the numbers in xs that are {p}, then {f:x} for each other x.",
            "Put the values of xs which are {p} in front, then {f:x} for all others.",
        ),
        program="""
            result = []
            for x in xs:
                if {p:x}:
                    result.append(x)
            for x in xs:
                if not {p:x}:
                    result.append({f:x})
            return result
        """,
        meaning=lambda p, f, xs: [
            *(x for x in xs if p.holds(x)),
            *(f.of(x) for x in xs if not p.holds(x)),
        ],
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
        name="insert",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "k": DIGITS},
        wordings=(
            "Insert {k} before the first element of xs that is {p}, or at the end.",
            "Return xs with {k} put in front of the first x that is {p}, else behind all.",
            "Copy xs; write {k} before the first value which is {p}, at the latest last.",
        ),
        program="""
            result = []
            found = False
            for x in xs:
                if {p:x} and not found:
                    result.append({k})
                    found = True
                result.append(x)
            if not found:
                result.append({k})
            return result
        """,
        meaning=_insert,
    ),
)
