"""Find the cells of a stored sweep by the names that people type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from codem_ray.errors import ConfigError
from codem_ray.languages import language
from codem_ray.records import PromptStyle
from codem_ray.storage import Storage
from codem_ray.sweep.stored import read_stored

_SHOWN = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCell:
    """One cell as the sweep's plan names it."""

    trial_id: str
    target: str
    benchmark: str
    style: PromptStyle
    stage: str
    """Folder of the stage that holds its verdicts."""

    @property
    def name(self) -> str:
        """`trial/target/benchmark`, as `replay` takes it."""
        return f"{self.trial_id}/{self.target}/{self.benchmark}"

    def __str__(self) -> str:
        return f"{self.name} ({self.style})"


def stored_cells(storage: Storage) -> list[StoredCell]:
    """Return the cells of a sweep's plan, in its order."""
    cells = []
    for stored in read_stored(storage)["cells"]:
        name, _, style = stored["cell"].rpartition(" (")
        # A benchmark may be a file, whose path has slashes too.
        trial_id, target, benchmark = name.split("/", 2)
        cells.append(
            StoredCell(
                trial_id=trial_id,
                target=target,
                benchmark=benchmark,
                style=PromptStyle(style.removesuffix(")")),
                stage=stored["execute"],
            )
        )
    return cells


def choose_cells(
    cells: Sequence[StoredCell], wanted: str, style: str | None = None
) -> tuple[list[StoredCell], str]:
    """Return the cells of one trial and benchmark, a cell per prompt style, and what follows.

    `wanted` is `trial/target/benchmark[/task_id]`. Each of the first three may be cut short where
    that leaves one choice; a target may be an alias; the benchmark may be left out where there is
    one. A task id may have slashes of its own. ConfigError lists what there is.
    """
    trial, _, rest = wanted.strip("/").partition("/")
    trial_id = _one("trial", trial, (cell.trial_id for cell in cells), cells)
    own = [cell for cell in cells if cell.trial_id == trial_id]
    target, _, rest = rest.partition("/")
    with suppress(ConfigError):
        target = language(target).name
    name = _one("target", target, (cell.target for cell in own), own)
    own = [cell for cell in own if cell.target == name]
    names = sorted({cell.benchmark for cell in own}, key=len, reverse=True)
    whole = [one for one in names if rest == one or rest.startswith(f"{one}/")]
    if whole:
        benchmark, task = whole[0], rest.removeprefix(whole[0]).strip("/")
    else:
        start, _, task = rest.partition("/")
        benchmark = _one("benchmark", start, names, own)
    own = [cell for cell in own if cell.benchmark == benchmark]
    chosen = [cell for cell in own if style in (None, cell.style.value)]
    if not chosen:
        raise ConfigError(f"{own[0].name} was not asked in the style {style}{_listed(own)}")
    return chosen, task


def find_task(task_ids: Sequence[str], wanted: str) -> str:
    """Return the task id of that name, or the one that ends in it after a slash."""
    if wanted in task_ids:
        return wanted
    ending = [task_id for task_id in task_ids if task_id.endswith(f"/{wanted}")]
    if len(ending) == 1:
        return ending[0]
    near = difflib.get_close_matches(wanted, task_ids, n=3, cutoff=0.5) or task_ids[:3]
    raise ConfigError(
        f"no problem of this cell is called {wanted!r}; it has {len(task_ids)}, such as "
        f"{', '.join(near)}"
    )


def _one(kind: str, wanted: str, names: Iterable[str], cells: Sequence[StoredCell]) -> str:
    """Return the name that is wanted, or the only one that begins so."""
    known = list(dict.fromkeys(names))
    if wanted in known:
        return wanted
    found = [name for name in known if name.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not wanted:
        raise ConfigError(f"the cell's {kind} is missing{_listed(cells)}")
    problem = f"{wanted!r} is the beginning of {len(found)}" if found else f"there is no {wanted!r}"
    raise ConfigError(f"{kind}: {problem}{_listed(cells)}")


def _listed(cells: Sequence[StoredCell]) -> str:
    names = [str(cell) for cell in cells]
    more = f"\n  and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return "; choose among:\n  " + "\n  ".join(names[:_SHOWN]) + more
