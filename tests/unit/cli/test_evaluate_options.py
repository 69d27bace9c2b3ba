"""`evaluate` refuses options that it would not use, and names what to write instead."""

from __future__ import annotations

import pytest

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode

MODEL = ["--model", "x/y", "--targets", "python"]
COMPLETIONS = ["--completions", "x.jsonl", "--benchmark", "starter-c"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*MODEL, "--extract", "first"], "with --model write --set evaluation.extract=..."),
        ([*MODEL, "--k", "1"], "--k applies to --completions only"),
        ([*MODEL, "--reasoning-tags", "<a>,</a>"], "--set evaluation.reasoning_tags=..."),
        ([*MODEL, "--sandbox", "process-without-isolation"], "--set evaluation.sandbox=..."),
        ([*MODEL, "--benchmark", "starter-c"], "with --model write --benchmarks"),
        ([*MODEL, "--out", "x.jsonl"], "--out applies to --completions only; remove it"),
        ([*MODEL, "--quarantine", "C/1"], "--quarantine applies to --completions only; remove it"),
        ([*COMPLETIONS, "--benchmarks", "starter-c"], "--benchmark names the benchmark"),
        ([*COMPLETIONS, "--template", "chat"], "--template applies to --model only"),
        ([*COMPLETIONS, "--set", "seeds=[1]"], "--set applies to --model only"),
    ],
)
def test_option_of_the_other_kind_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments]) == ExitCode.CONFIG
    assert words in capsys.readouterr().err


def test_unknown_rule_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", *COMPLETIONS, "--extract", "longest"])
    assert "choose from 'best', 'first', 'last', 'raw'" in capsys.readouterr().err
