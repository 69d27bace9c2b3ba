"""The fields of its rows identify the format of a benchmark file, not its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codem_ray.benchmarks import load, resolve
from codem_ray.benchmarks.loading import recognise
from codem_ray.benchmarks.registry import FAMILIES
from codem_ray.benchmarks.rows import BenchmarkRow
from codem_ray.errors import ConfigError, DataError

X_ROW = {
    "prompt": "def half(n):\n",
    "declaration": "def half(n):\n",
    "canonical_solution": "    return n / 2\n",
    "test": "assert half(4) == 2\n",
}
TS_ROW = {
    "name": "HumanEval_7_half",
    "prompt": "//Half of n.\nfunction half(n: number): number {\n",
    "tests": "if (half(4) !== 2) { throw 1; }\n",
    "stop_tokens": ["\nfunction "],
}


def file_of(tmp_path: Path, row: dict[str, object]) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def test_task_ids_of_humaneval_x_state_the_language(tmp_path: Path) -> None:
    spec, [problem] = resolve(file_of(tmp_path, X_ROW | {"task_id": "Python/3"}))
    assert (spec.language, problem.benchmark, problem.language) == ("python", "mine", "python")


def test_a_folder_of_problems_gives_its_whole_name(tmp_path: Path) -> None:
    folder = tmp_path / "humaneval-ts-model-0.2-reworded"
    folder.mkdir()
    (folder / "HumanEval_7_half.json").write_text(json.dumps(TS_ROW))
    spec, [problem] = resolve(folder, language="typescript")
    assert spec.name == problem.benchmark == "humaneval-ts-model-0.2-reworded"


def test_a_language_must_be_given_if_no_row_states_it(tmp_path: Path) -> None:
    path = file_of(tmp_path, X_ROW | {"task_id": "3"})
    with pytest.raises(
        DataError, match=r"HumanEval-X, but .*add --language and one of python, cpp"
    ):
        load(path)
    assert load(path, language="py")[0].language == "python"
    with pytest.raises(DataError, match=r"can be read in python, cpp.*, not in html"):
        load(path, language="html")


def test_a_language_other_than_that_of_the_rows_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, X_ROW | {"task_id": "Python/3"})
    with pytest.raises(DataError, match="HumanEval-X in python, but --language is go"):
        load(path, language="go")
    with pytest.raises(ConfigError, match="starter-go is in go, not in c"):
        load("starter-go", language="c")


def test_a_language_that_the_family_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="MultiPL-E in 'rkt'; it can be read in typescript"):
        load(file_of(tmp_path, TS_ROW | {"language": "rkt"}))
    assert load(file_of(tmp_path, TS_ROW | {"language": "ts"}))[0].task_id == "HumanEval_7_half"


def test_an_unknown_format_is_refused_with_the_fields_of_each_known_one(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        load(file_of(tmp_path, {"question": "?", "answer": "!"}))
    text = str(refused.value)
    assert "the fields answer, question" in text
    assert all(one.title in text for one in FAMILIES)
    assert "c_func, c_test" in text


def test_reference_pages_are_found_next_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEM_RAY_DATA", raising=False)
    row = {"task_id": "HTML/9", "prompt": "A title.", "instruction": "A title.", "level": "easy"}
    path = file_of(tmp_path, row)
    (tmp_path / "HTML_refs").mkdir()
    (tmp_path / "HTML_refs" / "9.html").write_text("<h1>Title</h1>\n")
    assert load(path)[0].reference == "<h1>Title</h1>\n"


def test_humaneval_files_are_read_as_openai_published_them(tmp_path: Path) -> None:
    row = {
        "task_id": "HumanEval/5",
        "prompt": 'def half(n):\n    """ Half. """\n',
        "entry_point": "half",
        "canonical_solution": "    return n / 2\n",
        "test": "def check(candidate):\n    assert candidate(4) == 2\n",
    }
    spec, [problem] = resolve(file_of(tmp_path, row))
    assert (spec.title, problem.task_id, problem.language) == (
        "HumanEval",
        row["task_id"],
        "python",
    )
    assert problem.tests.endswith("check(half)\n")
    # McEval's rows have these fields too.
    mceval = row | {
        "task_id": "Python/5",
        "instruction": "i",
        "level": "easy",
        "signature": "def half(n)",
        "docstring": "Half.",
    }
    assert resolve(file_of(tmp_path, mceval))[0].title == "McEval"


def test_the_family_that_requires_more_fields_is_preferred() -> None:
    [humaneval_x, pack] = [
        one for one in FAMILIES if one.title in ("HumanEval-X", "HumanEvalPack")
    ][::-1]
    values = dict.fromkeys(pack.fields, "x") | {"task_id": "Python/0"}
    for families in ((humaneval_x, pack), (pack, humaneval_x)):
        assert recognise(BenchmarkRow("rows", 1, values), families).name == "humanevalpack-python"
