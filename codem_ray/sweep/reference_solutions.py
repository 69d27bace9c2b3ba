"""Reads the reference solutions of a sweep's benchmarks, for the similarity of languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from codem_ray.errors import CodemError
from codem_ray.extraction.answers import whole_answer
from codem_ray.sweep.cell_texts import cell_problems
from codem_ray.sweep.stored_plan import StoredSweep


def reference_solutions(stored: StoredSweep) -> Mapping[str, Mapping[str, str]]:
    """Return solutions by language and common name of the problem.

    A benchmark that cannot be read, or has changed, has none: the report then says for which
    languages it computed the similarity, or that it could not.
    """
    solutions: dict[str, dict[str, str]] = defaultdict(dict)
    first_cells = {cell.benchmark: cell for cell in reversed(stored.cells)}
    for cell in first_cells.values():
        try:
            problems = cell_problems(stored, cell)
        except CodemError:
            continue
        for problem in problems:
            if problem.common_id and problem.reference and problem.quarantine is None:
                solution = whole_answer(problem, problem.reference)
                solutions[problem.language].setdefault(problem.common_id, solution)
    return dict(solutions)
