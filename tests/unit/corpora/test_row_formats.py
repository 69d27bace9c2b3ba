"""Parsing rows of each format."""

import json
import math

import pytest

from codem_ray.config import CorpusConfig
from codem_ray.corpora.corpus_files import CorpusFile
from codem_ray.corpora.pairs import BrokenRow, Pair, UntrainedRow
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.corpora.row_formats import parse_row

ALPACA = {"instruction": "Ask.", "input": "More.", "output": "Answer."}
MESSAGES = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Ask."},
        {"role": "assistant", "content": "Answer."},
        {"role": "user", "content": "Again."},
        {"role": "assistant", "content": "Other answer."},
    ]
}
SHAREGPT = {
    "id": "x1",
    "conversations": [
        {"from": "human", "value": "Ask."},
        {"from": "gpt", "value": "Answer."},
    ],
}
PROMPT = {"prompt": "Ask.", "completion": "Answer."}
EXERCISM = {
    "slug": "two-fer",
    "instruction": "Ask.",
    "stub": {},
    "solution": {".meta/example.go": "package a\n", "a.txt": None},
}


def parsed(row: object, form: str = "auto") -> Pair:
    corpus = CorpusConfig.model_validate({"path": "c.jsonl", "format": form})
    return parse_row(RawRow("c.jsonl:1", row), CorpusFile("c.jsonl", None, None), corpus)


@pytest.mark.parametrize(
    ("row", "form", "instruction", "response"),
    [
        (ALPACA, "alpaca", "Ask.\n\nMore.", "Answer."),
        ({"instruction": "Ask.", "response": "Answer."}, "alpaca", "Ask.", "Answer."),
        (MESSAGES, "messages", "Be brief.\n\nAsk.", "Answer."),
        (SHAREGPT, "sharegpt", "Ask.", "Answer."),
        (PROMPT, "prompt_completion", "Ask.", "Answer."),
        (
            EXERCISM,
            "exercism",
            "Solve this exercise in Go.\n\nAsk.",
            "```go\npackage a\n```",
        ),
    ],
)
def test_each_format_is_parsed_and_recognised(
    row: object, form: str, instruction: str, response: str
) -> None:
    for stated in (form, "auto"):
        pair = parsed(row, stated)
        assert (pair.instruction, pair.response) == (instruction, response)


def test_message_parts_are_joined_and_both_naming_schemes_are_read() -> None:
    parts = [{"type": "text", "text": "Ask"}, {"type": "text", "text": "this."}]
    row = {"messages": [{"role": "user", "content": parts}, {"from": "gpt", "value": "Answer."}]}
    pair = parsed(row)
    assert (pair.instruction, pair.response) == ("Ask\nthis.", "Answer.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([], "must be an object, not list"),
        ({"instruction": "Ask."}, r"'output' is missing \(fields: instruction\)"),
        ({"output": "Answer."}, "'instruction' is missing"),
        ({"instruction": " ", "output": "x"}, "'instruction' is empty"),
        ({"prompt": "Ask."}, "'completion' is missing"),
        ({"messages": []}, r"no user turn with an answer in 'messages' \(0 turns\)"),
        ({"messages": [{"role": "user", "content": "Ask."}]}, "no user turn with an answer"),
        ({"messages": ["Ask."]}, r"messages\[1\] must be an object, not str"),
        ({"messages": [{"role": "user"}]}, r"messages\[1\] must have the strings 'role'"),
        (
            {"conversations": [{"from": "tool", "value": "x"}]},
            r"conversations\[1\] has the unsupported role 'tool'",
        ),
        ({"instruction": "Ask.", "solution": {}, "stub": {}}, "'solution' has no file"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "text": None}]}]},
            r"messages\[1\] has a part without text \(image_url\)",
        ),
    ],
)
def test_a_row_without_a_pair_names_the_problem(row: object, message: str) -> None:
    with pytest.raises(BrokenRow, match=message):
        parsed(row)


@pytest.mark.parametrize(
    ("row", "instruction"),
    [
        ({**ALPACA, "system": "Be brief."}, "Be brief.\n\nAsk.\n\nMore."),
        ({**PROMPT, "system_prompt": "Be brief."}, "Be brief.\n\nAsk."),
        ({**SHAREGPT, "system": "Be brief."}, "Be brief.\n\nAsk."),
        ({**ALPACA, "system": None, "history": []}, "Ask.\n\nMore."),
        ({**ALPACA, "system": "", "history": "[]"}, "Ask.\n\nMore."),
        ({**ALPACA, "history": [["First.", "One."]]}, "First."),
        (
            {
                **PROMPT,
                "history": [
                    {"role": "user", "content": "First."},
                    {"role": "assistant", "content": "One."},
                ],
            },
            "First.",
        ),
    ],
)
def test_system_and_history_of_a_row_are_used(row: object, instruction: str) -> None:
    assert parsed(row).instruction == instruction


