"""`codem-ray compare` on scored files and on the folders of sweeps."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from planned_sweeps import make_sweep
from synthetic_results import SOURCES, make_row

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode
from codem_ray.records import Outcome, PromptStyle
from codem_ray.scoring.stage_files import write_results
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import RESULTS_DIGEST, cells_of
from codem_ray.sweep.stored_plan import write_plan


def scored(path: Path, passes: str, **changes: object) -> Path:
    rows = [
        {
            "task_id": f"Java/{number}",
            "sample": 0,
            "benchmark": "humaneval-x-java",
            "benchmark_digest": "aa",
            "language": "java",
            "group": "",
            "quarantine": None,
            "outcome": "passed" if letter == "1" else "wrong_answer",
            "completion_digest": "0",
        }
        | changes
        for number, letter in enumerate(passes)
    ]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def compare(*arguments: str | Path) -> int:
    return main(["compare", *map(str, arguments)])


def test_two_scored_files_are_compared_as_text_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "1100"), scored(tmp_path / "b.jsonl.gz", "1011")
    assert compare(a, b) == ExitCode.COMPLETE
    text = capsys.readouterr().out
    assert "only A passes (1): Java/1" in text
    assert "only B passes (2): Java/2, Java/3" in text
    assert "+25.0" in text
    assert compare(a, b, "--json") == ExitCode.COMPLETE
    [cell] = json.loads(capsys.readouterr().out)["cells"]
    assert (cell["difference"], cell["better_b"]) == (0.25, ["Java/2", "Java/3"])


def test_missing_problem_makes_a_comparison_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "110"), scored(tmp_path / "b.jsonl", "1101")
    assert compare(a, b) == ExitCode.INCOMPLETE
    assert "INCOMPLETE: missing in A (1): Java/3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"benchmark_digest": "bb"}, "digest aa in A, bb in B"),
        (
            {"benchmark": "humaneval-x-go", "benchmark_digest": "bb"},
            "humaneval-x-go: only B has it",
        ),
        ({"outcome": "fine"}, "line 1: outcome is 'fine'; allowed are passed, wrong_answer"),
    ],
)
def test_results_that_are_not_comparable_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    message: str,
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "11"), scored(tmp_path / "b.jsonl", "10", **changes)
    assert compare(a, b) == ExitCode.CONFIG
    assert message in capsys.readouterr().err


def test_files_without_results_are_refused_with_the_command_that_makes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, mine = scored(tmp_path / "a.jsonl", "11"), tmp_path / "mine.jsonl"
    mine.write_text('{"task_id": "Java/0", "completion": "x"}\n')
    assert compare(a, mine) == ExitCode.CONFIG
    assert "codem-ray evaluate --completions" in capsys.readouterr().err
    mine.write_text("")
    assert compare(a, mine) == ExitCode.CONFIG
    assert "holds no rows" in capsys.readouterr().err
    assert compare(a, tmp_path / "none.jsonl") == ExitCode.CONFIG
    assert "no such file or folder" in capsys.readouterr().err
    assert compare(a, tmp_path) == ExitCode.CONFIG
    assert "not one of each" in capsys.readouterr().err


def sweep(
    folder: Path, *, seed: int, sources: tuple[str, ...] = SOURCES[:3], is_scored: bool = True
) -> Path:
    """Write the files of a sweep with two targets, finished or just begun."""
    storage = Storage(str(folder))
    benchmarks = {"evaluation.benchmarks": ["starter-c", "starter-go"], "evaluation.limit": None}
    settings = make_sweep(sources=list(sources), **benchmarks)
    plan = plan_offline(settings).plan
    cells = cells_of(settings, plan, {"c": "toolchain-1", "go": "toolchain-1"})
    write_plan(storage, settings, plan, cells, {})
    for cell in cells if is_scored else ():
        path, target = storage.local_path(cell.results_name), cell.benchmark.target
        write_results(
            path,
            [
                make_row(cell.trial.source, target, number, seed=seed, style=cell.style)
                for number in range(25)
            ],
        )
        with cell.execute_stage(storage).writing({}) as writer:
            writer.facts[RESULTS_DIGEST] = file_digest(path)
    return folder


def test_two_sweeps_are_compared_cell_by_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = sweep(tmp_path / "a", seed=0), sweep(tmp_path / "b", seed=1)
    assert compare(a, b, "--json") == ExitCode.COMPLETE
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert {(c["place"]["source"], c["target"]) for c in cells} == {
        (source, target) for source in SOURCES[:3] for target in ("c", "go")
    }
    assert {c["problems"] for c in cells} == {25}
    fewer = sweep(tmp_path / "fewer", seed=1, sources=SOURCES[:2])
    assert compare(a, fewer) == ExitCode.INCOMPLETE
    text = capsys.readouterr().out
    assert f"not compared: {SOURCES[2]} starter-c (instruction): only A has it" in text
    row = make_row("base", "c", 0, outcome=Outcome.PASSED)
    assert f"base starter-c ({PromptStyle(row.prompt_style)})" in text
    empty = sweep(tmp_path / "empty", seed=0, is_scored=False)
    assert compare(a, empty) == ExitCode.INCOMPLETE
    assert "holds no results yet" in capsys.readouterr().err


def test_cell_that_both_sweeps_lack_makes_a_comparison_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = sweep(tmp_path / "a", seed=0), sweep(tmp_path / "b", seed=1)
    assert compare(a, b) == ExitCode.COMPLETE
    assert "8 cells compared: B is better in " in capsys.readouterr().out
    for folder in (a, b):
        (lost,) = folder.glob("results/base-*/starter-go.completion.*.parquet")
        lost.unlink()
    assert compare(a, b) == ExitCode.INCOMPLETE
    text = capsys.readouterr().out
    for side in "AB":
        assert f"INCOMPLETE: missing, damaged or without some verdicts in {side}: base-" in text
    assert "/go/starter-go (completion); run the sweep again" in text
    assert compare(a, b, "--json") == ExitCode.INCOMPLETE
    value = json.loads(capsys.readouterr().out)
    assert value["is_incomplete"]
    assert len(value["incomplete_cells"]["A"]) == 1


def test_damaged_results_of_a_sweep_end_a_comparison_with_4_and_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = sweep(tmp_path / "a", seed=0)
    damaged = next(a.glob("results/*/*.parquet"))
    damaged.write_bytes(b"PAR1")
    assert compare(a, a) == ExitCode.INCOMPLETE
    assert f"{damaged} is not a file of results" in capsys.readouterr().err


def test_limited_side_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = scored(tmp_path / "a.jsonl", "11")
    b = scored(tmp_path / "b.jsonl", "10", is_limited=True)
    assert compare(a, b) == ExitCode.COMPLETE
    assert "LIMITED: B: first problems only (--limit)" in capsys.readouterr().out
    assert compare(a, a, "--json") == ExitCode.COMPLETE
    assert json.loads(capsys.readouterr().out)["limited"] == []


def test_repeated_and_incomplete_rows_are_refused_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "10"), scored(tmp_path / "b.jsonl", "11")
    b.write_text(2 * b.read_text())
    assert compare(a, b) == ExitCode.CONFIG
    output = capsys.readouterr().err
    assert f"{b}: holds Java/0, sample 0, twice" in output
    assert "keeps the first row" in output
    b.write_text(a.read_text()[:-20])
    assert compare(a, b) == ExitCode.CONFIG
    assert "the last line is incomplete" in capsys.readouterr().err


def test_replay_refuses_a_scored_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = scored(tmp_path / "a.jsonl", "10")
    assert main(["replay", str(a), "x"]) == ExitCode.CONFIG
    assert "replay needs the folder of a sweep" in capsys.readouterr().err


def test_detectable_difference_of_several_samples_uses_the_spread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "1" * 40), tmp_path / "b.jsonl"
    rows = [json.loads(line) for line in a.read_text().splitlines()]
    # Every problem scores differently, by almost the same amount.
    b.write_text(
        "".join(
            json.dumps(one | {"sample": sample, "outcome": outcome}) + "\n"
            for at, one in enumerate(rows)
            for sample, outcome in enumerate(
                ["passed"] * (6 + at % 2) + ["wrong_answer"] * (4 - at % 2)
            )
        )
    )
    assert compare(a, b, "--json") == ExitCode.COMPLETE
    [cell] = json.loads(capsys.readouterr().out)["cells"]
    assert cell["discordant_share"] == 1
    assert cell["detectable"] < 0.03


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("task_id", value) for value in (None, 3, [1], "\ud800")),
        *(("sample", value) for value in (None, "x", -1, True, 1.5)),
        *(("benchmark_digest", value) for value in (None, {"a": 1})),
        ("group", [1]),
        ("quarantine", True),
        ("is_limited", "no"),
    ],
)
def test_row_with_a_field_of_another_type_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, value: object
) -> None:
    a, b = scored(tmp_path / "a.jsonl", "11"), scored(tmp_path / "b.jsonl", "10", **{field: value})
    assert compare(a, b) == ExitCode.CONFIG
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{b}, line 1: not a scored row: {field}: " in line
