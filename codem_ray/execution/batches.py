"""Plan which programs are compiled, or which pages judged, together."""

from __future__ import annotations

from collections.abc import Mapping

from codem_ray.execution.pages import needs_browser
from codem_ray.execution.programs import ProgramKey
from codem_ray.languages import language
from codem_ray.languages.spec import LanguageSpec, ProcessLayout, Unit

PAGES_PER_PROCESS = 82
PAGES_PER_BROWSER = 100
ANSWERS_PER_JUDGE = 41


def plan_batches(
    units: Mapping[ProgramKey, Unit], num_threads: int
) -> list[dict[ProgramKey, Unit]]:
    """Group units by language, and pages by whether they need a browser, in even batches."""
    groups: dict[tuple[str, bool], list[tuple[ProgramKey, Unit]]] = {}
    for key, unit in units.items():
        kind = (language(unit.problem.language).name, needs_browser(unit.problem))
        groups.setdefault(kind, []).append((key, unit))
    batches = []
    for (name, is_browser), members in groups.items():
        # Batches are smaller if threads would otherwise be idle.
        max_size = min(_max_size(language(name), is_browser), -(-len(members) // num_threads))
        size = -(-len(members) // -(-len(members) // max_size))
        batches += [dict(members[at : at + size]) for at in range(0, len(members), size)]
    return batches


def _max_size(spec: LanguageSpec, is_browser: bool) -> int:
    if spec.process_layout is ProcessLayout.PAGES:
        return PAGES_PER_BROWSER if is_browser else PAGES_PER_PROCESS
    if spec.build is not None:
        return spec.build.batch_size
    return ANSWERS_PER_JUDGE if spec.is_judge_resident else 1
