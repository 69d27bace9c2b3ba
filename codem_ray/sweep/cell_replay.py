"""Judge stored completions again and compare the verdicts with the stored ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codem_ray.errors import DataError
from codem_ray.execution.executor import Executor
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_versions
from codem_ray.records import Problem, PromptStyle
from codem_ray.sandbox.recording import Call, RecordingSandbox
from codem_ray.scoring.gate import require_references
from codem_ray.scoring.judging import Advance, JudgedCompletion, judge_completions, with_progress
from codem_ray.storage import Storage
from codem_ray.sweep.cell_names import find_task
from codem_ray.sweep.cell_texts import CompletionText, cell_problems, stored_judgements
from codem_ray.sweep.stored_plan import StoredCell, StoredSweep


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """One completion with its stored judgement and its new one."""

    stored: JudgedCompletion
    now: JudgedCompletion

    @property
    def is_same(self) -> bool:
        """Whether answer and outcome are unchanged."""
        is_same_outcome = self.stored.verdict.outcome is self.now.verdict.outcome
        return is_same_outcome and self.stored.answer == self.now.answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One replayed completion with its prompt, its files and all sandbox calls."""

    replayed: Replayed
    problem: Problem
    prompt: str
    """Text given to the model, without the tokens that its tokenizer adds."""
    files: Mapping[str, str]
    """Files of the assembled program, by path; empty without an answer."""
    calls: Sequence[Call]


class Replay:
    """Judges the cells of one sweep on this machine's toolchains, without the verdict cache."""

    def __init__(
        self,
        storage: Storage,
        stored: StoredSweep,
        sandbox: RecordingSandbox,
        *,
        num_threads: int,
    ) -> None:
        self._storage = storage
        self._stored = stored
        self._sandbox = sandbox
        self._executor = Executor(sandbox, num_threads=num_threads)

    def notes(self, cell: StoredCell) -> list[str]:
        """Return a note if the toolchain has changed since the cell was executed."""
        stored = self._stored.facts.environment.get(cell.target)
        now = toolchain_versions(language(cell.target))
        if stored in (None, now):
            return []
        return [f"{cell.target} was {stored} when the cell was executed and is {now} now"]

    def cell(self, cell: StoredCell, progress: Advance) -> list[Replayed]:
        """Judge all completions of a cell."""
        problems, stored = self._read(cell)
        self._expect_checks(problems, stored, progress)
        now = self._judge(problems, stored, cell.style, progress)
        self._sandbox.pop_calls()
        return [Replayed(stored=a, now=b) for a, b in zip(stored, now, strict=True)]

    def problem(self, cell: StoredCell, task: str, sample: int | None) -> list[Trace]:
        """Judge the completions of one problem and record every sandbox call."""
        problems, stored = self._read(cell)
        task_id = find_task([problem.task_id for problem in problems], task)
        (problem,) = (problem for problem in problems if problem.task_id == task_id)
        samples = {
            judged.completion.sample: judged
            for judged in stored
            if judged.completion.task_id == task_id
        }
        chosen = [judged for number, judged in samples.items() if sample in (None, number)]
        if not chosen:
            known = f"sample {sample}; there are: {', '.join(map(str, samples))}"
            raise DataError(f"{cell}: {task_id} has no {known if samples else 'completion'}")
        self._expect_checks([problem], chosen, lambda done, more: None)
        return [self._trace(problem, judged, cell.style) for judged in chosen]

    def _read(self, cell: StoredCell) -> tuple[list[Problem], list[JudgedCompletion]]:
        judged = stored_judgements(self._storage, cell)
        return cell_problems(self._stored, cell), judged

    def _trace(self, problem: Problem, stored: JudgedCompletion, style: PromptStyle) -> Trace:
        self._sandbox.pop_calls()
        (now,) = self._judge([problem], [stored], style, lambda done, more: None)
        text = CompletionText(
            judged=now, style=style, template=self._stored.template, problem=problem
        )
        return Trace(
            replayed=Replayed(stored=stored, now=now),
            problem=problem,
            prompt=text.prompt,
            files=text.program(),
            calls=self._sandbox.pop_calls(),
        )

    def _judge(
        self,
        problems: Sequence[Problem],
        stored: Sequence[JudgedCompletion],
        style: PromptStyle,
        advance: Advance,
    ) -> list[JudgedCompletion]:
        execute = with_progress(self._executor, advance)
        options = self._stored.evaluation.extraction
        completions = [judged.completion for judged in stored]
        return judge_completions(problems, completions, style, execute, options)

    def _expect_checks(
        self, problems: Sequence[Problem], stored: Sequence[JudgedCompletion], advance: Advance
    ) -> None:
        """Count the references' checks; raises like the sweep's reference gate."""
        if not self._stored.evaluation.gate:
            return
        task_ids = {judged.completion.task_id for judged in stored}
        references = [replace(p, broken=()) for p in problems if p.task_id in task_ids]
        require_references(references, self._executor, advance)
