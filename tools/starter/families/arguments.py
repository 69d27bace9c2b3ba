"""The choice of test calls for a solution, by its argument kinds and its constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from random import Random

from tools.starter.families.domains import ALPHABET
from tools.starter.families.testcode import Value

_POOL = 48
_LARGEST = 10**9
_FIRST, _LEAST, _MOST = 4, 9, 16


def _list(rng: Random, length: int, low: int = 0, high: int = 20) -> tuple[int, ...]:
    return tuple(rng.randint(low, high) for _ in range(length))


def _lists(rng: Random, numbers: Sequence[int], low: int) -> list[Value]:
    around = [n + d for n in numbers for d in (0, 1, -1)] + [2 * n for n in numbers]
    around = [n for n in around if n >= low]
    pool: list[Value] = [(), tuple(around[:8]), tuple(sorted(around)[:8])]
    pool += [_list(rng, length) for length in (1, 2, 4, 6, 9)]
    pool += [_list(rng, 7, max(low, -12), 12), tuple(sorted(_list(rng, 6))), _list(rng, 8, 0, 4)]
    for _ in range(24):
        drawn = [*rng.choices(around or [0], k=rng.randint(1, 5)), *_list(rng, 3, max(low, -6), 24)]
        rng.shuffle(drawn)
        pool.append(tuple(drawn))
    # Some lists are sorted, so that questions about order can have the answer yes.
    pool += [tuple(range(2, 40, 9)), tuple(range(30, 0, -7)), (5, 5, 5), (7,)]
    pool.append(tuple(n for n in (0, *(-n for n in numbers)) if n >= low))
    return pool


def _integers(rng: Random, numbers: Sequence[int]) -> list[Value]:
    pool: list[Value] = [n + d for n in numbers for d in (0, 1, -1)]
    pool = [*pool[:9], 0, 1, 7, -4, *pool[9:]]
    pool += [sign * n * 2 for n in numbers for sign in (1, -1)]
    return [*pool, *(rng.randint(10, 60) for _ in range(3)), *(rng.randint(-60, -5), -11, 24)]


def _naturals(rng: Random, numbers: Sequence[int]) -> list[Value]:
    around = [n + d for n in numbers for d in (0, 1, -1) if n + d >= 0]
    drawn = [rng.randint(10, 40) for _ in range(6)]
    return [0, 1, 17, 10, *around, 2, 24, 30, *(2 * n for n in numbers), *drawn]


def _digits(rng: Random, numbers: Sequence[int]) -> list[Value]:
    around = [n for n in numbers if 0 < n < 10]
    mixed = [
        int("".join(str(rng.choice([*around, rng.randint(1, 9)])) for _ in range(length)))
        for length in (2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7)
    ]
    drawn = [rng.randint(10**size, 10 ** (size + 1)) for size in (1, 2, 3, 4, 5, 5)]
    return [1234567, 8, 909090, *(11 * n + 10 for n in around), *mixed, *drawn]


def _strings(rng: Random, letters: str) -> list[Value]:
    # The letters of the problem must be common: first, last, and doubled.
    common = letters * 3 + ALPHABET
    pool: list[Value] = ["", "".join(dict.fromkeys(letters + "bad")), ALPHABET]
    pool += [letters + "".join(rng.choices(common, k=4)), "aabbccdd", letters[::-1] + letters]
    # The result of a condition such as "after c" changes next to that letter.
    beside = [letter for letter in ALPHABET if any(abs(ord(letter) - ord(c)) == 1 for c in letters)]
    pool += [a + b for a in beside for b in letters] + [b + a for a in beside for b in letters]
    for length in (1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12) * 2:
        text = "".join(rng.choices(common, k=length))
        pool += [text, text[:2] + text[1:]]
    pool += [a + middle + b for a in letters for b in letters for middle in ("", "c")]
    return pool


def _items(rng: Random, numbers: Sequence[int]) -> list[Value]:
    around = [n + d for n in numbers for d in (0, 1, -1, 2) if n + d >= 0] or [1]

    def one() -> tuple[int, int]:
        return (
            rng.choice([*around, rng.randint(0, 20)]),
            rng.choice([*around, rng.randint(0, 12)]),
        )

    pool: list[Value] = [()]
    return pool + [tuple(one() for _ in range(length)) for length in (1, 2, 3, 4, 5, 1, 2, 3) * 5]


def _pool(kind: str, rng: Random, numbers: Sequence[int], letters: str) -> list[Value]:
    match kind:
        case "list" | "naturals":
            return _lists(rng, numbers, 0 if kind == "naturals" else -60)
        case "natural":
            return _naturals(rng, numbers)
        case "small":
            return list(range(8))
        case "digits":
            return _digits(rng, numbers)
        case "str":
            return _strings(rng, letters)
        case "items":
            return _items(rng, numbers)
        case _:
            return _integers(rng, numbers)


def choose_arguments(
    kinds: Sequence[str],
    numbers: Sequence[int],
    letters: str,
    meaning: Callable[[tuple[Value, ...]], Value],
    rivals: Sequence[Callable[[tuple[Value, ...]], Value]],
    rng: Random,
) -> list[tuple[tuple[Value, ...], Value]]:
    """Choose calls and results so that each of `rivals` differs from `meaning` in one of them."""
    pools = [_pool(kind, rng, numbers, letters) for kind in kinds]
    crossed = list(product(*pools))
    if len(pools) > 1:
        rng.shuffle(crossed)
    pool: dict[tuple[Value, ...], Value] = {}
    for arguments in crossed:
        result = meaning(arguments)
        if len(pool) < _POOL and _fits(result):
            pool.setdefault(arguments, result)
    kept = list(pool)[:_FIRST]
    for rival in rivals:
        if len(kept) >= _MOST or any(rival(arguments) != pool[arguments] for arguments in kept):
            continue
        kept += [arguments for arguments in pool if rival(arguments) != pool[arguments]][:1]
    if len({pool[arguments] for arguments in kept}) == 1:
        # A solution that returns a constant must fail.
        kept += [arguments for arguments in pool if pool[arguments] != pool[kept[0]]][:1]
    rest = [arguments for arguments in pool if arguments not in kept]
    kept += rng.sample(rest, min(len(rest), max(0, _LEAST - len(kept))))
    return [(arguments, pool[arguments]) for arguments in kept]


def _fits(result: Value) -> bool:
    # Integers of C and Java have 32 bits.
    numbers = result if isinstance(result, tuple) else (result,)
    return all(isinstance(n, (str, tuple)) or abs(n) < _LARGEST for n in numbers)