@pytest.mark.parametrize(
    "row",
    [
        {**SHAREGPT, "messages": None, "instruction": None, "solution": None},
        {**SHAREGPT, "messages": [], "solution": {"a.py": None}, "prompt": None},
        {"conversations": {"from": ["human", "gpt"], "value": ["Ask.", "Answer."]}},
        {"conversations": [*SHAREGPT["conversations"], {"from": None, "value": None}, None]},
        {
            "messages": [
                {"role": "user", "content": "Ask.", "from": None, "value": None, "weight": None},
                {"role": None, "content": None, "from": "gpt", "value": "Answer.", "weight": 1},
            ]
        },
        {"instruction": "", "output": "", "prompt": "Ask.", "completion": "Answer."},
        {"instruction": "Ask.", "output": "", "response": "Answer."},
    ],
)
def test_rows_of_a_table_of_several_formats_are_read(row: object) -> None:
    pair = parsed(row)
    assert (pair.instruction, pair.response) == ("Ask.", "Answer.")
    assert pair.left_turns == 0


@pytest.mark.parametrize(
    "mark",
    [{"weight": 0}, {"weight": 0.0}, {"train": False}, {"training": "false"}, {"loss_mask": 0}],
)
def test_an_answer_marked_as_not_trained_makes_no_pair(mark: dict[str, object]) -> None:
    turns = [{"role": "user", "content": "Ask."}, {"role": "assistant", "content": "A.", **mark}]
    with pytest.raises(UntrainedRow, match=r"messages\[2\] is marked"):
        parsed({"messages": turns})


def test_a_weight_between_0_and_1_is_refused() -> None:
    turns = [
        {"role": "user", "content": "Ask."},
        {"role": "assistant", "content": "A.", "weight": 0.5},
    ]
    with pytest.raises(BrokenRow, match=r"weight 0\.5: write 0 or 1"):
        parsed({"messages": turns})


def test_left_out_turns_are_counted() -> None:
    assert parsed(MESSAGES).left_turns == 2
    greeting = {"role": "assistant", "content": "Hello!"}
    assert parsed({"messages": [greeting, *MESSAGES["messages"]]}).left_turns == 3


def test_an_answer_whose_weight_is_nan_is_trained() -> None:
    turns = [
        {"role": "user", "content": "Ask.", "weight": float("nan")},
        {"role": "assistant", "content": "A.", "weight": float("nan")},
    ]
    assert parsed({"messages": turns}).response == "A."


@pytest.mark.parametrize("mark", [{"weight": 0}, {"weight": 0.0}, {"train": "false"}])
def test_a_row_marked_as_not_trained_makes_no_pair(mark: dict[str, object]) -> None:
    for row in (ALPACA, MESSAGES):
        with pytest.raises(UntrainedRow, match="the row is marked"):
            parsed(row | mark)


def test_other_weights_of_a_row_and_names_of_its_split_mark_nothing() -> None:
    assert parsed(ALPACA | {"weight": 0.5, "train": "train"}).response == "Answer."


def test_the_context_of_a_row_follows_its_instruction() -> None:
    row = {"instruction": "Ask.", "context": "More.", "response": "Answer."}
    assert parsed(row).instruction == "Ask.\n\nMore."


def test_turns_written_as_json_text_are_read() -> None:
    turns = json.dumps(MESSAGES["messages"])
    assert parsed({"messages": turns}).instruction == "Be brief.\n\nAsk."
    row = ALPACA | {"history": '[["Before.", "Earlier answer."]]'}
    assert parsed(row).response == "Earlier answer."
    with pytest.raises(BrokenRow, match="'messages' is not JSON"):
        parsed({"messages": turns[:-1]})


def test_not_a_number_is_null() -> None:
    row = {"instruction": "Ask.", "input": math.nan, "output": "Answer.", "history": math.nan}
    assert parsed(row).instruction == "Ask."


@pytest.mark.parametrize("history", [[[]], [[None, None]], [["", "A greeting."]], [[None, "Hi."]]])
def test_an_exchange_that_was_not_made_is_no_history(history: object) -> None:
    assert parsed(ALPACA | {"history": history}).response == "Answer."


def test_a_history_stored_as_lists_of_roles_and_texts_is_read() -> None:
    history = {"role": ["user", "assistant"], "content": ["Before.", "Earlier answer."]}
    pair = parsed(ALPACA | {"history": history})
    assert (pair.instruction, pair.response) == ("Before.", "Earlier answer.")


def test_a_part_of_nulls_is_ignored_and_a_turn_without_text_is_named() -> None:
    parts = [{"type": "text", "text": "Ask."}, {"type": None, "text": None}]
    turns = [{"role": "user", "content": parts}, {"role": "ai", "content": "Answer."}]
    assert parsed({"messages": turns}).instruction == "Ask."
    turns[1] = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    with pytest.raises(BrokenRow, match=r"messages\[2\] has no text"):
        parsed({"messages": turns})


def test_turns_of_nulls_do_not_hide_the_turns_in_another_column() -> None:
    row = {"messages": [{"role": None, "content": None}], **SHAREGPT}
    assert parsed(row).response == "Answer."


def test_the_answer_to_a_prompt_may_be_called_output() -> None:
    assert (
        parsed({"instruction": None, "prompt": "Ask.", "output": "Answer."}).response == "Answer."
    )
