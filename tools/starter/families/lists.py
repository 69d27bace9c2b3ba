"""Families that build a list."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tools.starter.families.domains import (
    DIGITS,
    DIVISIONS,
    JOINTS,
    OPERATIONS,
    PREDICATES,
    THRESHOLDS,
)
from tools.starter.families.family import CodeFamily


def _until(p: Any, f: Any, xs: tuple[int, ...]) -> list[int]:
    stop = next((i for i, x in enumerate(xs) if p.holds(x)), len(xs))
    return [f.of(x) for x in xs[:stop]]


FAMILIES = (
    CodeFamily(
        name="map_where",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "List {f:x} for each x in xs that is {p}.",
            "Return a list of {f:x} for the elements x of xs that are {p}.",
            "Keep every x in xs which is {p}, and put {f:x} in the result.",
        ),
        program="""
            result = []
            for x in xs:
                if {p:x}:
                    result.append({f:x})
            return result
        """,
        meaning=lambda p, f, xs: list(map(f.of, filter(p.holds, xs))),
    ),
    CodeFamily(
        name="until",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "List {f:x} for each x in xs, and stop at the first x that is {p}.",
            "Return {f:x} for the elements x of xs before the first that is {p}.",
            "Put {f:x} in the result for every x in xs until an x is {p}.",
        ),
        program="""
            result = []
            for x in xs:
                if {p:x}:
                    return result
                result.append({f:x})
            return result
        """,
        meaning=_until,
    ),
    CodeFamily(
        name="neighbours",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "List {f:x} for each x in xs that follows an element that is {p}.",
            "Return {f:x} for the elements x of xs where the one before is {p}.",
            "Put {f:x} in the result for every x in xs right after one which is {p}.",
        ),
        program="""
            result = []
            for i in range(1, len(xs)):
                if {p:xs[i - 1]}:
                    result.append({f:xs[i]})
            return result
        """,
        meaning=lambda p, f, xs: [f.of(x) for before, x in pairwise(xs) if p.holds(before)],
    ),
    CodeFamily(
        name="number_list",
        takes="n: natural -> list",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "List {f:i} for all i from 1 to n that are {p}.",
            "Return a list of {f:i} for each i from 1 to n that is {p}.",
            "Go through the integers i from 1 to n, and for those {p} put {f:i} in the result.",
        ),
        program="""
            result = []
            for i in range(1, n + 1):
                if {p:i}:
                    result.append({f:i})
            return result
        """,
        meaning=lambda p, f, n: list(map(f.of, filter(p.holds, range(1, n + 1)))),
    ),
    CodeFamily(
        name="keep_where",
        takes="xs: list -> list",
        domains={"p": THRESHOLDS, "j": JOINTS, "q": DIVISIONS},
        wordings=(
            "Keep the elements of xs that are {p} {j} {q}.",
            "Return a list of only those numbers in xs that are {p} {j} {q}.",
            "Build a list of the values in xs which are {p} {j} {q}.",
        ),
        program="""
            result = []
            for x in xs:
                if {p:x} {j} {q:x}:
                    result.append(x)
            return result
        """,
        meaning=lambda p, j, q, xs: list(filter(lambda x: j.between(p.holds(x), q.holds(x)), xs)),
    ),
    CodeFamily(
        name="map_branch",
        takes="xs: list -> list",
        domains={"p": PREDICATES, "f": OPERATIONS, "g": OPERATIONS},
        where=lambda p, f, g: f != g,
        wordings=(
            "List {f:x} for each x in xs that is {p}, and {g:x} for each other x.",
            "Replace every x in xs by {f:x} if it is {p}, otherwise by {g:x}.",
            "Return for all x in xs: {f:x} when x is {p}, else {g:x}.",
        ),
        program="""
            result = []
            for x in xs:
                if {p:x}:
                    result.append({f:x})
                else:
                    result.append({g:x})
            return result
        """,
        meaning=lambda p, f, g, xs: [(f if p.holds(x) else g).of(x) for x in xs],
    ),
    CodeFamily(
        name="running_totals",
        takes="xs: list -> list",
        domains={"k": DIGITS, "f": OPERATIONS},
        wordings=(
            "Start a total at {k}, add {f:x} for each x in xs, and list every total.",
            "Return the running totals of {f:x} over the elements x of xs, starting from {k}.",
            "Keep a total that starts with {k}; after adding {f:x} for an x in xs, list it.",
        ),
        program="""
            result = []
            total = {k}
            for x in xs:
                total += {f:x}
                result.append(total)
            return result
        """,
        meaning=lambda k, f, xs: [k + sum(f.of(x) for x in xs[: i + 1]) for i in range(len(xs))],
    ),
)
