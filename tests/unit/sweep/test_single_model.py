"""How one model is asked, and what its row is called."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from codem_ray.config import parse_sweep
from codem_ray.errors import ModelLoadError
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.records import PromptStyle
from codem_ray.starter.assets import model_path
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.single_model import single_model
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.tokens.tuning_record import (
    RECORD,
    TuningRecord,
    read_tuning_record,
    write_tuning_record,
)

TUNED = TuningRecord(
    trial_id="c-s0-a43e44d32cd4",
    source="c",
    template="chat",
    chat_date=date(2031, 2, 3),
)


def export_in(folder: Path, record: TuningRecord | None) -> str:
    """Write an export without weights, as nothing here loads them."""
    export = folder / "c-s0-123" / "export"
    export.mkdir(parents=True)
    if record is not None:
        write_tuning_record(export, record)
    return str(export)


def test_an_export_is_asked_as_it_was_tuned_and_named_after_its_trial(tmp_path: Path) -> None:
    export = export_in(tmp_path, TUNED)
    model = single_model(export, export, None)
    assert (model.row, model.path) == ("c-s0-a43e44d32cd4", export)
    assert (model.template, model.chat_date) == ("chat", date(2031, 2, 3))
    assert model.styles == (PromptStyle.INSTRUCTION,)
    assert model.note.endswith("is asked by instruction with the template 'chat', as it was tuned")


def test_another_template_can_be_chosen_and_the_note_says_so(tmp_path: Path) -> None:
    export = export_in(tmp_path, TUNED)
    model = single_model(export, export, "short")
    assert (model.template, model.chat_date) == ("short", CHAT_DATE)
    assert "'short', but it was tuned with 'chat'" in model.note


def test_an_export_without_a_record_is_asked_in_both_styles_with_a_note(tmp_path: Path) -> None:
    export = export_in(tmp_path, None)
    model = single_model("my/export", export, None)
    assert (model.row, model.template, model.styles) == ("c-s0-123", "alpaca", tuple(PromptStyle))
    assert model.note.startswith("my/export has no codem_ray.json")
    assert model.note.endswith("--template changes it")


def test_no_row_has_the_name_of_a_source(tmp_path: Path) -> None:
    for name in ("base", "python", "mixed"):
        (tmp_path / name).mkdir()
        path = str(tmp_path / name)
        assert single_model(path, path, None).row == f"{name}-model"
    hub_id = "bigcode/starcoderbase-1b"
    assert single_model(hub_id, hub_id, None).row == "bigcode-starcoderbase-1b"
    assert single_model("starter", "starter", None).row == "starter"
    (tmp_path / "Модель 1").mkdir()
    path = str(tmp_path / "Модель 1")
    assert single_model(path, path, None).row == "1"


def test_a_record_is_read_back_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    write_tuning_record(tmp_path, TUNED)
    assert read_tuning_record(tmp_path) == TUNED
    raw = json.loads((tmp_path / RECORD).read_text())
    for change, message in (
        ({"schema_version": 2}, "has schema_version 2"),
        ({"template": 7}, "cannot be read"),
    ):
        (tmp_path / RECORD).write_text(json.dumps(raw | change))
        with pytest.raises(ModelLoadError, match=message):
            read_tuning_record(tmp_path)
    (tmp_path / RECORD).write_text("[]")
    with pytest.raises(ModelLoadError, match="give --template"):
        read_tuning_record(tmp_path)


def test_an_external_model_is_asked_in_its_styles_only(tmp_path: Path) -> None:
    export = shutil.copytree(model_path(), tmp_path / "export")
    write_tuning_record(export, TUNED)
    source = {"name": "mine", "model": str(export)}

    def plan(**more: object) -> SweepPlan:
        raw = {
            "name": "x",
            "base_model": {"path": "starter"},
            "sources": [source | more],
            "data": {"corpora": [{"path": "starter"}]},
            "generation": {"max_new_tokens": 64},
            "evaluation": {"benchmarks": ["starter-python"]},
        }
        return plan_offline(parse_sweep(raw, [], "x")).plan

    both = plan(styles=["completion", "instruction"])
    assert [t.styles for t in (*plan().trials, *both.trials)] == [
        (PromptStyle.INSTRUCTION,),
        tuple(PromptStyle),
    ]
    assert any("mine was tuned with the template 'chat'" in note for note in both.notes)
