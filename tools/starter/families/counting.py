"""Families that count or add up over a list."""

from __future__ import annotations

from itertools import combinations

from tools.starter.families.domains import (
    COMBINATIONS,
    DIVISIONS,
    JOINTS,
    OPERATIONS,
    POSITIVE,
    PREDICATES,
    THRESHOLDS,
)
from tools.starter.families.family import CodeFamily

FAMILIES = (
    CodeFamily(
        name="count_where",
        takes="xs: list -> int",
        domains={"p": THRESHOLDS, "j": JOINTS, "q": DIVISIONS},
        wordings=(
            "Count the elements of xs that are {p} {j} {q}.",
            "Return how many numbers in xs are {p} {j} {q}.",
            "Find the number of values in the list xs which are {p} {j} {q}.",
        ),
        program="""
            count = 0
            for x in xs:
                if {p:x} {j} {q:x}:
                    count += 1
            return count
        """,
        meaning=lambda p, j, q, xs: len([x for x in xs if j.between(p.holds(x), q.holds(x))]),
    ),
    CodeFamily(
        name="sum_where",
        takes="xs: list -> int",
        domains={"p": (*THRESHOLDS, *DIVISIONS), "f": OPERATIONS},
        wordings=(
            "Sum {f:x} over the elements x of xs that are {p}.",
            "Add up {f:x} for every x in xs that is {p}.",
            "For each x in xs which is {p}, add {f:x} to a total and return it.",
        ),
        program="""
            total = 0
            for x in xs:
                if {p:x}:
                    total += {f:x}
            return total
        """,
        meaning=lambda p, f, xs: sum(map(f.of, filter(p.holds, xs))),
    ),
    CodeFamily(
        name="count_against",
        takes="xs: list -> int",
        domains={"p": THRESHOLDS, "q": DIVISIONS},
        wordings=(
            "Count up for each x in xs that is {p}, and down for each that is {q}.",
            "Add 1 for every x in xs that is {p} and subtract 1 for every x that is {q}.",
            "Return how many elements of xs are {p} minus how many are {q}.",
        ),
        program="""
            count = 0
            for x in xs:
                if {p:x}:
                    count += 1
                if {q:x}:
                    count -= 1
            return count
        """,
        meaning=lambda p, q, xs: len([*filter(p.holds, xs)]) - len([*filter(q.holds, xs)]),
    ),
    CodeFamily(
        name="stop_at",
        takes="xs: list -> int",
        domains={"f": OPERATIONS, "p": THRESHOLDS},
        wordings=(
            "Add up {f:x} over the elements x of xs, and stop as soon as the total is {p}.",
            "Sum {f:x} for every x in xs until the total is {p}; return the total.",
            "For each x in xs add {f:x} to a total; return it once it is {p}.",
        ),
        program="""
            total = 0
            for x in xs:
                total += {f:x}
                if {p:total}:
                    return total
            return total
        """,
        meaning=lambda f, p, xs: next(
            (t for i in range(len(xs)) if p.holds(t := sum(map(f.of, xs[: i + 1])))),
            sum(map(f.of, xs)),
        ),
    ),
    CodeFamily(
        name="weigh",
        takes="xs: list -> int",
        domains={"p": PREDICATES, "k": POSITIVE, "m": POSITIVE},
        where=lambda p, k, m: k != m,
        wordings=(
            "An element of xs that is {p} scores {k}, any other {m}. Return the total.",
            "Add {k} for each x in xs that is {p} and {m} for each other x.",
            "Score xs: {k} for elements {p}, {m} for all other elements.",
        ),
        program="""
            total = 0
            for x in xs:
                if {p:x}:
                    total += {k}
                else:
                    total += {m}
            return total
        """,
        meaning=lambda p, k, m, xs: m * len(xs) + (k - m) * sum(map(p.holds, xs)),
    ),
    CodeFamily(
        name="longest_run",
        takes="xs: list -> int",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "Find the longest run of elements in xs that are {p}, and {f}.",
            "Return how many elements side by side in xs are {p} at most, then {f}.",
            "Count the elements of the longest part of xs where all are {p}; {f}.",
        ),
        program="""
            best = 0
            count = 0
            for x in xs:
                if {p:x}:
                    count += 1
                else:
                    count = 0
                if count > best:
                    best = count
            return {f:best}
        """,
        meaning=lambda p, f, xs: f.of(
            max(map(len, "".join("y" if p.holds(x) else " " for x in xs).split()), default=0)
        ),
    ),
    CodeFamily(
        name="count_pairs",
        takes="xs: list -> int",
        domains={"c": COMBINATIONS, "p": PREDICATES},
        wordings=(
            "Count the pairs of elements in xs whose {c} is {p}.",
            "For each two elements of xs, count how often their {c} is {p}.",
            "Return how many pairs of two positions in xs have a {c} that is {p}.",
        ),
        program="""
            count = 0
            for i in range(len(xs)):
                for j in range(i + 1, len(xs)):
                    if {p:{c:xs[i],xs[j]}}:
                        count += 1
            return count
        """,
        meaning=lambda c, p, xs: len(
            [1 for x, y in combinations(xs, 2) if p.holds(c.between(x, y))]
        ),
    ),
)
