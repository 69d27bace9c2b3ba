"""Read the texts that the report's page shows: prompts, tests, completions and answers."""

from __future__ import annotations

from codem_ray.errors import CodemError
from codem_ray.records import Problem, PromptStyle
from codem_ray.report.sample_texts import BenchmarkTexts, ProblemText, SampleKey, SampleText
from codem_ray.storage import Storage
from codem_ray.sweep.cell_texts import cell_problems, cell_texts
from codem_ray.sweep.stored_plan import StoredSweep


def report_texts(storage: Storage, stored: StoredSweep, benchmark: str) -> BenchmarkTexts:
    """Return the texts of all cells of a benchmark.

    What cannot be read is left out, with the reason as a note: a report without texts is better
    than none.
    """
    cells = [cell for cell in stored.cells if cell.benchmark == benchmark]
    problems: list[Problem] = []
    notes: list[str] = []
    try:
        problems = cell_problems(stored, cells[0])
    except CodemError as error:
        notes.append(f"Prompts and tests are not shown: {error}.")
    tests = {problem.task_id: problem.tests for problem in problems}
    prompts: dict[str, dict[PromptStyle, str]] = {}
    samples: dict[SampleKey, SampleText] = {}
    for cell in cells:
        try:
            texts = cell_texts(storage, stored, cell, problems=problems)
        except CodemError as error:
            notes.append(f"Texts of a cell are not shown: {error}.")
            continue
        for text in texts.completions:
            completion = text.judged.completion
            task_id = completion.task_id
            key = SampleKey(cell.trial_id, cell.style, task_id, completion.sample)
            samples[key] = SampleText(completion.text, text.judged.answer)
            of_task = prompts.setdefault(task_id, {})
            if cell.style not in of_task:
                of_task[cell.style] = text.prompt
    return BenchmarkTexts(
        problems={
            task_id: ProblemText(prompts=prompts.get(task_id, {}), tests=of_task)
            for task_id, of_task in tests.items()
        },
        samples=samples,
        note=" ".join(notes),
    )
