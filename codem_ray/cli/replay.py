"""Judge the completions of a stored cell again and report outcomes that differ; or judge one
problem of it with everything shown. Needs no model, no torch and no Ray; no verdict comes from a
cache."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from codem_ray.cli.options import add_folder, add_json
from codem_ray.cli.output import log, print_json
from codem_ray.errors import ConfigError, ExitCode

EXAMPLES = """\
examples:
  codem-ray replay runs/quickstart base/python/starter-python
  codem-ray replay runs/my-sweep java-s0/java/humaneval-x-java/Java/3
  codem-ray replay runs/my-sweep java/py/humaneval-x-python/3 --style instruction --json

CELL is trial/target/benchmark[/task_id]; trial, target and benchmark may be abbreviated if one
match is left. Exit 0: everything as stored; 4: something differs, or the cell is incomplete.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    parser.add_argument("cell", metavar="CELL", help="trial/target/benchmark[/task_id]")
    parser.add_argument(
        "--style",
        choices=("completion", "instruction"),
        help="prompt style, if the trial has both; default: each in turn",
    )
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
    from codem_ray.cli.progress import progress_bar
    from codem_ray.cli.replay_text import cell_json, cell_text, trace_json, trace_text
    from codem_ray.sandbox.backends import open_sandbox
    from codem_ray.sandbox.recording import RecordingSandbox
    from codem_ray.storage import Storage
    from codem_ray.sweep.cell_names import choose_cells
    from codem_ray.sweep.cell_replay import Replay
    from codem_ray.sweep.stored_plan import read_stored

    storage = Storage(args.folder)
    stored = read_stored(storage)
    cells, task = choose_cells(stored.cells, args.cell, args.style)
    sandbox = RecordingSandbox(open_sandbox(stored.sweep["evaluation"]["sandbox"]))
    replay = Replay(storage, stored, sandbox, num_threads=len(os.sched_getaffinity(0)))
    results: list[dict[str, Any]] = []
    is_same = True
    for cell in cells:
        for note in replay.notes(cell):
            log(note)
        if task:
            traces = replay.problem(cell, task, args.sample)
            is_same &= all(trace.replayed.is_same for trace in traces)
            results += [trace_json(cell, trace) for trace in traces]
            text = "\n".join(trace_text(cell, trace) for trace in traces)
        else:
            with progress_bar(cell.name) as advance:
                replayed = replay.cell(cell, advance)
            is_same &= all(one.is_same for one in replayed)
            results.append(cell_json(cell, replayed))
            text = cell_text(cell, replayed)
        if not args.json:
            print(text)
    if args.json:
        print_json(results)
    return ExitCode.COMPLETE if is_same else ExitCode.INCOMPLETE
