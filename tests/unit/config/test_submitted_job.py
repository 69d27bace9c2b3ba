"""What a process knows of the Ray job that it runs in."""

from __future__ import annotations

from pathlib import Path

import pytest
from job_environment import job_environment

from codem_ray.config import load_sweep
from codem_ray.config.submitted_job import submitted_job
from codem_ray.errors import ConfigError


def test_outside_a_job_there_is_none() -> None:
    assert submitted_job({}) is None
    assert submitted_job({"RAY_ADDRESS": "10.0.0.1:6379"}) is None


def test_a_job_deletes_its_working_directory_and_nothing_else() -> None:
    job = submitted_job(job_environment())
    assert job is not None
    assert job.submission_id == "raysubmit_1"
    assert job.deletes(Path.cwd() / "runs")
    assert not job.deletes(Path("/elsewhere/runs"))
    without = submitted_job(job_environment(has_working_dir=False))
    assert without is not None
    assert not without.deletes(Path.cwd() / "runs")


@pytest.mark.parametrize(
    ("has_working_dir", "hint"),
    [
        (False, r"mine.yaml: no such file.*has no --working-dir.*submit it with --working-dir"),
        (True, r"mine.yaml: no such file.*paths start at the folder of --working-dir"),
    ],
)
def test_a_sweep_file_that_did_not_reach_the_job_names_the_working_directory(
    has_working_dir: bool, hint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in job_environment(has_working_dir=has_working_dir).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=hint):
        load_sweep("mine.yaml")
