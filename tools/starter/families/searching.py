"""Families that search for an element, an index or a maximum."""

from __future__ import annotations

from tools.starter.families.domains import (
    COMPARISONS,
    DIGITS,
    DIVISIONS,
    OPERATIONS,
    POSITIVE,
    PREDICATES,
    THRESHOLDS,
    Choice,
)
from tools.starter.families.family import CodeFamily


def _best_place(c: Choice, xs: tuple[int, ...]) -> int:
    if not xs:
        return 0
    wanted = max(xs) if ">" in c.text else min(xs)
    return xs.index(wanted) if "=" not in c.text else len(xs) - 1 - xs[::-1].index(wanted)


FAMILIES = (
    CodeFamily(
        name="find_first",
        takes="xs: list -> int",
        domains={"p": PREDICATES, "k": DIGITS, "f": OPERATIONS},
        wordings=(
            "Return {f:x} for the first x in xs that is {p}, or {k} if there is none.",
            "Find the first element x of xs that is {p} and return {f:x}, else {k}.",
            "Search xs for an x which is {p}: return {f:x}, or {k} without one.",
        ),
        program="""
            for x in xs:
                if {p:x}:
                    return {f:x}
            return {k}
        """,
        meaning=lambda p, k, f, xs: next((f.of(x) for x in xs if p.holds(x)), k),
    ),
    CodeFamily(
        name="last_place",
        takes="xs: list -> int",
        domains={"p": PREDICATES, "k": DIGITS},
        wordings=(
            "Return the position of the last element of xs that is {p}, or {k} if there is none.",
            "Search xs from the end for an x which is {p}: return its position, else {k}.",
            "Find the last position i in xs where the element is {p}; without one return {k}.",
        ),
        program="""
            for i in range(len(xs) - 1, -1, -1):
                if {p:xs[i]}:
                    return i
            return {k}
        """,
        meaning=lambda p, k, xs: max((i for i, x in enumerate(xs) if p.holds(x)), default=k),
    ),
    CodeFamily(
        name="largest",
        takes="xs: list -> int",
        domains={"p": (*THRESHOLDS, *DIVISIONS), "k": DIGITS},
        wordings=(
            "Return the largest element of xs that is {p}, but not less than {k}.",
            "Find the maximum of {k} and all x in xs that are {p}.",
            "Start with {k} and return the biggest number in xs that is {p}.",
        ),
        program="""
            best = {k}
            for x in xs:
                if {p:x} and x > best:
                    best = x
            return best
        """,
        meaning=lambda p, k, xs: max([k, *filter(p.holds, xs)]),
    ),
    CodeFamily(
        name="any_element",
        takes="xs: list -> bool",
        domains={"p": THRESHOLDS, "q": DIVISIONS},
        wordings=(
            "Tell whether any element of xs is {p} and {q}.",
            "Return true if some x in xs is {p} and {q}, and false if not.",
            "Check that xs has an element which is {p} and {q}.",
        ),
        program="""
            for x in xs:
                if {p:x} and {q:x}:
                    return True
            return False
        """,
        meaning=lambda p, q, xs: bool(set(filter(p.holds, xs)) & set(filter(q.holds, xs))),
    ),
    CodeFamily(
        name="first_place",
        takes="xs: list -> int",
        domains={"p": PREDICATES, "k": POSITIVE, "m": DIGITS},
        wordings=(
            "Return the position of the first element of xs that is {p}, plus {k}; else {m}.",
            "Find the first position i in xs where the element is {p}: return i plus {k}, or {m}.",
            "Search xs for an x which is {p}; return its position plus {k}, without one {m}.",
        ),
        program="""
            for i in range(len(xs)):
                if {p:xs[i]}:
                    return i + {k}
            return {m}
        """,
        meaning=lambda p, k, m, xs: next((i + k for i, x in enumerate(xs) if p.holds(x)), m),
    ),
    CodeFamily(
        name="all_elements",
        takes="xs: list -> bool",
        domains={"p": THRESHOLDS, "q": DIVISIONS},
        wordings=(
            "Tell whether all elements of xs that are {p} are {q}.",
            "Return false if some x in xs is {p} but not {q}, and true if not.",
            "Check that every element of xs which is {p} is also {q}.",
        ),
        program="""
            for x in xs:
                if {p:x} and not {q:x}:
                    return False
            return True
        """,
        meaning=lambda p, q, xs: all(map(q.holds, filter(p.holds, xs))),
    ),
    CodeFamily(
        name="best_place",
        takes="xs: list -> int",
        domains={"c": COMPARISONS, "f": OPERATIONS},
        wordings=(
            "Start at position 0 and move to each element {c} the best so far; {f} at the end.",
            "Find the position whose element is {c} the best one before it, then {f}.",
            "Go through xs, taking each position with an element {c} the best; last {f}.",
        ),
        program="""
            best = 0
            for i in range(1, len(xs)):
                if {c:xs[i],xs[best]}:
                    best = i
            return {f:best}
        """,
        meaning=lambda c, f, xs: f.of(_best_place(c, xs)),
    ),
)
