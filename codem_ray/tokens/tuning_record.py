"""The file beside a tuned model's weights that records the prompts of its tuning."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from codem_ray.errors import ModelLoadError
from codem_ray.records import PromptStyle

RECORD = "codem_ray.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TuningRecord:
    """The prompts that a model was tuned on."""

    schema_version: int = SCHEMA_VERSION
    trial_id: str
    source: str
    template: str
    """`data.template` of the sweep."""
    chat_date: date | None = None
    """The date that the chat template stated as today's; None for other templates."""
    prompt_style: PromptStyle = PromptStyle.INSTRUCTION


_FORM = TypeAdapter(TuningRecord)


def write_tuning_record(folder: Path, record: TuningRecord) -> None:
    """Write the record into a model's folder."""
    (folder / RECORD).write_bytes(_FORM.dump_json(record, indent=2) + b"\n")


def read_tuning_record(folder: Path) -> TuningRecord | None:
    """Read the record in a model's folder; None if it has none.

    Raises ModelLoadError for a record that this version cannot read.
    """
    file = folder / RECORD
    if not file.is_file():
        return None
    try:
        raw = json.loads(file.read_bytes())
        version = raw["schema_version"]
        if version != SCHEMA_VERSION:
            raise ModelLoadError(
                f"{file} has schema_version {version!r}, and this version of codem-ray reads "
                f"{SCHEMA_VERSION}: update codem-ray, or delete the file and give --template"
            )
        return _FORM.validate_python(raw)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise ModelLoadError(
            f"{file} cannot be read ({type(error).__name__}: {error}): copy it again from the "
            "export, or delete it and give --template"
        ) from error
