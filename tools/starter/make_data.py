"""Write the corpora and the benchmark of the starter kit into the package."""

from __future__ import annotations

from pathlib import Path

from codem_ray.starter.assets import benchmark_path, corpus_path
from tools.starter import rows
from tools.starter.draws import LANGUAGES


def _write(path: Path, made: list[rows.Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rows.packed_jsonl(made))
    print(f"{path.name}: {len(made)} rows, {path.stat().st_size} bytes")


def main() -> None:
    """Write all seventeen files."""
    for name in rows.CORPORA:
        _write(corpus_path(name), rows.corpus_rows(name))
    for language in LANGUAGES:
        _write(benchmark_path(language), rows.benchmark_rows(language))


if __name__ == "__main__":
    main()
