"""The control `shuffled`: each instruction with the response of another pair of its language."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence

from codem_ray.corpora.pair_index import PairIndex

Fits = Callable[[int, int], bool]
"""(row of a prompt, row of an answer): whether both fit into one document."""
_MAX_CANDIDATES = 200
"""Waiting rows that are tried as partners of a row."""


def swap_answers(
    index: PairIndex, rows: Sequence[int], fits: Fits | None
) -> tuple[array[int], array[int]]:
    """Return documents (rows of prompts, rows of answers) in which each prompt has another answer.

    Each row swaps answers with the first waiting row of its language whose answer differs. Rows
    without a partner are left out. A prefix of the rows gives a prefix of the documents, so a
    smaller budget draws a subset of a larger one.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    prompts, answers = array("q"), array("q")
    for row in rows:
        partners = waiting[index.language_of(row)]
        for position, other in enumerate(partners[:_MAX_CANDIDATES]):
            if index.answer_digest(row) == index.answer_digest(other):
                continue
            if fits is None or (fits(row, other) and fits(other, row)):
                prompts.extend((other, row))
                answers.extend((row, other))
                del partners[position]
                break
        else:
            partners.append(row)
    return prompts, answers
