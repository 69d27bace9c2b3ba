"""`codem-ray data` with the tokenizer of the bundled model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codem_ray.cli.main import main


def test_bundled_corpora_are_shown_as_the_model_sees_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["data", "quickstart", "--set", f"storage.path={tmp_path}", "--set", "data.pairs=9"]
    assert main([*arguments, "--json", "--examples", "mixed"]) == 0
    shown = capsys.readouterr()
    value = json.loads(shown.out)
    assert "tokenising" in shown.err
    for source in value["card"]["sources"]:
        assert source["pairs"] == 9
        assert 0 < source["target_tokens"] < source["tokens"] <= 512 * source["rows"]
    examples = value["examples"]
    assert len(examples) == 9
    for example in examples:
        assert example["masked"].endswith("### Response:\n")
        assert example["target"].startswith("```")
        assert example["target"].endswith("</s>") or "end" in example["target"][-20:]
    # Another sweep with the same data reuses its tokens.
    assert main([*arguments, "--set", "name=other", "--examples", "go"]) == 0
    shown = capsys.readouterr()
    assert "tokenising" not in shown.err
    assert "packing" not in shown.err
    assert shown.out.count("  . ### Instruction:") == 9
