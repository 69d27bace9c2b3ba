"""Families on single integers, without a loop."""

from __future__ import annotations

from tools.starter.families.domains import (
    COMBINATIONS,
    COMPARISONS,
    DIGITS,
    DIVISORS,
    EQUALITIES,
    JOINTS,
    OPERATIONS,
    POSITIVE,
    PREDICATES,
    THRESHOLDS,
)
from tools.starter.families.family import CodeFamily

FAMILIES = (
    CodeFamily(
        name="two_steps",
        takes="a: int -> int",
        domains={"f": OPERATIONS, "g": OPERATIONS},
        wordings=(
            "Start with a, {f}, then {g}.",
            "Return the result when you take a, {f} and then {g}.",
            "To a {f}. After that {g}. Return the result.",
        ),
        program="""
            result = {f:a}
            return {g:result}
        """,
        meaning=lambda f, g, a: g.of(f.of(a)),
    ),
    CodeFamily(
        name="branch",
        takes="a: int -> int",
        domains={"p": (*THRESHOLDS, *EQUALITIES), "f": OPERATIONS, "g": OPERATIONS},
        where=lambda p, f, g: f != g,
        wordings=(
            "If a is {p}, return {f:a}; otherwise return {g:a}.",
            "Return {f:a} when a is {p}, else {g:a}.",
            "When a is {p} the answer is {f:a}, in all other cases {g:a}.",
        ),
        program="""
            if {p:a}:
                return {f:a}
            return {g:a}
        """,
        meaning=lambda p, f, g, a: (f if p.holds(a) else g).of(a),
    ),
    CodeFamily(
        name="check",
        takes="a: int, b: int -> bool",
        domains={"p": PREDICATES, "j": JOINTS, "q": PREDICATES},
        wordings=(
            "Tell whether a is {p} {j} b is {q}.",
            "Return true if a is {p} {j} b is {q}, and false if not.",
            "Check that a is {p} {j} b is {q}.",
        ),
        program="""
            return {p:a} {j} {q:b}
        """,
        meaning=lambda p, j, q, a, b: j.between(p.holds(a), q.holds(b)),
    ),
    CodeFamily(
        name="distance",
        takes="a: int -> int",
        domains={"k": DIGITS, "f": OPERATIONS},
        wordings=(
            "Take the distance between a and {k}, then {f}.",
            "Find how far a is from {k} and {f}.",
            "Return the distance of a from {k}; {f} before you return it.",
        ),
        program="""
            if a < {k}:
                return {f:{k} - a}
            return {f:a - {k}}
        """,
        meaning=lambda k, f, a: f.of(abs(a - k)),
    ),
    CodeFamily(
        name="quotient",
        takes="n: natural -> int",
        domains={"k": DIVISORS, "f": OPERATIONS},
        wordings=(
            "Divide n by {k}, rounding down, then {f}.",
            "Return how many times {k} fits into n, then {f}.",
            "Find the whole part of n divided by {k} and {f}.",
        ),
        program="""
            result = n // {k}
            return {f:result}
        """,
        meaning=lambda k, f, n: f.of((n - n % k) // k),
    ),
    CodeFamily(
        name="larger",
        takes="a: int, b: int -> int",
        domains={"c": COMPARISONS, "f": OPERATIONS, "g": OPERATIONS},
        where=lambda c, f, g: f != g,
        wordings=(
            "If a is {c} b, return {f:a}; otherwise return {g:b}.",
            "Return {f:a} when a is {c} b, else {g:b}.",
            "Compare a and b: when a is {c} b the answer is {f:a}, if not {g:b}.",
        ),
        program="""
            if {c:a,b}:
                return {f:a}
            return {g:b}
        """,
        meaning=lambda c, f, g, a, b: f.of(a) if c.between(a, b) else g.of(b),
    ),
    CodeFamily(
        name="remainders",
        takes="n: natural -> int",
        domains={"k": DIVISORS, "m": DIVISORS, "c": COMBINATIONS, "d": POSITIVE},
        where=lambda k, m, c, d: k != m,
        wordings=(
            "Return the {c} of n modulo {k} and n modulo {m}, plus {d}.",
            "Divide n by {k} and by {m}; return the {c} of both remainders, plus {d}.",
            "Find the {c} of the remainders of n for {k} and {m}, then add {d}.",
        ),
        program="""
            a = n % {k}
            b = n % {m}
            return {c:a,b} + {d}
        """,
        meaning=lambda k, m, c, d, n: d + c.between(n - n // k * k, n - n // m * m),
    ),
)
