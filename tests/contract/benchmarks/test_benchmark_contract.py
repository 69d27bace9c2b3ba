"""What every registered benchmark must hold, one of this package or of another."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pack_rows import ROWS as PACK_ROWS

from codem_ray.benchmarks import (
    ANY_USE,
    BENCHMARKS,
    DATA_VARIABLE,
    EVALUATION_ONLY,
    benchmark_digest,
    is_local,
    load,
    resolve,
)
from codem_ray.benchmarks.family import MAX_QUARANTINED_SHARE
from codem_ray.benchmarks.registry import FAMILIES
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.source_code import ParsedSource, mask
from codem_ray.records import Problem

each_benchmark = pytest.mark.parametrize("name", BENCHMARKS)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder, with rows of our own for HumanEvalPack, whose files are only on the hub."""
    folder = tmp_path_factory.mktemp("data")
    for name, row in PACK_ROWS.items():
        path = folder / "humanevalpack" / f"humanevalpack_{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(row) + "\n")
    for entry in Path(os.environ.get(DATA_VARIABLE) or folder).iterdir():
        if not (folder / entry.name).exists():
            (folder / entry.name).symlink_to(entry)
    return folder


def problems_of(name: str, data_dir: Path) -> list[Problem]:
    if not is_local(name) and not (data_dir / BENCHMARKS[name].file).exists():
        pytest.skip(f"{BENCHMARKS[name].file} is not in the folder that {DATA_VARIABLE} names")
    return load(name, data_dir=data_dir)


@each_benchmark
def test_name_language_licence_use_and_source_are_stated(name: str) -> None:
    spec = BENCHMARKS[name]
    assert spec.name == name
    assert spec.language in LANGUAGES
    assert spec.title
    assert spec.licence
    assert spec.use in (ANY_USE, EVALUATION_ONLY)
    assert spec.hub_path or spec.notes, "a benchmark without a hub file says where its rows are"
    assert all(reason.strip() for reason in spec.quarantine.values())


@each_benchmark
def test_problems_are_complete_and_unique(name: str, data_dir: Path) -> None:
    problems = problems_of(name, data_dir)
    ids = [problem.task_id for problem in problems]
    assert ids
    assert len(ids) == len(set(ids))
    shared = [problem.common_id for problem in problems if problem.common_id]
    assert len(shared) == len(set(shared))
    for problem in problems:
        assert problem.benchmark == name
        assert problem.language == BENCHMARKS[name].language
        assert all((problem.prompt.strip(), problem.instruction.strip(), problem.tests.strip()))
        assert problem.licence
    # Resampling needs a group for every problem of a benchmark or for none.
    assert len({bool(problem.group) for problem in problems}) == 1


@each_benchmark
def test_prompt_and_reference_are_a_whole_program(name: str, data_dir: Path) -> None:
    for problem in problems_of(name, data_dir):
        for text in (problem.reference, *problem.broken):
            if text is None:
                continue
            answer = whole_answer(problem, text)
            assert answer.strip()
            if problem.entry_point and problem.language != "html":
                masked = mask(answer, problem.language)
                names = {one.name for one in ParsedSource(answer, problem.language).definitions}
                assert problem.entry_point in names, problem.task_id
                assert masked.count("{") == masked.count("}"), problem.task_id


@each_benchmark
def test_the_quarantine_table_names_problems_and_stays_small(name: str, data_dir: Path) -> None:
    problems, table = problems_of(name, data_dir), BENCHMARKS[name].quarantine
    quarantined = {p.task_id: p.quarantine for p in problems if p.quarantine is not None}
    assert quarantined == dict(table)
    assert len(quarantined) <= max(2, MAX_QUARANTINED_SHARE * len(problems))


@each_benchmark
def test_loading_is_repeatable_and_a_limit_takes_the_first_problems(
    name: str, data_dir: Path
) -> None:
    problems = problems_of(name, data_dir)
    assert benchmark_digest(load(name, data_dir=data_dir)) == benchmark_digest(problems)
    assert load(name, data_dir=data_dir, limit=1) == problems[:1]


@each_benchmark
def test_the_file_is_recognised_by_its_fields(name: str, data_dir: Path) -> None:
    problems_of(name, data_dir)
    [family] = [one for one in FAMILIES if BENCHMARKS[name] in one.benchmarks]
    language = BENCHMARKS[name].language
    spec, problems = resolve(data_dir / BENCHMARKS[name].file, language=language, data_dir=data_dir)
    assert spec.title == family.by_language()[language].title
    assert spec.language == language
    assert problems
