"""Find the cells of a stored sweep by the names that people type."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from contextlib import suppress

from codem_ray.errors import ConfigError
from codem_ray.languages import language
from codem_ray.sweep.stored_plan import StoredCell

_MAX_LISTED = 40


def choose_cells(
    cells: Sequence[StoredCell], wanted: str, style: str | None = None
) -> tuple[list[StoredCell], str]:
    """Return the cells that a name means, one per prompt style, and the task id in the name.

    `wanted` is `trial/target/benchmark[/task_id]`. Trial, target and benchmark may be shortened to
    an unambiguous prefix; the target may be an alias of a language; the benchmark may be left out
    if there is only one. Benchmarks and task ids may contain slashes. ConfigError lists the cells
    that match the name as far as it is understood.
    """
    trial, _, rest = wanted.strip("/").partition("/")
    trial_id = _match("trial", trial, cells, lambda cell: cell.trial_id)
    matching = [cell for cell in cells if cell.trial_id == trial_id]
    target, _, rest = rest.partition("/")
    with suppress(ConfigError):
        target = language(target).name
    target = _match("target", target, matching, lambda cell: cell.target)
    matching = [cell for cell in matching if cell.target == target]
    # Longest first: one benchmark's name may be the beginning of another's.
    names = sorted({cell.benchmark for cell in matching}, key=len, reverse=True)
    exact = [name for name in names if rest == name or rest.startswith(f"{name}/")]
    if exact:
        benchmark, task = exact[0], rest.removeprefix(exact[0]).strip("/")
    else:
        prefix, _, task = rest.partition("/")
        benchmark = _match("benchmark", prefix, matching, lambda cell: cell.benchmark)
    matching = [cell for cell in matching if cell.benchmark == benchmark]
    chosen = [cell for cell in matching if style in (None, cell.style.value)]
    if not chosen:
        raise ConfigError(
            f"{matching[0].name} was not asked in the style {style}{_choices(matching)}"
        )
    return chosen, task


def find_task(task_ids: Sequence[str], wanted: str) -> str:
    """Return the task id of that name, or the only one that ends in it after a slash."""
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


def _match(
    part: str, wanted: str, cells: Sequence[StoredCell], name_of: Callable[[StoredCell], str]
) -> str:
    """Return the name that is equal to `wanted`, or the only one that starts with it.

    One that goes on with a hyphen comes first: `java` means `java-s0-...`, not `javascript-s0-...`.
    """
    known = list(dict.fromkeys(map(name_of, cells)))
    if wanted in known:
        return wanted
    found = [name for name in known if name.startswith(wanted)]
    whole = [name for name in found if name.startswith(f"{wanted}-")]
    for names in (found, whole):
        if len(names) == 1:
            return names[0]
    if not wanted:
        raise ConfigError(f"the cell's {part} is missing{_choices(cells)}")
    if not found:
        raise ConfigError(f"{part}: there is no {wanted!r}{_choices(cells)}")
    matching = [cell for cell in cells if name_of(cell) in found]
    raise ConfigError(f"{part}: {len(found)} start with {wanted!r}{_choices(matching)}")


def _choices(cells: Sequence[StoredCell]) -> str:
    names = [str(cell) for cell in cells]
    more = f"\n  and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return "; choose one of:\n  " + "\n  ".join(names[:_MAX_LISTED]) + more
