"""Accuracy of language labels on real code."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = os.environ.get("CODEM_RAY_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="CODEM_RAY_DATA is not set")


def test_98_percent_of_programs_are_labelled_correctly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import language_id

    from codem_ray.corpora.language_labels import label_language

    items = list(language_id.labelled_set(Path(DATA or "")))
    assert len(items) > 2_000
    for half in (False, True):
        part = [item for item in items if item.is_held_out is half]
        found, wrong = language_id.confusion(part, lambda item: label_language("", item.code))
        assert language_id.accuracy(found) >= 0.98, wrong
    sys.modules.pop("language_id", None)
