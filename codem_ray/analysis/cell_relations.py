"""The cells of a matrix by the relation of the source to the target."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from codem_ray.analysis.gain_table import GainTable

CONTROLS = ("prose", "shuffled")
"""Sources that teach the form of an answer, but no code that answers its request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRelations:
    """Indices of the cells of a table by relation. Cells whose target is HTML are left out.

    A page is judged in another way than a program, so its scores cannot be averaged with others.
    """

    table: GainTable
    languages: Collection[str]
    """Names of all languages."""
    pages: Collection[str]
    """Languages whose answers are pages, not programs (HTML)."""
    related_pairs: Collection[frozenset[str]]

    @property
    def own(self) -> list[int]:
        """Cells whose source is the target language."""
        return [i for i in self._on_programs if self._source(i) == self.table.cells[i].target]

    @property
    def of_other_languages(self) -> list[int]:
        """Cells whose source is another language, HTML included."""
        return [i for i in self._on_programs if self._source(i) != self.table.cells[i].target]

    @property
    def of_other_code(self) -> list[int]:
        """Cells whose source is another programming language."""
        return [i for i in self.of_other_languages if self._source(i) not in self.pages]

    @property
    def related(self) -> list[int]:
        """Cells whose source is another language that is related to the target."""
        return [i for i in self.of_other_code if self._is_related(i)]

    @property
    def unrelated(self) -> list[int]:
        """Cells whose source is another language, HTML included, that is not related."""
        return [i for i in self.of_other_languages if not self._is_related(i)]

    @property
    def best_control(self) -> str | None:
        """The control with the highest mean gain; None if none was run on all targets."""
        wanted = {self.table.cells[i].benchmark for i in self.of_other_languages}
        means = {}
        for name in CONTROLS:
            cells = self.of_source(name)
            if wanted and wanted <= cells.keys():
                means[name] = sum(float(self.table.gains[cells[one]]) for one in wanted)
        return max(means, key=lambda name: means[name], default=None)

    def of_source(self, source: str) -> dict[str, int]:
        """Return the cells of a source by benchmark."""
        return {c.benchmark: i for i, c in enumerate(self.table.cells) if c.source == source}

    @property
    def _on_programs(self) -> list[int]:
        programs = set(self.languages) - set(self.pages)
        return [
            i
            for i, cell in enumerate(self.table.cells)
            if cell.source in self.languages and cell.target in programs
        ]

    def _source(self, index: int) -> str:
        return self.table.cells[index].source

    def _is_related(self, index: int) -> bool:
        cell = self.table.cells[index]
        return frozenset((cell.source, cell.target)) in self.related_pairs
