"""Corpora of users whose rows other tools lost or misread, each a file of `reported/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.config import CorpusConfig
from codem_ray.corpora.build_facts import BuildFacts
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.corpora.reader import read_pairs

REPORTED = Path(__file__).parent / "reported"
LANGUAGES = ("python", "javascript", "cpp", "html")


def read(name: str, language_field: str | None = None) -> list[Pair | DroppedRow]:
    corpus = CorpusConfig(path=str(REPORTED / name), language_field=language_field)
    return list(read_pairs([corpus], LANGUAGES, max_broken_share=0))


def pairs(name: str, language_field: str | None = None) -> list[Pair]:
    found = read(name, language_field)
    assert all(isinstance(item, Pair) for item in found), found
    return [item for item in found if isinstance(item, Pair)]


def test_a_row_with_history_becomes_its_first_exchange_after_its_system_message() -> None:
    first, second = pairs("alpaca-history.jsonl", "lang")
    assert first.instruction == "Answer with code only.\n\nWrite fact(n) with recursion."
    assert "fact(n - 1)" in first.response
    assert (first.left_turns, second.left_turns) == (2, 0)
    assert second.instruction == "Write g(x), the double of x."
    facts = BuildFacts()
    facts.count(first)
    assert "2 turns of 1 conversation left out" in facts.notes()[0]


def test_all_spellings_of_fence_tags_are_kept_in_their_language() -> None:
    found = pairs("fence-tags.jsonl")
    assert len(found) == 17
    assert all(pair.language == pair.id.partition("|")[0] for pair in found), found


def test_all_spellings_of_a_label_field_are_kept() -> None:
    assert [pair.language for pair in pairs("language-field.jsonl", "lang")] == ["python"] * 8


def test_an_answer_keeps_the_indentation_of_its_first_line_in_every_format() -> None:
    found = pairs("indent-body.jsonl", "lang")
    assert len(found) == 3
    assert all(pair.response.startswith("    side = w\n    return") for pair in found), found


def test_turns_padded_with_nulls_of_the_other_naming_scheme_are_read() -> None:
    assert [pair.language for pair in pairs("mixed-union.parquet")] == ["python"] * 4


def test_an_answer_marked_as_not_trained_is_dropped_and_counted() -> None:
    *dropped, kept = read("weight-zero.jsonl", "lang")
    assert isinstance(kept, Pair)
    assert "total3" in kept.instruction
    facts = BuildFacts()
    for item in dropped:
        assert isinstance(item, DroppedRow)
        assert item.reason is DropReason.UNTRAINED_ANSWER
        facts.count(item)
    assert facts.drop_summary() == "2 untrained_answer"


@pytest.mark.parametrize("name", ["pyton", "Rust"])
def test_an_unregistered_name_is_counted_and_noted(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").write_text(
        f'{{"lang": "{name}", "instruction": "Add.", "output": "x = f(1)"}}\n'
        '{"lang": "py3", "instruction": "Add.", "output": "x = f(1)"}\n'
        '{"lang": "c/c++", "instruction": "Add.", "output": "#include <vector>\\nint f();"}\n'
    )
    corpus = CorpusConfig(path=str(tmp_path / "a.jsonl"), language_field="lang")
    facts = BuildFacts()
    for item in read_pairs([corpus], LANGUAGES, max_broken_share=0):
        facts.count(item)
    assert facts.kept_by_language() == {"python": 1, "cpp": 1}
    assert facts.unregistered_names == {name.lower(): 1}
    assert f"'{name.lower()}' 1" in facts.notes()[0]
