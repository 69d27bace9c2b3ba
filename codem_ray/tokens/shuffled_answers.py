"""Build the control source `shuffled`, which trains on answers that do not fit their instructions.

Every instruction gets the answer of a different pair in the same language.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence

from codem_ray.corpora.pair_index import PairIndex

Fits = Callable[[int, int], bool]
"""Whether the instruction of one row and the answer of another fit into one document."""
_MAX_CANDIDATES = 200
"""How many waiting rows are tried as partners of a row."""


def swap_answers(
    index: PairIndex, rows: Sequence[int], fits: Fits | None
) -> tuple[array[int], array[int]]:
    """Pair instructions with answers of other rows.

    Returns two arrays of equal length: document i joins the instruction of row `instructions[i]`
    with the answer of row `answers[i]`.

    Each row swaps answers with the first of up to 200 waiting rows of its language that has a
    different answer and for which both new documents fit. If `fits` is None, all documents fit.
    Rows without a partner are left out. Rows are handled one by one, so the documents of the first
    n rows are also the first documents of any longer list.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    instructions, answers = array("q"), array("q")
    for row in rows:
        candidates = waiting[index.language_of(row)]
        for position, other in enumerate(candidates[:_MAX_CANDIDATES]):
            if index.answer_digest(row) == index.answer_digest(other):
                continue
            if fits is None or (fits(row, other) and fits(other, row)):
                instructions.extend((other, row))
                answers.extend((row, other))
                del candidates[position]
                break
        else:
            candidates.append(row)
    return instructions, answers
