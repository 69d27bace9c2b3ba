"""`codem-ray data` without a tokenizer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode

ROWS = [
    {
        "id": f"{language}-{n}",
        "instruction": f"ask {n}",
        "output": f"{language} {n}",
        "lang": language,
    }
    for language in ("python", "go")
    for n in range(12)
]
ROWS += [
    {"id": "twin", "instruction": "ask 1", "output": "go 1", "lang": "go"},
    {"id": "steers", "instruction": "bad \x1b[2J id", "output": "go 99", "lang": "go"},
]


@pytest.fixture
def sweep(tmp_path: Path) -> str:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = tmp_path / "small.yaml"
    path.write_text(
        f"""\
name: small
base_model: {{path: starter}}
sources: [base, python, go, mixed, shuffled]
data:
  corpora: [{{path: {corpus}, language_field: lang, licence: MIT}}]
  cleaning: {{max_error_share: null, truncated: false, near_duplicates: null}}
  template: short
  max_tokens: 64
evaluation: {{benchmarks: [starter-python], limit: 2}}
generation: {{max_new_tokens: 32}}
storage: {{path: {tmp_path / "runs"}}}
"""
    )
    return str(path)


def test_overview_shows_counts_drops_overlap_and_lengths(
    sweep: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", sweep, "--no-tokens"]) == ExitCode.COMPLETE
    shown = capsys.readouterr()
    assert "12 pairs, as many as the smallest source has" in shown.out
    assert "mixed 12 12 - - - - python 6 go 6" in " ".join(shown.out.split())
    for text in ("MIT", "duplicate", "starter-python", "by field", "characters of a pair"):
        assert text in shown.out
    assert "reading and cleaning the corpora" in shown.err
    for name in ("lengths.svg", "lengths.png", "data_card.json", "data_card.md"):
        path = tmp_path / "runs" / "small" / "data" / name
        assert str(path) in shown.out
        assert path.stat().st_size > 100


def test_dropped_rows_are_listed_with_their_reason(
    sweep: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", sweep, "--no-tokens", "--dropped"]) == ExitCode.COMPLETE
    assert capsys.readouterr().out == "duplicate\ttwin\tgo\tcorpus.jsonl\tof go-1\n"
    assert main(["data", sweep, "--no-tokens", "--dropped", "contaminated"]) == ExitCode.COMPLETE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no row was dropped as contaminated" in shown.err
    with pytest.raises(SystemExit) as stopped:
        main(["data", sweep, "--dropped", "boredom"])
    assert stopped.value.code == ExitCode.CONFIG


def test_examples_mark_text_without_loss(sweep: str, capsys: pytest.CaptureFixture[str]) -> None:
    all_of_go = ["--set", "data.pairs=13", "--set", "data.shortage=repeat", "--most", "20"]
    assert main(["data", sweep, "--no-tokens", "--examples", "go", *all_of_go]) == 0
    out = capsys.readouterr().out
    assert out.count("  . ### Instruction:") == 13
    assert "  > go 2<end of text>" in out
    assert "  . bad \\x1b[2J id" in out
    # A corpus must not send control codes to the terminal.
    assert "\x1b" not in out
    assert main(["data", sweep, "--no-tokens", "--examples", "shuffled"]) == 0
    out = capsys.readouterr().out
    assert out.count(", answer of ") == 10
    assert main(["data", sweep, "--no-tokens", "--examples", "java"]) == ExitCode.CONFIG
    assert "choose one of python, go, mixed, shuffled" in capsys.readouterr().err


def test_json_contains_card_dropped_rows_and_examples(
    sweep: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["data", sweep, "--no-tokens", "--json", "--dropped", "--examples", "go"]
    assert main(arguments) == ExitCode.COMPLETE
    value = json.loads(capsys.readouterr().out)
    assert {row["source"]: row["pairs"] for row in value["card"]["sources"]} == dict.fromkeys(
        ("python", "go", "mixed", "shuffled"), 12
    )
    assert value["lengths"]["unit"] == "characters"
    assert sum(value["lengths"]["by_language"]["go"]["counts"]) == 13
    assert [row["pair_id"] for row in value["dropped"]] == ["twin"]
    assert len(value["examples"]) == 10


def test_a_sweep_that_trains_nothing_has_no_data(
    sweep: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", sweep, "--set", "sources=[base]"]) == ExitCode.COMPLETE
    assert "trains nothing" in capsys.readouterr().out


def test_shortage_of_pairs_exits_with_2(sweep: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", sweep, "--no-tokens", "--set", "data.pairs=500"]) == ExitCode.CONFIG
    assert "data.shortage: `repeat`" in capsys.readouterr().err


def test_missing_tokenizer_suggests_no_tokens(
    sweep: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("transformers", "transformers.utils"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["data", sweep]) == ExitCode.ENVIRONMENT
    assert "--no-tokens shows everything except tokens" in capsys.readouterr().err
    assert main(["data", sweep, "--no-tokens"]) == ExitCode.COMPLETE


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}])
def test_a_terminal_without_block_characters_shows_the_rest(
    sweep: str, locale: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codem_ray", "data", sweep, "--no-tokens"],
        env={**os.environ, "LC_ALL": "C", **locale},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    assert b"|?" in done.stdout
    assert b"bars: every second bin" in done.stdout
