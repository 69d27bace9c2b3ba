"""Keeps pairs where their texts can be read again a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from codem_ray.corpora.pair_index import PairIndex
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError

PAIRS, INDEX = "pairs.parquet", "index.bin"
GROUP_ROWS = 1_000
"""Pairs that are decoded together: what reading holds in memory at a time."""
_NUMBERS = ("corpus",)


class PairStore(Protocol):
    """Kept pairs, in the order in which they were read."""

    index: PairIndex

    def read(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Pair]]:
        """Yield row number and pair of the rows named (None: of all), each once, ascending."""


class PairsInMemory:
    """Pairs of a small corpus."""

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.index = PairIndex()
        self._pairs: list[Pair] = []
        for pair in pairs:
            self.add(pair)

    def add(self, pair: Pair) -> None:
        """Append a pair."""
        self.index.add(pair)
        self._pairs.append(pair)

    def read(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Pair]]:
        """Yield the pairs of some rows."""
        for row in range(len(self._pairs)) if rows is None else sorted(set(rows)):
            yield row, self._pairs[row]


class PairsOnDisk:
    """Pairs in a Parquet file of small row groups, beside their index."""

    def __init__(self, folder: Path) -> None:
        self.index = PairIndex.read(folder / INDEX)
        self._path = folder / PAIRS

    def read(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Pair]]:
        """Yield the pairs of some rows; only the row groups that hold one are decoded."""
        import pyarrow as pa
        from pyarrow import parquet

        wanted = None if rows is None else sorted(set(rows))
        try:
            # Not memory-mapped: pages once read would stay in this process's memory.
            with parquet.ParquetFile(self._path, memory_map=False) as file:
                first = at = 0
                for group in range(file.num_row_groups):
                    size = file.metadata.row_group(group).num_rows
                    end = at
                    while wanted is not None and end < len(wanted) and wanted[end] < first + size:
                        end += 1
                    here = range(first, first + size) if wanted is None else wanted[at:end]
                    if here:
                        table = file.read_row_group(group)
                        if wanted is not None:
                            table = table.take([row - first for row in here])
                        for row, values in zip(here, table.to_pylist(), strict=True):
                            yield row, Pair(**values)
                    first, at = first + size, end
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"{self._path}: the kept pairs cannot be read ({error}): delete the folder and "
                "run again"
            ) from error


class RowsWriter:
    """Writes rows of texts to a Parquet file, a row group at a time."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._columns: dict[str, list[Any]] = {name: [] for name in columns}
        self._schema = pa.schema(
            [(name, pa.int32() if name in _NUMBERS else pa.string()) for name in columns]
        )
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows = 0

    def add(self, row: Any) -> None:
        """Append an object's attributes."""
        for name, values in self._columns.items():
            value = getattr(row, name)
            values.append(value if name in _NUMBERS else _written(value))
        self._rows += 1
        if self._rows == GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.table(self._columns, schema=self._schema))
        for values in self._columns.values():
            values.clear()
        self._rows = 0

    def __enter__(self) -> RowsWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


def _written(text: str) -> str:
    """Return a text as UTF-8 can hold it: names of files and of fields may not be."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class PairsWriter:
    """Writes pairs and their index to a folder that `PairsOnDisk` reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.index = PairIndex()
        self._rows = RowsWriter(folder / PAIRS, [field.name for field in fields(Pair)])

    def add(self, pair: Pair) -> None:
        """Append a pair."""
        self._rows.add(pair)
        self.index.add(pair)

    def __enter__(self) -> PairsWriter:
        self._rows.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._rows.__exit__(kind)
        if kind is None:
            self.index.write(self._folder / INDEX)
