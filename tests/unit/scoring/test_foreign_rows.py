"""Rows, folders and results as other tools write them are read, and `--map` reads the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_logs import write_lines, write_problem, write_results

from codem_ray.errors import ConfigError, DataError
from codem_ray.scoring.completion_files import open_all, open_completions
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.formats.field_map import BY_NAME, FieldMap, parse_field_map
from codem_ray.scoring.formats.reading import UnusableRow

USER = {"role": "user", "content": "Write it."}


def answer(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def batch_row(body: Any, *, status: int = 200, error: Any = None) -> dict[str, Any]:
    response = None if body is None else {"status_code": status, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": "P/0", "response": response, "error": error}


def chat(content: Any) -> dict[str, Any]:
    message = {**answer(content), "reasoning_content": "hm", "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice]}


RESPONSES = {
    "object": "response",
    "output": [
        {"type": "reasoning", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "a", "annotations": []}],
        },
    ],
}
ANTHROPIC = {
    "custom_id": "P/0",
    "result": {
        "type": "succeeded",
        "message": {
            **answer([{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "a"}])
        },
    },
}

SHAREGPT = [{"from": "human", "value": "x"}, {"from": "gpt", "value": "a"}]


def texts(path: Path, fields: FieldMap = BY_NAME) -> list[str]:
    found = []
    for entry in open_completions(path, fields):
        assert isinstance(entry, WrittenCompletion), entry
        found.append(entry.text)
    return found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"task_id": "P/0", "response": "a"}, ["a"]),
        ({"task_id": "P/0", "output": "a", "prompt": "p"}, ["a"]),
        ({"task_id": "P/0", "generations": ["a", "b"]}, ["a", "b"]),
        ({"task_id": "P/0", "generations": [["a"], ["b"]]}, ["a", "b"]),
        ({"task_id": "P/0", "generated_text": "a"}, ["a"]),
        ({"task_id": "P/0", "output": [{"generated_text": "a"}]}, ["a"]),
        ({"task_id": "P/0", "output": [{"generated_text": [USER, answer("a")]}]}, ["a"]),
        ({"task_id": "P/0", "outputs": [{"index": 0, "text": "a"}, {"text": "b"}]}, ["a", "b"]),
        ({"task_id": "P/0", "messages": [USER, answer("x"), USER, answer("a")]}, ["a"]),
        ({"task_id": "P/0", "messages": [USER], "response": "a"}, ["a"]),
        ({"task_id": "P/0", "response": [answer("a"), answer("b")]}, ["a", "b"]),
        ({"id": "P/0", "conversations": SHAREGPT}, ["a"]),
        ({"prompt": "def f():", "output": "a"}, ["a"]),
        ({"task_id": "P/0", "solution": "reference", "generation": "a"}, ["a"]),
        ({"doc": {"task_id": "P/0"}, "response": "a"}, ["a"]),
        ({"model": "m", "results": [{"task_id": "P/0", "output": "a"}]}, ["a"]),
        (batch_row(chat("a")), ["a"]),
        (batch_row(chat(None)), [""]),
        (batch_row(chat([{"type": "text", "text": "a"}])), ["a"]),
        (batch_row({"choices": [{"text": "a"}, {"text": "b"}]}), ["a", "b"]),
        (batch_row(RESPONSES), ["a"]),
        (ANTHROPIC, ["a"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_model_wrote_is_found_in_a_row(
    tmp_path: Path, row: dict[str, Any], expected: list[str]
) -> None:
    assert texts(write_lines(tmp_path / "rows.jsonl", [row])) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (batch_row(None, error={"code": "expired", "message": "too late"}), "too late"),
        (batch_row({"error": {"message": "no such model"}}, status=404), "no such model"),
        ({"custom_id": "P/0", "result": {"type": "errored", "error": {"message": "busy"}}}, "busy"),
        ({"task_id": "P/0", "messages": [USER]}, "messages is null"),
        ({"task_id": "P/0", "completions": []}, "empty list"),
    ],
    ids=str,
)
def test_a_failed_request_is_no_answer_of_the_model(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    [entry] = open_completions(write_lines(tmp_path / "rows.jsonl", [row]))
    assert isinstance(entry, UnusableRow)
    assert reason in entry.reason
    assert not entry.is_broken


def test_mapped_fields_may_lie_deep_in_a_row(tmp_path: Path) -> None:
    row = {"question": {"key": "P/0"}, "log": [{"reply": "a"}], "completion": "not this"}
    path = write_lines(tmp_path / "rows.jsonl", [row])
    fields = parse_field_map(["task_id=question.key", "completion=log.0.reply"])
    assert texts(path, fields) == ["a"]
    [entry] = open_completions(path, fields)
    assert isinstance(entry, WrittenCompletion)
    assert entry.possible_ids == ("P/0",)


def test_mapped_rows_may_lie_in_a_list_of_one_object(tmp_path: Path) -> None:
    whole = {"model": "m", "answers": [{"key": "P/0", "log": [{"reply": "a"}]}]}
    path = write_lines(tmp_path / "rows.json", [whole])
    fields = parse_field_map(["task_id=key", "completion=log.0.reply"])
    assert texts(path, fields) == ["a"]
    assert open_completions(path, fields).detail == "text from 'log.0.reply'"


def test_an_unknown_mapped_field_names_those_of_the_file(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", [{"key": "P/0", "reply": "a"}])
    with pytest.raises(DataError, match=r"a field 'answer'; the fields are key, reply"):
        open_completions(path, parse_field_map(["task_id=key", "completion=answer"]))


@pytest.mark.parametrize("pair", ["completion", "answer=x", "completion=", "=x"])
def test_a_wrong_map_names_the_fields_that_can_be_mapped(pair: str) -> None:
    with pytest.raises(ConfigError, match="task_id, completion, prompt"):
        parse_field_map([pair])


def test_an_unknown_form_names_its_fields_and_the_way_out(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", [{"key": "P/0", "reply": "a"}])
    with pytest.raises(DataError, match=r"fields key, reply .*--map task_id=NAME"):
        open_completions(path)


def test_the_field_that_was_chosen_among_several_is_named(tmp_path: Path) -> None:
    row = {"task_id": "P/0", "completion": "a", "solution": "b"}
    detail = open_completions(write_lines(tmp_path / "rows.jsonl", [row])).detail
    assert "text from 'completion', not from solution" in detail


def test_files_of_a_folder_are_read_by_number_without_results(tmp_path: Path) -> None:
    for name, text in (("HumanEval_10_b", "c"), ("HumanEval_2_a", "b")):
        write_problem(tmp_path / f"{name}.json.gz", name, [text])
        write_results(tmp_path / f"{name}.results.json.gz", name, [(text, "OK")])
    (tmp_path / "notes.txt").write_text("not read")
    files = open_all([tmp_path])
    entries = [one for one in files if isinstance(one, WrittenCompletion)]
    assert [one.text for one in entries] == ["b", "c"]
    assert [one.passed for one in entries] == [True, True]
    assert [one.language for one in entries] == ["ts", "ts"]
    assert len(files.left_out) == 2


def test_results_of_multipl_e_hold_the_completions_too(tmp_path: Path) -> None:
    judged = [("  return 1;\n}", "OK"), ("  return 2;\n}", "Exception")]
    path = write_results(tmp_path / "HumanEval_0_f.results.json", "HumanEval_0_f", judged)
    entries = [one for one in open_completions(path) if isinstance(one, WrittenCompletion)]
    assert [(one.text, one.passed) for one in entries] == [
        ("  return 1;\n}", True),
        ("  return 2;\n}", False),
    ]


def test_folders_of_evalplus_hold_a_folder_for_each_task(tmp_path: Path) -> None:
    for task, number in (("HumanEval_0", 10), ("HumanEval_0", 9), ("HumanEval_1", 0)):
        (tmp_path / task).mkdir(exist_ok=True)
        (tmp_path / task / f"{number}.py").write_text(f"{task}, {number}")
    entries = [one for one in open_all([tmp_path]) if isinstance(one, WrittenCompletion)]
    assert [one.text for one in entries] == ["HumanEval_0, 9", "HumanEval_0, 10", "HumanEval_1, 0"]
    assert entries[0].possible_ids == ("HumanEval_0",)


def test_results_of_evalplus_are_read_with_their_verdicts(tmp_path: Path) -> None:
    def sample(text: str, base: str, plus: str | None) -> dict[str, Any]:
        return {"task_id": "P/0", "solution": text, "base_status": base, "plus_status": plus}

    results = [sample("a", "pass", "pass"), sample("b", "pass", "fail"), sample("c", "fail", None)]
    path = tmp_path / "eval_results.json"
    path.write_text(json.dumps({"date": "x", "hash": "y", "eval": {"P/0": results}}))
    entries = [one for one in open_completions(path) if isinstance(one, WrittenCompletion)]
    assert [(one.text, one.passed) for one in entries] == [("a", True), ("b", None), ("c", False)]


@pytest.mark.parametrize(
    ("scored", "repeated"),
    [
        ("m.jsonl", "m.raw.jsonl"),
        ("m.jsonl", "m_eval_results.json"),
        ("samples.jsonl", "samples.jsonl_results.jsonl"),
        ("samples_humaneval_1.jsonl", "results_1.json"),
    ],
)
def test_files_that_repeat_the_completions_of_another_are_left_out(
    tmp_path: Path, scored: str, repeated: str
) -> None:
    row = {"task_id": "P/0", "completion": "a"}
    write_lines(tmp_path / scored, [row])
    write_lines(tmp_path / repeated, [row])
    assert [file.path.name for file in open_all([tmp_path]).files] == [scored]
    assert [file.path.name for file in open_all([tmp_path / repeated]).files] == [repeated]


def test_several_files_add_up_and_a_folder_without_files_says_what_it_holds(tmp_path: Path) -> None:
    rows = [{"task_id": "P/0", "completion": "a"}]
    paths = [write_lines(tmp_path / name, rows) for name in ("a.jsonl", "b.jsonl")]
    assert len(list(open_all(paths))) == 2
    assert len(list(open_all([tmp_path], exclude=paths[0]))) == 1
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "notes.txt").touch()
    with pytest.raises(DataError, match=r"no file of completions .* it holds notes\.txt"):
        open_all([tmp_path / "sub"])


def test_other_files_of_a_folder_are_left_out_by_name(tmp_path: Path) -> None:
    write_lines(tmp_path / "problems.jsonl", [{"task_id": "P/0", "test": "x"}])
    with pytest.raises(DataError, match=r"the fields task_id, test are in no known format"):
        open_all([tmp_path])
    write_lines(tmp_path / "samples.jsonl", [{"task_id": "P/0", "completion": "a"}])
    files = open_all([tmp_path])
    assert [file.path.name for file in files.files] == ["samples.jsonl"]
    assert "not read as completions: problems.jsonl" in files.description
    mapped = open_all([tmp_path], parse_field_map(["completion=completion"]))
    assert mapped.left_out == files.left_out
    (tmp_path / "damaged.jsonl").write_text("{")
    with pytest.raises(DataError, match=r"damaged\.jsonl: no row can be read"):
        open_all([tmp_path])


def test_other_fields_of_a_row_are_copied_without_the_object_around_the_text(
    tmp_path: Path,
) -> None:
    row = {"task_id": "P/0", "model": "m", "messages": [USER, answer("a")]}
    [entry] = open_completions(write_lines(tmp_path / "rows.jsonl", [row]))
    assert isinstance(entry, WrittenCompletion)
    assert entry.fields == {"task_id": "P/0", "model": "m", "completion": "a"}


def test_a_folder_with_one_folder_is_read_through(tmp_path: Path) -> None:
    (tmp_path / "out" / "model").mkdir(parents=True)
    path = write_lines(tmp_path / "out" / "model" / "a.jsonl", [{"id": "P/0", "output": "a"}])
    assert [file.path for file in open_all([tmp_path / "out"]).files] == [path]
