"""Families whose solution calls itself."""

from __future__ import annotations

from math import gcd
from typing import Any

from tools.starter.families.domains import (
    COMBINATIONS,
    DIGITS,
    DIVISORS,
    OPERATIONS,
    POSITIVE,
    PREDICATES,
)
from tools.starter.families.family import CodeFamily


def _linear(k: int, f: Any, m: int, n: int) -> int:
    value = k
    for i in range(n):
        value = f.of(value) + m * (i + 1)
    return value


def _two_before(k: int, m: int, c: Any, n: int) -> int:
    values = [k, m]
    while len(values) <= n:
        values.append(c.between(values[-1], values[-2]))
    return values[n]


def _halvings(k: int, m: int, d: int, n: int) -> int:
    count = 0
    while n >= m:
        n, count = n // k, count + 1
    return d + count


FAMILIES = (
    CodeFamily(
        name="sum_down",
        takes="n: natural -> int",
        domains={"k": DIGITS, "f": OPERATIONS},
        wordings=(
            "By recursion: {k} for n equal to 0, otherwise {f:n} plus the result for n minus 1.",
            "Return {k} if n is 0; else add {f:n} to what solve returns for n minus 1.",
            "Let solve call itself: for 0 the answer is {k}, for n it is that of n - 1 plus {f:n}.",
        ),
        program="""
            if n == 0:
                return {k}
            return solve(n - 1) + {f:n}
        """,
        meaning=lambda k, f, n: k + sum(f.of(i) for i in range(1, n + 1)),
    ),
    CodeFamily(
        name="digits_down",
        takes="n: digits -> int",
        domains={"k": DIGITS, "f": OPERATIONS},
        wordings=(
            "By recursion: {k} for n equal to 0, else {f:d} for the last digit d plus the rest.",
            "Return {k} if n is 0; else {f:d} of the last digit d plus solve of the other digits.",
            "Let solve call itself without the last digit d and add {f:d}; for 0 return {k}.",
        ),
        program="""
            if n == 0:
                return {k}
            d = n % 10
            return solve(n // 10) + {f:d}
        """,
        meaning=lambda k, f, n: k + sum(f.of(int(d)) for d in str(n)),
    ),
    CodeFamily(
        name="common_divisor",
        takes="a: natural, b: natural -> int",
        domains={"f": OPERATIONS, "k": POSITIVE},
        wordings=(
            "By recursion, find the greatest common divisor of a and b, {f}, then add {k}.",
            "Return the greatest common divisor of a and b; {f} and add {k} at the end.",
            "Let solve call itself with b and a modulo b; for b equal to 0 return {f:a}, plus {k}.",
        ),
        program="""
            if b == 0:
                return {f:a} + {k}
            return solve(b, a % b)
        """,
        meaning=lambda f, k, a, b: f.of(gcd(a, b)) + k,
    ),
    CodeFamily(
        name="halvings",
        takes="n: natural -> int",
        domains={"k": DIVISORS, "m": POSITIVE, "d": DIGITS},
        wordings=(
            "By recursion: {d} if n is less than {m}, otherwise 1 plus the result for n over {k}.",
            "Return {d} if n is less than {m}; else add 1 to solve of n divided by {k}.",
            "Let solve call itself with n divided by {k} and add 1; below {m} return {d}.",
        ),
        program="""
            if n < {m}:
                return {d}
            return solve(n // {k}) + 1
        """,
        meaning=_halvings,
    ),
    CodeFamily(
        name="linear",
        takes="n: small -> int",
        domains={"k": DIGITS, "f": OPERATIONS, "m": POSITIVE},
        wordings=(
            "By recursion: {k} for n equal to 0, else {f:r} plus n times {m}, r for n minus 1.",
            "Return {k} if n is 0; else {f:r} plus n times {m}, where r is solve of n - 1.",
            "Let solve call itself with n minus 1, {f}, and add n times {m}; for 0 return {k}.",
        ),
        program="""
            if n == 0:
                return {k}
            return {f:solve(n - 1)} + n * {m}
        """,
        meaning=_linear,
    ),
    CodeFamily(
        name="two_before",
        takes="n: small -> int",
        domains={"k": DIGITS, "m": DIGITS, "c": COMBINATIONS},
        where=lambda k, m, c: k != m,
        wordings=(
            "By recursion: {k} for 0, {m} for 1, otherwise the {c} of the two results before.",
            "Return {k} if n is 0 and {m} if n is 1; else the {c} of solve for n - 1 and n - 2.",
            "Let solve call itself twice, with n - 1 and n - 2: their {c}; 0 gives {k}, 1 {m}.",
        ),
        program="""
            if n == 0:
                return {k}
            if n == 1:
                return {m}
            return {c:solve(n - 1),solve(n - 2)}
        """,
        meaning=_two_before,
    ),
    CodeFamily(
        name="count_down",
        takes="n: natural -> int",
        domains={"k": DIGITS, "p": PREDICATES},
        wordings=(
            "By recursion: {k} for n equal to 0, else the result for n minus 1, plus n if {p}.",
            "Return {k} if n is 0; else solve of n - 1, and add n to it when n is {p}.",
            "Let solve call itself with n minus 1, adding n where n is {p}; for 0 return {k}.",
        ),
        program="""
            if n == 0:
                return {k}
            if {p:n}:
                return solve(n - 1) + n
            return solve(n - 1)
        """,
        meaning=lambda k, p, n: k + sum(filter(p.holds, range(1, n + 1))),
    ),
)
