"""Write the corpora and the benchmark of the starter kit into the package."""

from __future__ import annotations

from pathlib import Path

from codem_ray.starter.assets import WORDS, benchmark_path, corpus_path
from tools.starter import rows, words
from tools.starter.draws import LANGUAGES
from tools.starter.families.signatures import CODE_LANGUAGES


def _write(path: Path, made: list[rows.Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rows.packed_jsonl(made))
    print(f"{path.name}: {len(made)} rows, {path.stat().st_size} bytes")


def main() -> None:
    """Write all files."""
    for name in rows.CORPORA:
        _write(corpus_path(name), rows.corpus_rows(name))
    for language in LANGUAGES:
        _write(benchmark_path(language), rows.benchmark_rows(language))
    for name in (*CODE_LANGUAGES, rows.PROSE):
        _write(corpus_path(name, WORDS), words.corpus_rows(name))
    for language in CODE_LANGUAGES:
        _write(benchmark_path(language, WORDS), words.benchmark_rows(language))


if __name__ == "__main__":
    main()
