"""Results of MultiPL-E are scored in each of its languages that the project has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from multipl_e_rows import ROWS, completion

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode


def write_experiment(folder: Path, language: str) -> None:
    """Write the folder of an experiment with its results, as MultiPL-E's evaluator leaves it."""
    row = ROWS[language]
    texts = [completion(language, is_right=is_right) for is_right in (True, False)]
    statuses = ["OK", "Exception"]
    results = [
        {"program": f"{row['prompt']}{text}\n{row['tests']}", "status": status}
        for text, status in zip(texts, statuses, strict=True)
    ]
    name = row["name"]
    (folder / f"{name}.json").write_text(json.dumps({**row, "completions": texts}))
    (folder / f"{name}.results.json").write_text(json.dumps({**row, "results": results}, indent=2))


@pytest.mark.parametrize("language", ROWS)
def test_completions_of_multipl_e_get_the_verdicts_of_its_evaluator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    write_experiment(tmp_path, language)
    options = ["--completions", str(tmp_path), "--benchmark", str(tmp_path), "--json"]
    code = main(["evaluate", *options, "--out", str(tmp_path.parent / f"{language}.jsonl")])
    rows = (tmp_path.parent / f"{language}.jsonl").read_text()
    assert code == ExitCode.COMPLETE
    score = json.loads(capsys.readouterr().out)
    assert score["outcomes"] == {"passed": 1, "wrong_answer": 1}, rows
    assert score["judged_elsewhere"] == 2
    assert not score["passed_here_only"]
    assert not score["passed_elsewhere_only"]
