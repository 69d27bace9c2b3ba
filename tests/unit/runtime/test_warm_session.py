"""Checkpoints of a warm trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="the light install has no Ray")

from codem_ray.config import TrainingConfig
from codem_ray.runtime.warm_session import WarmSession
from codem_ray.training.training_spec import TrainingSpec


def session(folder: Path, callbacks: Any = ()) -> WarmSession:
    spec = TrainingSpec(
        trial_id="t",
        base_model="m",
        tokens_folders=("tokens",),
        training=TrainingConfig(),
        ray_storage_path=str(folder / "train"),
        export_folder=str(folder / "export"),
    )
    return WarmSession(spec, "worker 0", callbacks)


def save(one: WarmSession, folder: Path, step: int) -> None:
    checkpoint = folder / f"new-{step}"
    (checkpoint / "global_step").mkdir(parents=True)
    (checkpoint / "global_step" / "state.pt").write_text(f"weights of step {step}")
    one.report({"step": step}, checkpoint, name=f"step-{step:08d}-of-1")


def state(one: WarmSession) -> str | None:
    with one.checkpoint() as found:
        return None if found is None else (found / "global_step" / "state.pt").read_text()


def test_a_new_training_has_no_checkpoint(tmp_path: Path) -> None:
    assert state(session(tmp_path)) is None


def test_one_checkpoint_is_kept_and_found_by_the_next_attempt(tmp_path: Path) -> None:
    one = session(tmp_path)
    save(one, tmp_path, 8)
    save(one, tmp_path, 16)
    assert state(session(tmp_path)) == "weights of step 16"
    assert len(list((tmp_path / "train").rglob("step-*"))) == 1


@pytest.mark.parametrize("text", ["weights of st", ""])
def test_a_damaged_checkpoint_is_not_used(tmp_path: Path, text: str) -> None:
    save(session(tmp_path), tmp_path, 8)
    (file,) = (tmp_path / "train").rglob("state.pt")
    file.write_text(text)
    assert state(session(tmp_path)) is None


def test_a_checkpoint_without_a_manifest_is_not_used(tmp_path: Path) -> None:
    save(session(tmp_path), tmp_path, 8)
    (manifest,) = (tmp_path / "train").rglob("manifest.json")
    manifest.unlink()
    assert state(session(tmp_path)) is None


def test_a_callback_sees_a_report_after_its_checkpoint_is_stored(tmp_path: Path) -> None:
    seen = []

    class Looking:
        def after_report(self, context: Any, metrics: Any, checkpoint: Any) -> None:
            seen.append((metrics[0]["step"], state(session(tmp_path))))

    save(session(tmp_path, [Looking()]), tmp_path, 8)
    assert seen == [(8, "weights of step 8")]
