"""Show what a model wrote: the outcomes of a cell by problem, or prompt, completion, program and
output of one problem, each beside those of the base model. Executes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from codem_ray.cli.options import add_cell, add_json, add_stored_limit, limit_suffix, open_folder
from codem_ray.cli.output import log, print_json, section
from codem_ray.errors import ConfigError, ExitCode, IncompleteError
from codem_ray.records import Outcome
from codem_ray.storage import Storage
from codem_ray.sweep.cell_names import choose_cells, find_task
from codem_ray.sweep.cell_texts import CellTexts, CompletionText, cell_texts
from codem_ray.sweep.stored_plan import StoredCell, StoredSweep, read_stored
from codem_ray.sweep.sweep_plan import TrialKind
from codem_ray.wording import plural, text_table

EXAMPLES = """\
examples:
  codem-ray show runs/quickstart java/java/starter-java
  codem-ray show runs/quickstart java/python/starter-python --only worse
  codem-ray show runs/quickstart java/java/starter-java/17
  codem-ray show s3://bucket/runs/my-sweep java/go --sample 0 --json | jq '.[].completion'

CELL is trial/target/benchmark[/task_id]; trial, target and benchmark may be abbreviated if one
match is left. The output is that of the stored execution; `codem-ray replay` executes again.
"""
_PARTS = ("head", "prompt", "completion", "program", "output")
WIDE = 120
"""Columns of a terminal on which two models are shown side by side."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_cell(parser)
    parser.add_argument("--sample", type=int, metavar="N", help="only this sample; default: all")
    parser.add_argument(
        "--only",
        choices=tuple(_FILTERS),
        help="without a task id: only the problems that the model solves and base does not "
        "(better), or the reverse (worse), or that it passes or fails",
    )
    add_stored_limit(parser)
    add_json(parser)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """A completion and that of base to the same problem, if there is one."""

    cell: StoredCell
    model: CompletionText
    base_cell: StoredCell | None = None
    base: CompletionText | None = None

    @property
    def task_id(self) -> str:
        return self.model.judged.completion.task_id

    @property
    def sample(self) -> int:
        return self.model.judged.completion.sample

    @property
    def is_passed(self) -> bool:
        return _is_passed(self.model)

    @property
    def change(self) -> str:
        """Either "better" or "worse"; empty if both models pass, both fail, or there is no base."""
        if self.base is None or _is_passed(self.base) == self.is_passed:
            return ""
        return "better" if self.is_passed else "worse"

    def sides(self) -> list[tuple[StoredCell, CompletionText]]:
        """Return base, if there is one, and the model."""
        base = [(self.base_cell, self.base)] if self.base_cell and self.base else []
        return [*base, (self.cell, self.model)]


_FILTERS: Mapping[str, Callable[[_Shown], bool]] = {
    "better": lambda shown: shown.change == "better",
    "worse": lambda shown: shown.change == "worse",
    "passed": lambda shown: shown.is_passed,
    "failed": lambda shown: not shown.is_passed,
}


def run(args: argparse.Namespace) -> int:
    """Print a table of the cell's problems, or one problem with all its texts."""
    storage = open_folder(args.folder)
    stored = read_stored(storage, limit_suffix(args.limit))
    cells, task = choose_cells(stored.cells, args.cell, args.style)
    if task and args.only:
        raise ConfigError(
            f"--only {args.only} filters the problems of a cell, but CELL names the problem "
            f"{task!r}: leave one of them out"
        )
    rows: list[dict[str, Any]] = []
    is_complete = True
    for cell in cells:
        texts, base, is_base_there = _read(storage, stored, cell)
        is_complete &= is_base_there
        shown = _matched(texts, base)
        if task:
            task_id = find_task(list(dict.fromkeys(one.task_id for one in shown)), task)
            shown = [one for one in shown if one.task_id == task_id]
        shown = _filtered(shown, args, cell)
        rows += [_json(one, is_full=bool(task)) for one in shown]
        if args.json:
            continue
        if task:
            for one in shown:
                _print_problem(one)
        else:
            print(_cell_text(cell, base.cell if base is not None else None, shown, args.folder))
    if args.json:
        print_json(rows)
    return ExitCode.COMPLETE if is_complete else ExitCode.INCOMPLETE


def _read(
    storage: Storage, stored: StoredSweep, cell: StoredCell
) -> tuple[CellTexts, CellTexts | None, bool]:
    """Return the texts of a cell and of base, and False if base was planned but has none yet."""
    texts = cell_texts(storage, stored, cell)
    if texts.missing_problems:
        log(f"prompts and programs are not shown: {texts.missing_problems}")
    base_cell = _base_of(stored, cell)
    if base_cell is None:
        return texts, None, True
    try:
        problems = [one.problem for one in texts.completions if one.problem is not None]
        return texts, cell_texts(storage, stored, base_cell, problems=problems), True
    except IncompleteError as error:
        log(f"base is not shown: {error}")
        return texts, None, False


