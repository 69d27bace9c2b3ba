"""Families on strings of a small alphabet."""

from __future__ import annotations

from itertools import pairwise

from tools.starter.families.domains import (
    DIVISORS,
    JOINTS,
    LETTER_TESTS,
    LETTERS,
    OPERATIONS,
    POSITIVE,
)
from tools.starter.families.family import CodeFamily

FAMILIES = (
    CodeFamily(
        name="score_letters",
        takes="s: str -> int",
        domains={"q": LETTER_TESTS, "k": POSITIVE, "m": POSITIVE},
        where=lambda q, k, m: k != m,
        wordings=(
            "A letter of s that is {q} scores {k}, any other {m}. Return the total.",
            "Add {k} for each letter of s that is {q} and {m} for each other letter.",
            "Score s: {k} for letters {q}, {m} for all other letters.",
        ),
        program="""
            total = 0
            for c in s:
                if {q:c}:
                    total += {k}
                else:
                    total += {m}
            return total
        """,
        meaning=lambda q, k, m, s: m * len(s) + (k - m) * sum(map(q.holds, s)),
    ),
    CodeFamily(
        name="keep_letters",
        takes="s: str -> str",
        domains={"q": LETTER_TESTS, "j": JOINTS, "r": LETTER_TESTS},
        where=lambda q, j, r: q.kind != r.kind and q.letter != r.letter,
        wordings=(
            "Keep the letters of s that are {q} {j} {r}.",
            "Return s with only those letters that are {q} {j} {r}.",
            "Build a string of the letters in s which are {q} {j} {r}.",
        ),
        program="""
            result = ""
            for c in s:
                if {q:c} {j} {r:c}:
                    result += c
            return result
        """,
        meaning=lambda q, j, r, s: "".join(filter(lambda c: j.between(q.holds(c), r.holds(c)), s)),
    ),
    CodeFamily(
        name="put_after",
        takes="s: str -> str",
        domains={"a": LETTERS, "q": LETTER_TESTS},
        wordings=(
            "Put {a} after each letter of s that is {q}.",
            "Return s with {a} added after every letter that is {q}.",
            "Copy s, and after each letter which is {q} write {a}.",
        ),
        program="""
            result = ""
            for c in s:
                result += c
                if {q:c}:
                    result += {a}
            return result
        """,
        meaning=lambda a, q, s: "".join(c + a.letter * q.holds(c) for c in s),
    ),
    CodeFamily(
        name="letter_run",
        takes="s: str -> int",
        domains={"q": LETTER_TESTS, "f": OPERATIONS},
        wordings=(
            "Count the letters of s that are {q} and equal to the one before, then {f}.",
            "Count how often a letter that is {q} follows the same letter in s, then {f}.",
            "Find the number of doubled letters in s which are {q}; {f}.",
        ),
        program="""
            count = 0
            for i in range(1, len(s)):
                if s[i] == s[i - 1] and {q:s[i]}:
                    count += 1
            return {f:count}
        """,
        meaning=lambda q, f, s: f.of(sum(a == b and q.holds(a) for a, b in pairwise(s))),
    ),
    CodeFamily(
        name="replace_backwards",
        takes="s: str -> str",
        domains={"a": LETTERS, "q": LETTER_TESTS},
        wordings=(
            "Reverse s and write {a} for each letter that is {q}.",
            "Return the letters of s from the last to the first, with {a} for those {q}.",
            "Read s backwards and replace every letter that is {q} by {a}.",
        ),
        program="""
            result = ""
            for i in range(len(s) - 1, -1, -1):
                if {q:s[i]}:
                    result += {a}
                else:
                    result += s[i]
            return result
        """,
        meaning=lambda a, q, s: "".join(a.letter if q.holds(c) else c for c in s)[::-1],
    ),
    CodeFamily(
        name="both_ends",
        takes="s: str -> bool",
        domains={"q": LETTER_TESTS, "j": JOINTS, "r": LETTER_TESTS},
        wordings=(
            "Tell whether the first letter of s is {q} {j} the last is {r}; false if empty.",
            "Return true if s begins with a letter {q} {j} ends with one {r}, else false.",
            "Check that s is not empty and its first letter is {q} {j} its last {r}.",
        ),
        program="""
            if len(s) == 0:
                return False
            return {q:s[0]} {j} {r:s[len(s) - 1]}
        """,
        meaning=lambda q, j, r, s: bool(s) and j.between(q.holds(s[:1]), r.holds(s[-1:])),
    ),
    CodeFamily(
        name="write_times",
        takes="s: str -> str",
        domains={"q": LETTER_TESTS, "k": DIVISORS},
        wordings=(
            "Write each letter of s that is {q} {k} times, and leave out the others.",
            "Keep the letters of s that are {q}, each of them {k} times.",
            "Return the letters in s which are {q}, repeating each {k} times.",
        ),
        program="""
            result = ""
            for c in s:
                if {q:c}:
                    for j in range({k}):
                        result += c
            return result
        """,
        meaning=lambda q, k, s: "".join(c * k for c in s if q.holds(c)),
    ),
)
