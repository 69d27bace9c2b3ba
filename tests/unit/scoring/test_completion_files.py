"""Files of completions are read in the formats of other harnesses."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from foreign_logs import (
    inspect_sample,
    lm_eval_row,
    write_inspect_eval,
    write_inspect_json,
    write_lines,
    write_zstandard_zip,
)

from codem_ray.errors import DataError
from codem_ray.scoring.completion_files import open_completions
from codem_ray.scoring.formats.entries import WrittenCompletion
from codem_ray.scoring.formats.json_stream import array_items
from codem_ray.scoring.formats.reading import UnusableRow


def written(path: Path) -> list[tuple[tuple[str, ...] | int | None, str]]:
    found = []
    for entry in open_completions(path):
        assert isinstance(entry, WrittenCompletion), entry
        found.append((entry.possible_ids or entry.position, entry.text))
    return found


@pytest.mark.parametrize("name", ["completion", "solution", "generation", "response", "output"])
def test_human_eval_samples_are_read(tmp_path: Path, name: str) -> None:
    rows = [{"task_id": "P/0", name: " a", "model": "m"}, {"task_id": "P/0", name: ""}]
    path = write_lines(tmp_path / "s.jsonl", rows)
    assert open_completions(path).format.name == "rows of samples"
    assert written(path) == [(("P/0",), " a"), (("P/0",), "")]
    [first, _] = open_completions(path)
    assert isinstance(first, WrittenCompletion)
    assert first.fields == rows[0]


def test_each_completion_of_a_list_is_a_sample(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "s.jsonl", [{"name": "P_0", "completions": ["a", "b"]}])
    assert written(path) == [(("P_0",), "a"), (("P_0",), "b")]


def test_rows_may_be_one_json_list_and_gzipped(tmp_path: Path) -> None:
    rows = [{"task_id": 0, "completion": "a"}, {"task_id": 1, "completion": "b"}]
    path = tmp_path / "s.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows, indent=1).encode()))
    assert written(path) == [(("0",), "a"), (("1",), "b")]


def test_bigcode_generations_are_read(tmp_path: Path) -> None:
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([["a", "b"], None, ["c", None]]))
    assert open_completions(path).format.name == "bigcode generations"
    entries = list(open_completions(path))
    assert [getattr(one, "text", None) for one in entries] == ["a", "b", None, "c", None]
    assert [one.position for one in entries if isinstance(one, WrittenCompletion)] == [0, 0, 2]
    assert not any(one.is_broken for one in entries if isinstance(one, UnusableRow))


def test_lm_eval_answers_are_read_once_despite_several_filters(tmp_path: Path) -> None:
    doc = {"task_id": "P/0", "prompt": "def f():\n"}
    rows = [lm_eval_row(0, doc, ["a", "b"]), lm_eval_row(0, doc, ["a", "b"], "other")]
    path = write_lines(tmp_path / "samples_humaneval.jsonl", rows)
    assert open_completions(path).format.name == "lm-eval sample log"
    assert written(path) == [(("P/0",), "a"), (("P/0",), "b")]


def test_lm_eval_logs_without_raw_answers_are_read(tmp_path: Path) -> None:
    row = lm_eval_row(0, {"task_id": "P/0"}, ["a"])
    del row["resps"]
    row["filtered_resps"] = ["whole"]
    assert written(write_lines(tmp_path / "s.jsonl", [row])) == [(("P/0",), "whole")]


SAMPLES = [
    inspect_sample("P/0", 1, "a"),
    inspect_sample(7, 1, ""),
    inspect_sample("P/0", 2, 'b ] } \\ " ü'),
]
READ = [(("P/0",), "a"), (("7",), ""), (("P/0",), 'b ] } \\ " ü')]


def test_inspect_logs_in_json_are_read(tmp_path: Path) -> None:
    assert written(write_inspect_json(tmp_path / "log.json", SAMPLES)) == READ
    one_line = tmp_path / "compact.json"
    one_line.write_text(json.dumps({"version": 2, "status": "success", "samples": SAMPLES}))
    assert written(one_line) == READ


def test_inspect_logs_in_zip_are_read(tmp_path: Path) -> None:
    assert written(write_inspect_eval(tmp_path / "log.eval", SAMPLES)) == READ


@pytest.mark.parametrize("frames", [1, 3])
def test_inspect_logs_compressed_by_zstandard_are_read(tmp_path: Path, frames: int) -> None:
    members = {
        f"samples/{one['id']}_epoch_{one['epoch']}.json": json.dumps(one).encode()
        for one in SAMPLES
    }
    path = write_zstandard_zip(
        tmp_path / "log.eval", members | {"header.json": b"{}"}, frames=frames
    )
    assert written(path) == READ
    damaged = path.read_bytes().replace(b"PK\1\2", b"PK\1\2", 1)
    at = damaged.index(b"epoch_1.json") + 20
    path.write_bytes(damaged[:at] + b"\xff" + damaged[at + 1 :])
    with pytest.raises(DataError, match="damaged"):
        written(path)


def test_zip_member_with_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    members = {"samples/a_epoch_1.json": json.dumps(SAMPLES[0]).encode()}
    path = write_zstandard_zip(tmp_path / "log.eval", members)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 16] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged: its checksum is wrong"):
        written(path)


class Dripping(io.StringIO):
    """A stream that returns one character at a time."""

    def read(self, size: int | None = -1, /) -> str:
        return super().read(1)


def test_values_cut_between_two_reads_are_complete() -> None:
    values = [123, -4.5e10, 'a\\"b', {"c": [1, 2]}, True, None]
    assert list(array_items(Dripping(json.dumps(values)), "s")) == values
    document = json.dumps({"version": 12, "x": {"samples": [0]}, "samples": values})
    assert list(array_items(Dripping(document), "s", "samples")) == values


def test_inspect_answers_in_parts_and_attachments_are_joined(tmp_path: Path) -> None:
    parts = inspect_sample("P/0", 1, "x")
    parts["output"]["completion"] = ""
    parts["output"]["choices"][0]["message"]["content"] = [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "text", "text": "code"},
    ]
    attached = inspect_sample("P/1", 1, "attachment://77")
    attached["attachments"] = {"77": "long"}
    path = write_inspect_json(tmp_path / "log.json", [parts, attached])
    assert [text for _, text in written(path)] == ["code", "long"]


def test_inspect_sample_with_an_error_is_not_an_empty_answer(tmp_path: Path) -> None:
    failed = inspect_sample("P/0", 1, None, error="rate limit")
    [entry] = open_completions(write_inspect_json(tmp_path / "log.json", [failed]))
    assert isinstance(entry, UnusableRow)
    assert "rate limit" in entry.reason
    assert not entry.is_broken


def test_broken_rows_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(
        b'{"task_id": "P/0", "completion": "a"}\n{"task_id": "P/1", "compl\n'
        b'{"task_id": "P/2"}\n[1]\n{"task_id": "P/3", "completion": 3}\n'
        b'{"task_id": "P/4", "completion": "\xff"}\n'
    )
    entries = list(open_completions(path))
    assert isinstance(entries[0], WrittenCompletion)
    broken = [one for one in entries if isinstance(one, UnusableRow)]
    assert [one.location.rpartition(" ")[2] for one in broken] == ["2", "3", "4", "5", "6"]
    for one, part in zip(
        broken,
        ["broken JSON", "no field 'completion'; it has task_id", "a list", "an int", "not UTF-8"],
        strict=True,
    ):
        assert part in one.reason
        assert one.is_broken


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x7fELF\0\0\1", "is binary"),
        (b'{"a": 1}\n', "fields a are in no known format"),
        (b"not json\n", "no row can be read .*line 1: broken JSON"),
        (b'["a", "b"]', "a list of str"),
        (b"[[1], ", "ends too early"),
        (b"PK\3\4 nothing more", "damaged"),
        (b'{\n "version": 2\n}', "holds no list 'samples'"),
        (gzip.compress(b'{"task_id": "P/0", "completion": "a"}\n', mtime=0)[:-9], "to its end"),
    ],
)
def test_files_in_no_known_format_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        list(open_completions(path))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            open_completions(path)


def test_large_lists_are_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([["x" * 20_000] * 10 for _ in range(100)]))
    tracemalloc.start()
    assert sum(1 for _ in open_completions(path)) == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes('{"task_id": "a", "completion": "b"}\n'.encode(encoding))
    with pytest.raises(DataError, match="is UTF-16"):
        open_completions(path)
