"""Writes rows of dataclasses as CSV, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def csv_text(row_type: type[DataclassInstance], rows: Iterable[DataclassInstance]) -> str:
    """Return rows as CSV with a column per field of their type; None is an empty field."""
    import pandas as pd

    columns = [field.name for field in fields(row_type)]
    frame = pd.DataFrame([asdict(row) for row in rows], columns=columns)
    booleans = frame.select_dtypes("bool").columns
    frame[booleans] = frame[booleans].replace({True: "true", False: "false"})
    # Ten digits are more than any test or figure needs, and equal on every processor.
    return frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
