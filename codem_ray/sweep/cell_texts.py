"""Read the texts of a stored cell: prompts, completions, programs, messages; executes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from codem_ray.benchmarks import DATA_VARIABLE, benchmark_digest, load
from codem_ray.errors import CodemError, DataError, IncompleteError
from codem_ray.generation.explaining import with_explanation
from codem_ray.generation.prompts import build_request
from codem_ray.languages import language
from codem_ray.languages.spec import Unit
from codem_ray.prompting.templates import CHAT
from codem_ray.records import Problem, PromptStyle
from codem_ray.scoring.judging import JudgedCompletion
from codem_ray.scoring.stage_files import read_rows
from codem_ray.storage import Storage
from codem_ray.sweep.stored_plan import StoredCell, StoredSweep
from codem_ray.sweep.trial import VERDICTS
from codem_ray.tokens.prompt_template import render_prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class CompletionText:
    """One completion with its stored judgement, and its problem if the benchmark was read."""

    judged: JudgedCompletion
    style: PromptStyle
    template: str
    problem: Problem | None

    @property
    def prompt(self) -> str:
        """Text given to the model, without what its tokenizer adds; empty without a problem."""
        if self.problem is None:
            return ""
        problem = with_explanation(self.problem, self.judged.completion.explanation)
        if self.style is PromptStyle.INSTRUCTION and self.template == CHAT:
            # Only the model's tokenizer knows its chat template, and none is loaded here.
            return problem.instruction
        return build_request(problem, self.style, partial(render_prompt, self.template)).prompt

    def program(self) -> Mapping[str, str]:
        """Return the files of the assembled program, by path; none without answer or problem."""
        return program_files(self.problem, self.judged.answer)


@dataclass(frozen=True, kw_only=True, slots=True)
class CellTexts:
    """The completions of a cell, in the order of its problems."""

    cell: StoredCell
    completions: tuple[CompletionText, ...]
    missing_problems: str = ""
    """Why prompts and programs are missing; empty if they are there."""


def cell_texts(
    storage: Storage,
    stored: StoredSweep,
    cell: StoredCell,
    *,
    problems: Sequence[Problem] | None = None,
) -> CellTexts:
    """Return a cell's texts. `problems` are those of `cell_problems`; None: they are read.

    A benchmark that is missing or has changed leaves prompts and programs out, with the reason.
    IncompleteError if the cell has no verdicts yet, or if they are damaged.
    """
    judged, reason = stored_judgements(storage, cell), ""
    if problems is None:
        try:
            problems = cell_problems(stored, cell)
        except CodemError as error:
            problems, reason = (), str(error)
    by_id = {problem.task_id: problem for problem in problems}
    completions = tuple(
        CompletionText(
            judged=one,
            style=cell.style,
            template=stored.template,
            problem=by_id.get(one.completion.task_id),
        )
        for one in judged
    )
    return CellTexts(cell=cell, completions=completions, missing_problems=reason)


def stored_judgements(storage: Storage, cell: StoredCell) -> list[JudgedCompletion]:
    """Return the completions of a cell with their verdicts; IncompleteError if it has none."""
    stage = storage.stage(cell.execute)
    if stage.manifest() is None:
        raise IncompleteError(
            f"{cell} is missing or incomplete: complete it by `codem-ray run` with the sweep file, "
            "then repeat this command"
        )
    try:
        return read_rows(stage.folder() / VERDICTS, JudgedCompletion)
    except DataError as error:
        raise IncompleteError(
            f"{error}; remove {stage.uri} and run the sweep again, then repeat this command"
        ) from error


def cell_problems(stored: StoredSweep, cell: StoredCell) -> list[Problem]:
    """Return the problems of a cell's benchmark; DataError if it has changed since the run."""
    (facts,) = (facts for facts in stored.plan.benchmarks if facts.name == cell.benchmark)
    problems = load(facts.origin or facts.name, limit=stored.evaluation.limit)
    found = benchmark_digest(problems)
    if facts.digest != found:
        raise DataError(
            f"{cell.benchmark} has changed: the cell was executed with digest {facts.digest}, and "
            f"it is {found} now; set {DATA_VARIABLE} to the folder of the earlier data"
        )
    return problems


def program_files(problem: Problem | None, answer: str | None) -> Mapping[str, str]:
    """Return the files of the program assembled from an answer, by path; none without one."""
    if problem is None or answer is None:
        return {}
    return language(problem.language).assemble(Unit(name="u0", problem=problem, answer=answer))
