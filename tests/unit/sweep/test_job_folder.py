"""Files that end with a submitted job are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from planned_sweeps import make_sweep

from codem_ray.config.submitted_job import SubmittedJob
from codem_ray.errors import ConfigError
from codem_ray.sweep.job_folder import refuse_lost_files, refuse_lost_output

JOB = SubmittedJob(submission_id="raysubmit_1", has_working_dir=True, folder=Path("/job"))
WITHOUT = SubmittedJob(submission_id="raysubmit_1", has_working_dir=False, folder=Path("/job"))


@pytest.mark.parametrize(
    ("job", "path", "reason"),
    [
        (JOB, "/job/runs", "which Ray deletes after the job"),
        (JOB, "/job/other", "which Ray deletes after the job"),
        (WITHOUT, "/job/runs", "where `ray start` ran"),
    ],
)
def test_storage_that_ends_with_the_job_is_refused_with_the_reason(
    job: SubmittedJob, path: str, reason: str
) -> None:
    sweep = make_sweep(**{"storage.path": path})
    with pytest.raises(ConfigError, match=rf"{path}, .*raysubmit_1.*{reason}.*s3://bucket/runs"):
        refuse_lost_files(sweep, None, job)


@pytest.mark.parametrize(
    ("job", "path"), [(JOB, "/shared/runs"), (WITHOUT, "/job/other"), (JOB, "s3://bucket/runs")]
)
def test_storage_that_outlives_the_job_is_accepted(job: SubmittedJob, path: str) -> None:
    refuse_lost_files(make_sweep(**{"storage.path": path}), Path("/shared/mlflow.db"), job)


@pytest.mark.parametrize("job", [JOB, WITHOUT])
def test_the_default_tracking_database_is_refused_in_a_job(job: SubmittedJob) -> None:
    sweep = make_sweep(**{"storage.path": "s3://bucket/runs"})
    with pytest.raises(ConfigError, match=r"database is /job/runs/mlflow.db.*MLflow server"):
        refuse_lost_files(sweep, Path("/job/runs/mlflow.db"), job)
    refuse_lost_files(sweep, None, job)


def test_an_output_file_in_the_working_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = SubmittedJob(submission_id="1", has_working_dir=True, folder=tmp_path)
    with pytest.raises(ConfigError, match=r"--out scored.jsonl is in the working directory"):
        refuse_lost_output(Path("scored.jsonl"), "--out", job)
    refuse_lost_output(Path("scored.jsonl"), "--out", None)
    refuse_lost_output(Path("/elsewhere/scored.jsonl"), "--out", job)
