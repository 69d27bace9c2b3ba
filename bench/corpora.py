"""Measure the CPU time and memory that reading, labelling and cleaning of pairs take.

`python bench/corpora.py` measures a small corpus, CodeAlpaca with 20,000 pairs, and a large one of
200,000, each in its own process. The large corpus repeats the small one; each copy adds a different
suffix to longer words and to assigned names, so that few rows are duplicates. The script also lists
the HumanEval problems that share text with CodeAlpaca.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from codem_ray.benchmarks import BENCHMARKS, load
from codem_ray.config import CleaningOptions, CorpusConfig
from codem_ray.corpora.cleaning import Cleaner
from codem_ray.corpora.decontamination import BenchmarkIndex
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.reader import read_pairs
from codem_ray.corpora.word_hashes import HashedWords
from codem_ray.languages import LANGUAGES
from codem_ray.records import Problem

FAMILIES = ("humaneval-x-", "humaneval-c", "multipl-e-", "mceval-", "freecodecamp-")
_WORD = re.compile(r"\b[a-z]{5,}\b")


def benchmark_problems() -> list[Problem]:
    """Return all problems of the published benchmarks."""
    return [problem for name in BENCHMARKS if name.startswith(FAMILIES) for problem in load(name)]


def measure(path: Path) -> None:
    """Print counts, CPU seconds and peak memory for one file."""
    benchmarks = benchmark_problems()
    before = _peak_mebibytes()
    started = time.process_time()
    rows: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    kept: Counter[str] = Counter()

    cleaner = Cleaner(benchmarks, CleaningOptions())
    corpora = [CorpusConfig(path=str(path))]
    for item in read_pairs(corpora, tuple(LANGUAGES), max_broken_share=0.01):
        if not isinstance(item, Pair):
            rows[item.reason] += 1
            continue
        rows["pairs"] += 1
        drop = cleaner.check(item)
        if drop is None:
            kept[item.language] += 1
        else:
            dropped[drop.reason] += 1
    seconds = time.process_time() - started
    total = rows.total()
    print(f"{path.name}: {total} rows, {seconds:.1f} CPU-s, {1e6 * seconds / total:.0f} µs per row")
    print(f"  peak memory {before:.0f} MiB before, {_peak_mebibytes():.0f} MiB after")
    for title, counts in (("rows", rows), ("dropped", dropped), ("kept", kept)):
        print(f"  {title}: {', '.join(f'{name} {n}' for name, n in counts.most_common())}")


def write_large(small: Path, large: Path, copies: int) -> None:
    """Repeat a corpus; each copy adds its own suffix to longer words and to assigned names."""
    with large.open("w", encoding="utf-8") as file:
        for copy in range(copies):
            suffix = chr(96 + copy) if copy else ""
            for line in small.open(encoding="utf-8"):
                row = json.loads(line)
                for field in ("instruction", "input"):
                    row[field] = _WORD.sub(rf"\g<0>{suffix}", row[field])
                row["output"] = _suffix_assigned_names(row["output"], suffix)
                file.write(json.dumps(row) + "\n")


def _suffix_assigned_names(text: str, suffix: str) -> str:
    """Add a suffix to each name that is followed by `=`; HTML attributes are renamed too.

    Keywords stay as they are, so most code still parses.
    """
    names = set(re.findall(r"\b([a-z]\w*)\s*=[^=]", text))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    return pattern.sub(rf"\g<0>{suffix}", text) if names else text


def print_overlap(path: Path) -> None:
    """Print the HumanEval problems whose prompt shares ten consecutive words with a corpus row."""
    index = BenchmarkIndex(load("humaneval-x-python"))
    found: dict[str, tuple[str, int]] = {}
    for line in path.open(encoding="utf-8"):
        row = json.loads(line)
        words = HashedWords.of("\n".join((row["instruction"], row["input"], row["output"])))
        for overlap in index.shared_words(words):
            first_shared, num_rows = found.get(overlap.task_id, (overlap.shared, 0))
            found[overlap.task_id] = (first_shared, num_rows + 1)
    print(f"{len(found)} HumanEval problems share a run of words with {path.name}")
    for task_id in sorted(found, key=lambda task_id: int(task_id.split("/")[1])):
        first_shared, num_rows = found[task_id]
        print(f"  {task_id:12} {num_rows:>3} rows, first: {first_shared}")


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print all measurements, or with `--keep` only write the large corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, help="measure only this file, in this process")
    parser.add_argument(
        "--copies", type=int, default=10, help="copies of CodeAlpaca in the large corpus"
    )
    parser.add_argument("--keep", type=Path, help="write the large corpus to this path and stop")
    arguments = parser.parse_args()
    if arguments.file is not None:
        measure(arguments.file)
        return 0
    folder = os.environ.get("CODEM_RAY_DATA")
    if not folder:
        print(
            "set CODEM_RAY_DATA to a folder that holds instruct/codealpaca-20k.jsonl",
            file=sys.stderr,
        )
        return 3
    small = Path(folder) / "instruct" / "codealpaca-20k.jsonl"
    if arguments.keep is not None:
        write_large(small, arguments.keep, arguments.copies)
        return 0
    print_overlap(small)
    with tempfile.TemporaryDirectory() as scratch:
        large = Path(scratch) / "large.jsonl"
        write_large(small, large, arguments.copies)
        paths = [small]
        if arguments.copies > 1:
            paths.append(large)
        for path in paths:
            subprocess.run([sys.executable, __file__, "--file", str(path)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