def _base_of(stored: StoredSweep, cell: StoredCell) -> StoredCell | None:
    """Return the cell that gains are measured from; None for a cell of base, or without base."""
    untuned = {t.trial_id for t in stored.plan.trials if t.kind is TrialKind.UNTUNED}
    if cell.trial_id in untuned:
        return None
    style = stored.evaluation.baseline_style
    return next(
        (
            other
            for other in stored.cells
            if other.trial_id in untuned
            and (other.benchmark, other.style) == (cell.benchmark, style)
        ),
        None,
    )


def _matched(texts: CellTexts, base: CellTexts | None) -> list[_Shown]:
    def key(text: CompletionText) -> tuple[str, int]:
        return text.judged.completion.task_id, text.judged.completion.sample

    others = {key(text): text for text in base.completions} if base is not None else {}
    return [
        _Shown(
            cell=texts.cell,
            model=text,
            base_cell=base.cell if base is not None else None,
            base=others.get(key(text)),
        )
        for text in texts.completions
    ]


def _filtered(shown: Sequence[_Shown], args: argparse.Namespace, cell: StoredCell) -> list[_Shown]:
    if args.sample is not None:
        known = sorted({one.sample for one in shown})
        if args.sample not in known:
            raise ConfigError(
                f"{cell} has no sample {args.sample}: set --sample to one of "
                f"{', '.join(map(str, known))}, or leave it out"
            )
        shown = [one for one in shown if one.sample == args.sample]
    return [one for one in shown if args.only is None or _FILTERS[args.only](one)]


def _is_passed(text: CompletionText) -> bool:
    return text.judged.verdict.outcome is Outcome.PASSED


def _cell_text(
    cell: StoredCell, base_cell: StoredCell | None, shown: Sequence[_Shown], folder: str
) -> str:
    beside = f", base by {base_cell.style}" if base_cell else ""
    header = ("problem", "sample", *(("base",) if base_cell else ()), "model", "change")
    rows = [
        (
            one.task_id,
            str(one.sample),
            *(text.judged.verdict.outcome for _, text in one.sides()[:-1]),
            *(("-",) if base_cell and one.base is None else ()),
            one.model.judged.verdict.outcome,
            one.change,
        )
        for one in shown
    ]
    changes = [one.change for one in shown]
    counts = f"{plural(len(shown), 'completion')}: {sum(one.is_passed for one in shown)} passed"
    if base_cell:
        better, worse = changes.count("better"), changes.count("worse")
        counts += f", {better} better and {worse} worse than base"
    lines = [f"{cell}{beside}", text_table(header, rows, left=len(header)) + counts]
    if shown:
        lines.append(f"one problem: codem-ray show {folder} {cell.name}/{shown[0].task_id}")
    return "\n".join(lines)


def _print_problem(shown: _Shown) -> None:
    """Print the texts of both models, side by side on a wide terminal."""
    sides = [dict(_sections(cell, text)) for cell, text in shown.sides()]
    console = Console(highlight=False, markup=False)
    if len(sides) == 1 or not console.is_terminal or console.width < WIDE:
        for side in sides:
            print("\n".join(side.values()), end="\n\n")
        return
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in sides:
        table.add_column(ratio=1)
    titles = dict.fromkeys(title for side in sides for title in side)
    for title in sorted(titles, key=lambda title: _PARTS.index(title.partition(" ")[0])):
        table.add_row(*(Text(side.get(title, "")) for side in sides))
    console.print(table)


def _sections(cell: StoredCell, text: CompletionText) -> Iterator[tuple[str, str]]:
    """Yield the parts of one model's side, by a name that both sides share."""
    completion, verdict = text.judged.completion, text.judged.verdict
    head = f"=== {cell}, {completion.task_id}, sample {completion.sample}: {verdict.outcome}"
    if text.problem is not None and text.problem.quarantine:
        head += f"\nquarantined: {text.problem.quarantine}"
    yield "head", head
    if text.problem is not None:
        yield "prompt", section("prompt", text.prompt)
    cut = ", cut at the token limit" if completion.is_truncated else ""
    title = f"completion ({plural(completion.completion_tokens, 'token')}{cut})"
    yield "completion", section(title, completion.text)
    if text.judged.answer is None:
        yield "program", "--- program: no answer was found in the completion"
    for name, content in text.program().items():
        yield f"program {name}", section(f"program {name}", content)
    if text.problem is None and text.judged.answer is not None:
        yield "program", section("answer", text.judged.answer)
    yield "output", section("output", verdict.message or "(none)")


def _json(shown: _Shown, *, is_full: bool) -> dict[str, Any]:
    def side(cell: StoredCell, text: CompletionText) -> Mapping[str, Any]:
        judged = text.judged
        plain: dict[str, Any] = {
            "cell": cell.name,
            "style": str(cell.style),
            "outcome": str(judged.verdict.outcome),
            "message": judged.verdict.message,
        }
        if is_full:
            plain |= {
                "prompt": text.prompt,
                "completion": judged.completion.text,
                "answer": judged.answer,
                "program": dict(text.program()),
                "verdict": asdict(judged.verdict),
            }
        return plain

    *base, model = (side(cell, text) for cell, text in shown.sides())
    return {
        "task_id": shown.task_id,
        "sample": shown.sample,
        "change": shown.change,
        **model,
        "base": base[0] if base else None,
    }
