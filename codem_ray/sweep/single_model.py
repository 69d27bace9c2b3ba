"""Defaults for a sweep that scores one model as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from codem_ray.benchmarks import BENCHMARKS, is_local
from codem_ray.config import SPECIAL_SOURCES, BaseModelConfig, Sweep
from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES, language
from codem_ray.models.check import check_base_model, check_model_files
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import resolve_base_model
from codem_ray.prompting.templates import CHAT, CHAT_DATE
from codem_ray.records import PromptStyle
from codem_ray.storage import digest_of
from codem_ray.tokens.tuning_record import RECORD, TuningRecord, read_tuning_record

MAX_NEW_TOKENS = 512
DEFAULT_TEMPLATE = "alpaca"
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleModel:
    """One model to score as it is, and how it is asked."""

    row: str
    """Its name in the matrix."""
    path: str
    """Local folder or hub id, resolved."""
    template: str
    chat_date: date
    styles: tuple[PromptStyle, ...]
    note: str
    """How it is asked and why, for the user."""


def single_model(given: str, path: str, template: str | None) -> SingleModel:
    """Return how to ask a model: as it was tuned, if its folder says so.

    Args:
        given: The model as the user named it.
        path: Its local folder or hub id.
        template: The template that the user chose; None: that of the tuning.

    Raises ModelLoadError if the folder's tuning record cannot be read.
    """
    resolved = resolve_base_model(BaseModelConfig(path=path))
    record = read_tuning_record(Path(resolved))
    chosen = template or (record.template if record is not None else DEFAULT_TEMPLATE)
    return SingleModel(
        row=_row_name(given, path, record),
        path=resolved,
        template=chosen,
        chat_date=(record and chosen == CHAT and record.chat_date) or CHAT_DATE,
        styles=tuple(PromptStyle) if record is None else (record.prompt_style,),
        note=_note(given, record, chosen, is_chosen=template is not None),
    )


def _note(given: str, record: TuningRecord | None, template: str, *, is_chosen: bool) -> str:
    shown = repr(template) if len(template) <= _SHOWN_CHARACTERS else "given in the file"
    if record is None:
        return (
            f"{given} has no {RECORD} that says how it was tuned: it is asked in both prompt "
            f"styles, with the template {shown}" + ("" if is_chosen else "; --template changes it")
        )
    asked = f"{given} is asked by {record.prompt_style} with the template {shown}"
    if template == record.template:
        return f"{asked}, as it was tuned"
    return f"{asked}, but it was tuned with {record.template!r}: its score is not that of its sweep"


def _row_name(given: str, path: str, record: TuningRecord | None) -> str:
    """Return the trial of an export, the name of another folder, or the hub id."""
    if record is not None:
        return record.trial_id
    folder = Path(path).expanduser()
    name = _folder_name(folder) if folder.is_dir() else given
    name = _fit_for_a_file(name)
    # A row with the name of a source would be taken for it.
    return f"{name}-model" if name in SPECIAL_SOURCES or name in LANGUAGES else name


def _fit_for_a_file(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-") or "model"


def _folder_name(folder: Path) -> str:
    # Every export's folder is called `export`; the trial's folder above it has a telling name.
    folder = folder.resolve()
    return folder.parent.name if folder.name == "export" else folder.name


def default_max_new_tokens(model: str) -> int:
    """Return a completion length that leaves room for a prompt in the model's context."""
    path = resolve_base_model(BaseModelConfig(path=model))
    # An incomplete model folder is named here; reading its shape would fail less clearly.
    check_model_files(path, key="--model", trust_remote_code=True)
    shape = model_shape(path)
    if shape is None or shape.context_tokens is None:
        return MAX_NEW_TOKENS
    return max(1, min(MAX_NEW_TOKENS, shape.context_tokens // 4))


def check_named_model(sweep: Sweep) -> None:
    """Check the model of a command line, so that messages name `--model`.

    Raises ConfigError or ModelLoadError.
    """
    base = sweep.base_model
    check_base_model(
        resolve_base_model(base),
        key="--model",
        revision=base.revision,
        trust_remote_code=base.trust_remote_code,
    )


def model_label(model: str) -> str:
    """Return a name for a model that is fit for a file name and unique among local folders."""
    path = Path(model)
    if not path.is_dir():
        return _fit_for_a_file(model)
    return f"{_fit_for_a_file(_folder_name(path))}-{digest_of(str(path.resolve()))[:6]}"


def benchmarks_of_targets(targets: Sequence[str]) -> list[str]:
    """Return the first available benchmark of each language; the starter kit's come last.

    Raises:
        ConfigError: a language is unknown or has no benchmark.
    """
    chosen = []
    for target in targets:
        target_name = language(target).name
        known = [spec.name for spec in BENCHMARKS.values() if spec.language == target_name]
        if not known:
            raise ConfigError(
                f"no benchmark in {target_name} is known by name: name a file of problems by "
                "--benchmarks"
            )
        published = [name for name in known if not name.startswith("starter-") and is_local(name)]
        chosen.append((published or known)[0])
    return chosen
