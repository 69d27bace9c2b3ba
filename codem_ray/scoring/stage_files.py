"""The files of a trial's scoring stages: completions, judged completions and result rows."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from codem_ray.config.validation_messages import mistakes
from codem_ray.errors import DataError
from codem_ray.records import LossResult, ProblemResult
from codem_ray.storage import replacing, storage_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas
    import pyarrow

T = TypeVar("T")
ResultRow = ProblemResult | LossResult


def write_rows(path: Path, values: Iterable[T], kind: type[T]) -> None:
    """Write dataclasses as JSON lines, gzipped if the name ends in `.gz`."""
    adapter = TypeAdapter(kind)
    rows = (json.dumps(adapter.dump_python(value, mode="json")) for value in values)
    content = "".join(f"{row}\n" for row in rows).encode()
    if path.suffix == ".gz":
        # Without a time stamp, equal values give equal files and equal digests.
        content = gzip.compress(content, compresslevel=6, mtime=0)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read_rows(path: Path, kind: type[T]) -> list[T]:
    """Read a file of `write_rows`; DataError names a damaged line."""
    with storage_errors(f"read {path}"):
        content = path.read_bytes()
        if path.suffix == ".gz":
            try:
                content = gzip.decompress(content)
            except EOFError as error:
                raise DataError(f"{path} ends in the middle of its compressed data") from error
            except (gzip.BadGzipFile, zlib.error) as error:
                raise DataError(f"{path} is not gzipped, or damaged: {error}") from error
    adapter, values = TypeAdapter(kind), []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            # Pydantic's own JSON parser refuses half a surrogate pair, which a model may write.
            values.append(adapter.validate_python(json.loads(line)))
        except ValidationError as error:
            found = "; ".join(mistakes(error.errors()))
            raise DataError(f"{path}, line {number}: {found}") from error
        except ValueError as error:
            raise DataError(f"{path}, line {number}: not JSON: {error}") from error
    return values


def write_results(
    path: Path, rows: Sequence[ResultRow], kind: type[ResultRow] = ProblemResult
) -> None:
    """Write rows as Parquet with the fields of their type as columns."""
    import pyarrow
    from pyarrow import parquet

    plain = [{name: _arrow_value(value) for name, value in asdict(row).items()} for row in rows]
    table = pyarrow.Table.from_pylist(plain, schema=_results_schema(kind))
    with replacing(path) as temporary:
        parquet.write_table(table, temporary)


def read_results(paths: Iterable[Path], kind: type[ResultRow] = ProblemResult) -> pandas.DataFrame:
    """Read result files into one frame; without files, an empty one with the same columns."""
    import pyarrow
    from pyarrow import parquet

    schema = _results_schema(kind)
    tables = [schema.empty_table()]
    for path in paths:
        with storage_errors(f"read {path}"):
            try:
                table = parquet.ParquetFile(path).read()
                # Earlier versions wrote files without these columns.
                for name, value in (("is_cached", False), ("common_id", "")):
                    if name in schema.names and name not in table.column_names:
                        column = pyarrow.array([value] * len(table), schema.field(name).type)
                        table = table.append_column(name, column)
                tables.append(table.select(schema.names).cast(schema))
                _check_values(tables[-1], kind)
            except (ValueError, KeyError, OSError) as error:
                # pyarrow reports damaged content as an OSError without a number.
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise DataError(
                    f"{path} is not a file of results: {' '.join(str(error).split())}; `codem-ray "
                    "run` with the sweep's file writes it again"
                ) from error
    frame: pandas.DataFrame = pyarrow.concat_tables(tables).to_pandas()
    return frame


def _check_values(table: pyarrow.Table, kind: type[ResultRow]) -> None:
    """Raise ValueError for a text that is no value of its column's enum."""
    for name, column_type in get_type_hints(kind).items():
        if issubclass(column_type, Enum):
            for value in table.column(name).unique().to_pylist():
                column_type(value)


def _results_schema(kind: type[ResultRow]) -> pyarrow.Schema:
    import pyarrow

    columns = {bool: pyarrow.bool_(), int: pyarrow.int64(), float: pyarrow.float64()}
    hints = get_type_hints(kind)
    return pyarrow.schema(
        [
            pyarrow.field(name, columns.get(hints[name], pyarrow.string()), nullable=False)
            for name in (field.name for field in fields(kind))
        ]
    )


def _arrow_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
