"""Judge the completions of a stored cell again and report outcomes that differ; or judge one
problem of it with everything shown. Needs no model, no torch and no Ray; no verdict comes from a
cache."""

from __future__ import annotations

import argparse
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from signal import SIGKILL
from typing import Any

from codem_ray.cli.options import add_cell, add_json, open_folder
from codem_ray.cli.output import log, print_json, section
from codem_ray.cli.progress import progress_bar
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.records import Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.recording import Call, RecordingSandbox
from codem_ray.sweep.cell_names import choose_cells
from codem_ray.sweep.cell_replay import Replay, Replayed, Trace
from codem_ray.sweep.stored_plan import StoredCell, read_stored
from codem_ray.wording import plural

EXAMPLES = """\
examples:
  codem-ray replay runs/quickstart base/python/starter-words-python
  codem-ray replay runs/my-sweep java-s0/java/humaneval-x-java/Java/3
  codem-ray replay runs/my-sweep java/py/humaneval-x-python/3 --style instruction --json

CELL is trial/target/benchmark[/task_id]; trial, target and benchmark may be abbreviated if one
match is left. Exit 0: everything as stored; 4: something differs, or the cell is incomplete.
"""
_LIMIT_TEXTS = {
    "out of time on the wall": "wall time exceeded",
    "out of CPU time": "CPU time exceeded",
    "out of memory": "memory exceeded",
    "too much output": "output exceeded",
}
"""The text for each value of `limits_met` in the JSON."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_cell(parser)
    parser.add_argument(
        "--sample", type=int, metavar="N", help="with a task id: only this sample; default: all"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Replay and compare; exit 4 when something differs."""
    if Path(args.folder).is_file():
        raise ConfigError(
            f"{args.folder} is a file, but replay needs the folder of a sweep. A row of a scored "
            "file holds the program that was run (`answer`) and the reason for its outcome "
            "(`message`). To run a row again, write it to a file and call `codem-ray evaluate "
            "--completions ROW.jsonl --benchmark B --no-cache`"
        )
    storage = open_folder(args.folder)
    stored = read_stored(storage)
    cells, task = choose_cells(stored.cells, args.cell, args.style)
    sandbox = RecordingSandbox(open_sandbox(stored.evaluation.sandbox))
    replay = Replay(storage, stored, sandbox, num_threads=len(os.sched_getaffinity(0)))
    results: list[dict[str, Any]] = []
    is_same = True
    for cell in cells:
        for note in replay.notes(cell):
            log(note)
        if task:
            traces = replay.problem(cell, task, args.sample)
            is_same &= all(trace.replayed.is_same for trace in traces)
            results += [_trace_json(cell, trace) for trace in traces]
            text = "\n".join(_trace_text(cell, trace) for trace in traces)
        else:
            with progress_bar(cell.name) as advance:
                replayed = replay.cell(cell, advance)
            is_same &= all(result.is_same for result in replayed)
            results.append(_cell_json(cell, replayed))
            text = _cell_text(cell, replayed)
        if not args.json:
            print(text)
    if args.json:
        print_json(results)
    return ExitCode.COMPLETE if is_same else ExitCode.INCOMPLETE


def _cell_json(cell: StoredCell, replayed: Sequence[Replayed]) -> dict[str, Any]:
    return {
        "cell": cell.name,
        "style": str(cell.style),
        "completions": len(replayed),
        "outcomes": dict(_outcomes(replayed)),
        "differing": [_replayed_json(result) for result in replayed if not result.is_same],
    }


def _cell_text(cell: StoredCell, replayed: Sequence[Replayed]) -> str:
    differing = [result for result in replayed if not result.is_same]
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in _outcomes(replayed).most_common())
    state = f"{len(differing)} differ" if differing else "all as stored"
    lines = [f"{cell}: {plural(len(replayed), 'completion')}, {state}; now {outcomes}"]
    for result in differing:
        completion = result.now.completion
        lines.append(
            f"  {completion.task_id}, sample {completion.sample}: {result.stored.verdict.outcome} "
            f"stored, {result.now.verdict.outcome} now"
        )
        if result.stored.answer != result.now.answer:
            lines.append("    another answer is extracted from the completion now")
        message = result.now.verdict.message or result.stored.verdict.message
        if message:
            lines.append(f"    {message.strip().splitlines()[0]}")
    return "\n".join(lines)


def _trace_json(cell: StoredCell, trace: Trace) -> dict[str, Any]:
    stored, now = trace.replayed.stored, trace.replayed.now
    return {
        "cell": cell.name,
        "style": str(cell.style),
        **_replayed_json(trace.replayed),
        "quarantine": trace.problem.quarantine,
        "prompt": trace.prompt,
        "completion": now.completion.text,
        "answer": now.answer,
        "stored_answer": stored.answer,
        "files": dict(trace.files),
        "verdict": asdict(now.verdict),
        "stored_verdict": asdict(stored.verdict),
        "calls": [_call_json(call) for call in trace.calls],
    }


