"""Families with loops over integers: ranges, digits, counting up or down."""

from __future__ import annotations

from tools.starter.families.domains import (
    COMBINATIONS,
    DIGITS,
    DIVISIONS,
    DIVISORS,
    EQUALITIES,
    OPERATIONS,
    POSITIVE,
    PREDICATES,
    THRESHOLDS,
)
from tools.starter.families.family import CodeFamily

FAMILIES = (
    CodeFamily(
        name="series",
        takes="n: natural -> int",
        domains={"k": DIGITS[:7], "p": DIVISIONS, "f": OPERATIONS},
        wordings=(
            "Sum {f:i} over all i from {k} to n that are {p}.",
            "For i from {k} to n, add up {f:i} if i is {p}.",
            "Go through the integers i from {k} to n, and for those {p} add {f:i} to a total.",
        ),
        program="""
            total = 0
            for i in range({k}, n + 1):
                if {p:i}:
                    total += {f:i}
            return total
        """,
        meaning=lambda k, p, f, n: sum(map(f.of, filter(p.holds, range(k, n + 1)))),
    ),
    CodeFamily(
        name="digit_count",
        takes="n: digits -> int",
        domains={"p": (*THRESHOLDS, *EQUALITIES), "f": OPERATIONS},
        wordings=(
            "Count the digits of the positive number n that are {p}, then {f}.",
            "Take how many digits of n > 0 are {p} and {f}.",
            "Find the number of digits of the positive n which are {p}; {f}.",
        ),
        program="""
            count = 0
            while n > 0:
                d = n % 10
                if {p:d}:
                    count += 1
                n //= 10
            return {f:count}
        """,
        meaning=lambda p, f, n: f.of(len([d for d in str(n) if p.holds(int(d))])),
    ),
    CodeFamily(
        name="countdown",
        takes="n: natural -> int",
        domains={"k": POSITIVE, "m": DIGITS, "d": POSITIVE},
        wordings=(
            "Subtract {k} from n as long as n is greater than {m}; return the rest plus {d}.",
            "While n is greater than {m}, take away {k}. Return what is left plus {d}.",
            "Lower n by {k} until it is at most {m}, then return n plus {d}.",
        ),
        program="""
            while n > {m}:
                n -= {k}
            return n + {d}
        """,
        meaning=lambda k, m, d, n: d + (n if n <= m else n - ((n - m + k - 1) // k) * k),
    ),
    CodeFamily(
        name="divisors",
        takes="n: natural -> int",
        domains={"p": THRESHOLDS, "f": OPERATIONS},
        wordings=(
            "Sum {f:i} over all divisors i of n that are {p}.",
            "For i from 1 to n that divide n, add up {f:i} if i is {p}.",
            "Go through the divisors i of n, and for those {p} add {f:i} to a total.",
        ),
        program="""
            total = 0
            for i in range(1, n + 1):
                if n % i == 0 and {p:i}:
                    total += {f:i}
            return total
        """,
        meaning=lambda p, f, n: sum(
            f.of(i) for i in range(1, 100) if n and n // i * i == n and p.holds(i)
        ),
    ),
    CodeFamily(
        name="digit_sum",
        takes="n: digits -> int",
        domains={"p": (*THRESHOLDS, *EQUALITIES), "f": OPERATIONS},
        wordings=(
            "Add up {f:d} over the digits d of the positive number n that are {p}.",
            "Sum {f:d} for every digit d of n > 0 that is {p}.",
            "For each digit d of the positive n which is {p}, add {f:d} to a total.",
        ),
        program="""
            total = 0
            while n > 0:
                d = n % 10
                if {p:d}:
                    total += {f:d}
                n //= 10
            return total
        """,
        meaning=lambda p, f, n: sum(f.of(int(d)) for d in str(n) if p.holds(int(d))),
    ),
    CodeFamily(
        name="round_up",
        takes="n: natural -> int",
        domains={"k": DIVISORS, "f": OPERATIONS},
        wordings=(
            "Find the first number from n upwards that is divisible by {k}, then {f}.",
            "Raise n by 1 until it is divisible by {k}, then {f} and return it.",
            "Take the smallest multiple of {k} that is at least n and {f}.",
        ),
        program="""
            while n % {k} != 0:
                n += 1
            return {f:n}
        """,
        meaning=lambda k, f, n: f.of(-(-n // k) * k),
    ),
    CodeFamily(
        name="number_pairs",
        takes="n: small -> int",
        domains={"c": COMBINATIONS, "p": PREDICATES},
        wordings=(
            "Count the pairs i, j from 1 to n whose {c} is {p}.",
            "For i from 1 to n and j from 1 to n, count how often their {c} is {p}.",
            "Return how many i and j, both from 1 to n, have a {c} that is {p}.",
        ),
        program="""
            count = 0
            for i in range(1, n + 1):
                for j in range(1, n + 1):
                    if {p:{c:i,j}}:
                        count += 1
            return count
        """,
        meaning=lambda c, p, n: len(
            [1 for i in range(1, n + 1) for j in range(1, n + 1) if p.holds(c.between(i, j))]
        ),
    ),
)
