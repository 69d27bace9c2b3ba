"""Measure CPU time and peak memory of building, tokenising and packing 20,000 and 200,000 pairs.

The pairs come from a corpus file; if it has too few, its rows are repeated with a number added to
their texts. Each size runs in a separate process. The last line is JSON.

    bench/data.py $CODEM_RAY_DATA/instruct/codealpaca-20k.jsonl
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZES = (20_000, 200_000)


def varied(corpus: Path, count: int) -> Iterator[dict[str, Any]]:
    """Yield `count` rows of a file, which is repeated with a different number in each round."""
    num_rows = 0
    for number in range(count):
        with corpus.open(encoding="utf-8") as stream:
            for line in stream:
                row = json.loads(line)
                if number:
                    row["instruction"] += f" (variant {number})"
                    row["output"] += f"\n# variant {number}" if row["output"] else ""
                yield row
                num_rows += 1
                if num_rows == count:
                    return


def measure(corpus: Path, count: int) -> dict[str, float]:
    """Build, tokenise and pack in this process."""
    from codem_ray.config import parse_sweep
    from codem_ray.sweep.planning import prepare_inputs

    with tempfile.TemporaryDirectory(prefix="codem-ray-bench-") as folder:
        path = Path(folder) / "corpus.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            for row in varied(corpus, count):
                stream.write(json.dumps(row) + "\n")
        raw = {
            "name": "bench",
            "base_model": {"path": "starter"},
            "sources": ["python", "union"],
            "data": {
                "corpora": [{"path": str(path)}],
                "template": "alpaca",
                "pairs": 1000,
                "max_tokens": 512,
                "decontaminate": False,
            },
            "generation": {"max_new_tokens": 128},
            "evaluation": {"benchmarks": ["starter-python"]},
            "storage": {"path": f"{folder}/runs"},
        }
        sweep = parse_sweep(raw, [], "bench")
        steps: dict[str, float] = {}
        started = time.process_time()

        def log(text: str) -> None:
            now = time.process_time() - started
            print(f"  {now:6.1f} CPU-s  {peak_mib():6.0f} MiB  {text}", file=sys.stderr)

        prepare_inputs(sweep, load_tokenizer=None, log=log)
        steps["build_cpu_seconds"] = time.process_time() - started
        steps["build_peak_mib"] = peak_mib()
        inputs = prepare_inputs(sweep, log=log)
        steps["cpu_seconds"] = time.process_time() - started
        steps["peak_mib"] = peak_mib()
        repeated = time.process_time()
        prepare_inputs(sweep, log=log)
        steps["again_cpu_seconds"] = time.process_time() - repeated
        assert inputs.pairs is not None
        steps["kept"] = len(inputs.pairs.store.index)
        return {name: round(value, 2) for name, value in steps.items()}


def peak_mib() -> float:
    """Return this process's peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure each size in a separate process and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="JSON lines with instruction, input, output")
    parser.add_argument("--size", type=int, help="measure this number of pairs in this process")
    parser.add_argument(
        "--sizes", type=int, nargs=2, default=SIZES, help="the smaller and the larger size"
    )
    arguments = parser.parse_args()
    if arguments.size:
        print(json.dumps(measure(arguments.corpus, arguments.size)))
        return 0
    found = {}
    for size in arguments.sizes:
        command = [sys.executable, __file__, str(arguments.corpus), "--size", str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[size] = json.loads(done.stdout.splitlines()[-1])
        print(f"{size:,} rows: {found[size]}")
    small, large = (found[size] for size in arguments.sizes)
    ratios = {name: round(large[name] / small[name], 2) for name in small if small[name]}
    print(f"ratios of {arguments.sizes[1]:,} to {arguments.sizes[0]:,}: {ratios}")
    print(json.dumps({"sizes": found, "ratios": ratios}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