def _trace_text(cell: StoredCell, trace: Trace) -> str:
    stored, now = trace.replayed.stored, trace.replayed.now
    verdict = now.verdict
    state = "the same" if trace.replayed.is_same else "DIFFERS"
    parts = [
        f"=== {cell}, {trace.problem.task_id}, sample {now.completion.sample}",
        f"outcome  {verdict.outcome}; stored: {stored.verdict.outcome}; {state}",
        f"now      {_resources(verdict)}",
        f"stored   {_resources(stored.verdict)}",
    ]
    if trace.problem.quarantine:
        parts.append(f"quarantined: {trace.problem.quarantine}")
    if verdict.message:
        parts.append(section("message", verdict.message))
    parts.append(section("prompt", trace.prompt))
    cut = ", cut at the token limit" if now.completion.is_truncated else ""
    title = f"completion ({now.completion.completion_tokens} tokens{cut})"
    parts.append(section(title, stored.completion.text))
    if now.answer is None:
        parts.append("--- answer: none was found in the completion")
    else:
        parts.append(section("answer", now.answer))
    if stored.answer != now.answer:
        parts.append(section("answer as stored", stored.answer or "(none)"))
    parts += [section(f"file {name}", text) for name, text in trace.files.items()]
    parts += [part for call in trace.calls for part in _call_text(call)]
    return "\n".join(parts)


def _outcomes(replayed: Sequence[Replayed]) -> Counter[str]:
    return Counter(str(result.now.verdict.outcome) for result in replayed)


def _replayed_json(replayed: Replayed) -> dict[str, Any]:
    stored, now = replayed.stored, replayed.now
    return {
        "task_id": now.completion.task_id,
        "sample": now.completion.sample,
        "stored": str(stored.verdict.outcome),
        "now": str(now.verdict.outcome),
        "is_same_answer": stored.answer == now.answer,
        "stored_message": stored.verdict.message,
        "message": now.verdict.message,
    }


def _call_json(call: Call) -> dict[str, Any]:
    return {
        "role": call.role,
        "argv": list(call.command.argv),
        "limits": asdict(call.command.limits),
        "exit_code": call.result.exit_code,
        "signal": call.result.signal,
        "cpu_seconds": call.result.cpu_seconds,
        "wall_seconds": call.result.wall_seconds,
        "peak_memory_bytes": call.result.peak_memory_bytes,
        "limits_met": _limits_met(call),
        **_streams(call),
    }


def _call_text(call: Call) -> Iterator[str]:
    result, limits = call.result, call.command.limits
    end = f"signal {result.signal}" if result.exit_code is None else f"status {result.exit_code}"
    if call.role == "answer" and result.signal == SIGKILL and not _limits_met(call):
        end += ", as any answer that still runs when its judge ends"
    exceeded = ", ".join(map(_LIMIT_TEXTS.__getitem__, _limits_met(call))) or "within its limits"
    yield f"--- {call.role}: {end}, {exceeded}"
    yield f"    {shlex.join(call.command.argv)}"
    yield (
        f"    {result.cpu_seconds:.3f} of {limits.cpu_seconds:g} CPU-s, {result.wall_seconds:.3f} "
        f"of {limits.wall_seconds:g} s, {result.peak_memory_bytes >> 20} of "
        f"{limits.memory_bytes >> 20} MiB, output of at most {limits.output_bytes >> 10} KiB"
    )
    for title, text in _streams(call).items():
        if text.strip():
            yield section(f"{call.role}'s {title}", text)


def _resources(verdict: Verdict) -> str:
    return (
        f"{verdict.compile_cpu_seconds:.3f} CPU-s compiling, {verdict.run_cpu_seconds:.3f} CPU-s "
        f"running, {verdict.wall_seconds:.3f} s in all, {verdict.peak_memory_bytes >> 20} MiB, "
        f"{verdict.checks_done} checks{', cached' if verdict.is_cached else ''}"
    )


def _limits_met(call: Call) -> list[str]:
    """Return the exceeded limits as the JSON names them."""
    result = call.result
    facts = {
        "out of time on the wall": result.is_wall_timeout,
        "out of CPU time": result.is_timed_out and not result.is_wall_timeout,
        "out of memory": result.is_out_of_memory,
        "too much output": result.is_output_exceeded,
    }
    return [name for name, is_exceeded in facts.items() if is_exceeded]


def _streams(call: Call) -> dict[str, str]:
    report = call.result.report
    if call.command.secret:
        report = report.replace(call.command.secret, b"<secret>")
    streams = {"output": call.result.stdout, "errors": call.result.stderr, "report": report}
    return {title: content.decode("utf-8", "replace") for title, content in streams.items()}
