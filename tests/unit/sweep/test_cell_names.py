"""Cells of a stored sweep are found by shortened names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.errors import ConfigError
from codem_ray.records import PromptStyle
from codem_ray.sweep.cell_names import choose_cells
from codem_ray.sweep.stored_plan import StoredCell

CELLS = [
    StoredCell(
        trial_id=trial,
        target=target,
        benchmark=f"starter-{target}",
        style=PromptStyle.INSTRUCTION,
        results="",
        execute="",
    )
    for trial in ("base-1", "java-s0-2", "java-s1-3")
    for target in ("java", "javascript")
]


def test_ambiguous_beginning_lists_the_cells_that_start_with_it() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_cells(CELLS, "java/java")
    lines = str(caught.value).splitlines()
    assert lines[0] == "trial: 2 start with 'java'; choose one of:"
    assert [line.strip() for line in lines[1:]] == [str(cell) for cell in CELLS[2:]]
    with pytest.raises(ConfigError) as caught:
        choose_cells(CELLS, "java-s1/jav")
    lines = str(caught.value).splitlines()
    assert [line.strip() for line in lines[1:]] == [str(cell) for cell in CELLS[4:]]


def test_unknown_beginning_lists_all_cells_that_may_be_meant() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_cells(CELLS, "rust/java")
    assert len(str(caught.value).splitlines()) == 1 + len(CELLS)
    assert choose_cells(CELLS, "java-s1/js") == ([CELLS[5]], "")


def test_a_language_means_its_own_trial_and_not_one_whose_name_it_begins() -> None:
    cells = [
        replace(cell, trial_id=cell.trial_id.replace("java-s1", "javascript-s0")) for cell in CELLS
    ]
    assert choose_cells(cells, "java/javascript") == ([cells[3]], "")
    assert choose_cells(cells, "javas/javascript") == ([cells[5]], "")
