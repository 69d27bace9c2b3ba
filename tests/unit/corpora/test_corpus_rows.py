"""Shapes of rows."""

import pytest

from codem_ray.config import CorpusFormat
from codem_ray.corpora.row_formats import BrokenRow, fields_of

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


@pytest.mark.parametrize(
    ("row", "shape", "instruction", "response"),
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
def test_each_shape_is_read_and_recognised(
    row: object, shape: str, instruction: str, response: str
) -> None:
    for given in (CorpusFormat(shape), CorpusFormat.AUTO):
        fields = fields_of(row, given, None)
        assert (fields.instruction, fields.response) == (instruction, response)


def test_parts_of_a_message_are_joined_and_other_names_of_turns_are_read() -> None:
    parts = [{"type": "text", "text": "Ask"}, {"type": "text", "text": "this."}]
    row = {"messages": [{"role": "user", "content": parts}, {"from": "gpt", "value": "Answer."}]}
    fields = fields_of(row, CorpusFormat.AUTO, None)
    assert (fields.instruction, fields.response) == ("Ask\nthis.", "Answer.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([], "must be an object, not list"),
        ({"instruction": "Ask."}, r"'output' is missing \(there are: instruction\)"),
        ({"output": "Answer."}, "'instruction' is missing"),
        ({"instruction": " ", "output": "x"}, "'instruction' is empty"),
        ({"prompt": "Ask."}, "'completion' is missing"),
        ({"messages": []}, r"no user's turn with an answer in 'messages' \(0 turns\)"),
        ({"messages": [{"role": "user", "content": "Ask."}]}, "no user's turn with an answer"),
        ({"messages": ["Ask."]}, r"messages\[1\] must be an object, not str"),
        ({"messages": [{"role": "user"}]}, r"messages\[1\] must have the texts 'role'"),
        (
            {"conversations": [{"from": "tool", "value": "x"}]},
            r"conversations\[1\]: no part of a pair is said by 'tool'",
        ),
        ({"instruction": "Ask.", "solution": {}, "stub": {}}, "'solution' holds no file"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "text": None}]}]},
            r"messages\[1\] has a part without a text \(image_url\)",
        ),
    ],
)
def test_a_row_that_holds_no_pair_says_why(row: object, message: str) -> None:
    with pytest.raises(BrokenRow, match=message):
        fields_of(row, CorpusFormat.AUTO, None)
