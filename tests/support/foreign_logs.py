"""Write files of completions in the formats of other harnesses."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write_lines(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lm_eval_row(
    doc_id: int, doc: Mapping[str, Any], texts: Sequence[str], filter_name: str = "create_test"
) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "doc": dict(doc),
        "target": "",
        "arguments": {"gen_args_0": {"arg_0": doc.get("prompt", ""), "arg_1": {"until": []}}},
        "resps": [list(texts)],
        "filtered_resps": [[str(doc.get("prompt", "")) + text for text in texts]],
        "filter": filter_name,
        "metrics": ["pass@1"],
        "doc_hash": "0",
        "pass@1": 0.0,
    }


def inspect_sample(
    name: str | int, epoch: int, text: str | None, *, error: str | None = None
) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "source": "generate"}
    choices = [] if text is None else [{"message": message, "stop_reason": "stop"}]
    return {
        "id": name,
        "epoch": epoch,
        "input": "Write it.",
        "target": "",
        "messages": [],
        "output": {"model": "m", "choices": choices, "completion": text or ""},
        "metadata": {},
        "attachments": {},
        "error": None if error is None else {"message": error, "traceback": ""},
    }


def write_inspect_json(path: Path, samples: Sequence[Mapping[str, Any]]) -> Path:
    log = {
        "version": 2,
        "status": "success",
        "eval": {"task": "t", "samples": "none of these"},
        "plan": {"steps": [{"solver": "generate"}]},
        "stats": {"seconds": 1.25, "note": "a ] and a } in a text"},
        "samples": list(samples),
        "reductions": [],
    }
    path.write_text(json.dumps(log, indent=2), encoding="utf-8")
    return path


def write_inspect_eval(path: Path, samples: Sequence[Mapping[str, Any]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        for sample in samples:
            name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
            archive.writestr(name, json.dumps(sample))
        archive.writestr("header.json", "{}")
    return path


def write_zstandard_zip(path: Path, members: Mapping[str, bytes], *, frames: int = 1) -> Path:
    """Write a zip with members compressed by Zstandard, which `zipfile` cannot write."""
    import pyarrow

    codec = pyarrow.Codec("zstd")
    body, directory = b"", b""
    for name, content in members.items():
        step = -(-len(content) // frames)
        raw = b"".join(
            codec.compress(content[at : at + step], asbytes=True)
            for at in range(0, len(content), step)
        )
        encoded = name.encode()
        facts = (93, 0, 0, zlib.crc32(content), len(raw), len(content), len(encoded), 0)
        place = len(body)
        body += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 63, 0, *facts) + encoded + raw
        directory += (
            struct.pack("<4sHHHHHHIIIHH", b"PK\1\2", 63, 63, 0, *facts)
            + struct.pack("<HHHII", 0, 0, 0, 0, place)
            + encoded
        )
    end = struct.pack(
        "<4sHHHHIIH",
        b"PK\5\6",
        0,
        0,
        len(members),
        len(members),
        len(directory),
        len(body),
        0,
    )
    path.write_bytes(body + directory + end)
    return path


def write_problem(
    path: Path, name: str, completions: Sequence[str], *, language: str = "ts"
) -> Path:
    """Write MultiPL-E's file of one problem, gzipped if its name says so."""
    problem = {
        "name": name,
        "language": language,
        "prompt": "function f(): number {\n",
        "tests": "test();\n",
        "completions": list(completions),
        "stop_tokens": ["\n}"],
        "temperature": 0.2,
    }
    return _write_json(path, problem)


def write_results(path: Path, name: str, judged: Sequence[tuple[str, str]]) -> Path:
    """Write the results of MultiPL-E's evaluator: completions with their status."""
    prompt, tests = "function f(): number {\n", "test();\n"
    results = [
        {"program": f"{prompt}{text}\n{tests}", "status": status, "exit_code": int(status != "OK")}
        for text, status in judged
    ]
    problem = {"name": name, "language": "ts", "prompt": prompt, "tests": tests}
    return _write_json(path, {**problem, "results": results})


def _write_json(path: Path, value: object) -> Path:
    content = json.dumps(value, indent=2).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
