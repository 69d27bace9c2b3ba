"""Stores of kept pairs, whose texts can be read a few at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Protocol, Self

from codem_ray.corpora.pair_index import PairIndex
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import DataError

PAIRS, INDEX = "pairs.parquet", "index.npz"
GROUP_ROWS = 1_000
"""Rows of a row group; reading and writing hold one row group in memory."""
_INTEGERS = ("corpus", "left_turns")
"""Columns of integers; all others are strings."""


class PairStore(Protocol):
    """Kept pairs in reading order."""

    index: PairIndex

    def read(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Pair]]:
        """Yield number and pair of the given rows (None: all), each once, ascending."""


class PairsInMemory:
    """The pairs of a small corpus."""

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
        """Yield the given rows."""
        for row in range(len(self._pairs)) if rows is None else sorted(set(rows)):
            yield row, self._pairs[row]


class PairsOnDisk:
    """Pairs in a folder that `PairsWriter` wrote."""

    def __init__(self, folder: Path) -> None:
        self.index = PairIndex.read(folder / INDEX)
        self._path = folder / PAIRS

    def read(self, rows: Sequence[int] | None = None) -> Iterator[tuple[int, Pair]]:
        """Yield the given rows, decoding only the row groups that contain one."""
        import pyarrow as pa
        from pyarrow import parquet

        numbers = range(len(self.index)) if rows is None else sorted(set(rows))
        try:
            # A memory map would keep all pages that were read resident.
            with parquet.ParquetFile(self._path, memory_map=False) as file:
                first = 0
                for group in range(file.num_row_groups):
                    end = first + file.metadata.row_group(group).num_rows
                    chosen = numbers[bisect_left(numbers, first) : bisect_left(numbers, end)]
                    if chosen:
                        table = file.read_row_group(group).take([row - first for row in chosen])
                        for row, values in zip(chosen, table.to_pylist(), strict=True):
                            yield row, Pair(**values)
                    first = end
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"{self._path}: the kept pairs cannot be read ({error}): delete the folder and "
                "run again"
            ) from error


class RowsWriter:
    """Writes values of a dataclass to a Parquet file, a row group at a time."""

    def __init__(self, path: Path, kind: type[Any]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        names = [field.name for field in fields(kind)]
        self._schema = pa.schema(
            [(name, pa.int32() if name in _INTEGERS else pa.string()) for name in names]
        )
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, row: Any) -> None:
        """Append a value."""
        self._rows.append(
            {
                name: value if name in _INTEGERS else _valid_utf8(value)
                for name, value in asdict(row).items()
            }
        )
        if len(self._rows) == GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()


class PairsWriter(RowsWriter):
    """Writes pairs and their index to a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / PAIRS, Pair)
        self._index, self._index_path = PairIndex(), folder / INDEX

    def add(self, row: Pair) -> None:
        """Append a pair."""
        super().add(row)
        self._index.add(row)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        super().__exit__(kind)
        if kind is None:
            self._index.write(self._index_path)


def _valid_utf8(text: str) -> str:
    """Escape lone surrogates, which names of files and fields can contain."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
