"""Reads the rows of benchmark files; errors name file, line and field."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codem_ray.errors import DataError

DATA_VARIABLE = "CODEM_RAY_DATA"
"""Environment variable that names the folder of the benchmark files."""


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One JSON object of a benchmark file, with its position."""

    source: str
    """The file, for messages."""
    line: int
    values: Mapping[str, Any] = field(repr=False)

    @property
    def location(self) -> str:
        """File and line, for messages."""
        return f"{self.source}, line {self.line}"

    def text(self, name: str, *, may_be_empty: bool = False) -> str:
        """Return a text field.

        Raises:
            DataError: the field is missing, empty or not text; names file, line and field.
        """
        if name not in self.values:
            raise DataError(
                f"{self.location}: field {name!r} is missing; the row has "
                f"{', '.join(sorted(self.values)) or 'no fields'}"
            )
        value = self.values[name]
        if not isinstance(value, str):
            raise DataError(
                f"{self.location}: field {name!r} is {type(value).__name__}, text is expected"
            )
        if not may_be_empty and not value.strip():
            raise DataError(f"{self.location}: field {name!r} is empty")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that is a list of texts; empty if the field is absent."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise DataError(f"{self.location}: field {name!r} must be a list of texts")
        return tuple(value)


def read_rows(path: Path) -> list[BenchmarkRow]:
    """Read JSON lines, gzipped or not; blank lines are skipped.

    A JSON object over several lines is one row. A folder holds the rows of all its `.json` files,
    gzipped or not, except MultiPL-E's results.

    Raises:
        DataError: the file is missing or damaged, or a line is no JSON object.
    """
    if path.is_dir():
        files = sorted([*path.glob("*.json"), *path.glob("*.json.gz")])
        files = [file for file in files if ".results.json" not in file.name]
        if not files:
            raise DataError(
                f"{path}: the folder holds no .json or .json.gz file; name the one that does"
            )
        return [row for file in files for row in read_rows(file)]
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if text.partition("\n")[0].strip() == "{":
        try:
            return [BenchmarkRow(str(path), 1, json.loads(text))]
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {error.lineno}: broken JSON: {error}") from error
    rows: list[BenchmarkRow] = []
    # splitlines() would also split at characters like U+2028, which JSON strings may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {number}: broken JSON: {error}") from error
        if not isinstance(values, dict):
            raise DataError(
                f"{path}, line {number}: a JSON object is expected, found {type(values).__name__}"
            )
        rows.append(BenchmarkRow(str(path), number, values))
    if not rows:
        raise DataError(f"{path}: holds no rows")
    return rows


def hub_rows(hub_path: str, file: str) -> list[BenchmarkRow]:
    """Read a data file of the Hugging Face hub, given as an `hf://` path.

    The file is loaded instead of the dataset, because `datasets` refuses datasets with scripts.
    `file` is its path below CODEM_RAY_DATA, for messages.
    """
    # Imported late, because it would slow down every command.
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise DataError(
            f"{hub_path}: `datasets` is not installed; install codem-ray[train], "
            f"or set CODEM_RAY_DATA to a folder that holds {file}"
        ) from error
    builder = "parquet" if hub_path.endswith(".parquet") else "json"
    try:
        data = load_dataset(builder, data_files=hub_path, split="train")
        # `datasets` fills absent fields with None.
        return [
            BenchmarkRow(hub_path, number, {k: v for k, v in dict(values).items() if v is not None})
            for number, values in enumerate(data, start=1)
        ]
    except Exception as error:
        raise DataError(
            f"{hub_path}: cannot be loaded ({type(error).__name__}: {error}); set "
            f"CODEM_RAY_DATA to a folder that holds {file}"
        ) from error


@dataclass(frozen=True, slots=True)
class Source:
    """The places that hold a benchmark's files: a local folder, or else the hub."""

    data_dir: Path | None = None
    file_dir: Path | None = None
    """Folder of a benchmark given by path; it may hold further files of the benchmark."""

    def rows(self, file: str, hub_path: str | None) -> list[BenchmarkRow]:
        """Read the rows of a file below the folder, or else from the hub."""
        if Path(file).is_absolute():
            return read_rows(Path(file))
        if self.data_dir is not None and (self.data_dir / file).exists():
            return read_rows(self.data_dir / file)
        if hub_path is None:
            raise DataError(
                f"{file}: {self._reason_absent()}, and the file is on no hub; "
                f"set {DATA_VARIABLE} to a folder that holds it"
            )
        return hub_rows(hub_path, file)

    def text(self, file: str) -> str:
        """Read a text file that belongs to the benchmark."""
        path = None if self.data_dir is None else self.data_dir / file
        if self.file_dir is not None:
            nearby = self.file_dir.joinpath(*Path(file).parts[1:])
            path = nearby if path is None or nearby.exists() else path
        if path is None:
            raise DataError(
                f"{file}: {self._reason_absent()}; set CODEM_RAY_DATA to a folder that holds it"
            )
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: cannot be read: {error}") from error

    def _reason_absent(self) -> str:
        return (
            "CODEM_RAY_DATA is not set" if self.data_dir is None else f"is not in {self.data_dir}"
        )
