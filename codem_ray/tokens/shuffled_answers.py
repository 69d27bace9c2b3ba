"""Gives every instruction the answer of another pair of its language."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence

from codem_ray.corpora.pair_index import PairIndex

Fits = Callable[[int, int], bool]
"""(row of a prompt, row of an answer): whether both fit into one document."""
_LOOKED_AT = 200
"""Pairs that still wait for a partner among which one is looked for."""


def swapped(
    index: PairIndex, rows: Sequence[int], fits: Fits | None
) -> tuple[array[int], array[int]]:
    """Return documents, as rows of prompts and rows of answers, of which none is like its own.

    Going through the rows, each swaps answers with the first of its language that still waits and
    whose answer differs. What a front part of the rows gives is so a front part of what all give,
    and a smaller budget draws a subset of a larger one. Rows that find no partner are left out.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    prompts, answers = array("q"), array("q")
    for row in rows:
        own = waiting[index.language_of(row)]
        for place, other in enumerate(own[:_LOOKED_AT]):
            if index.answer_digest(row) == index.answer_digest(other):
                continue
            if fits is None or (fits(row, other) and fits(other, row)):
                prompts.extend((other, row))
                answers.extend((row, other))
                del own[place]
                break
        else:
            own.append(row)
    return prompts, answers
