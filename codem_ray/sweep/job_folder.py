"""Refuses to write a sweep's files where they are lost when a submitted Ray job ends."""

from __future__ import annotations

from pathlib import Path

from codem_ray.config import StorageConfig, Sweep
from codem_ray.config.submitted_job import SubmittedJob
from codem_ray.errors import ConfigError


def refuse_lost_files(sweep: Sweep, database: Path | None, job: SubmittedJob) -> None:
    """Raise a ConfigError if storage or the tracking database does not outlive the job.

    `database` is the file of a sqlite tracking database; None: another kind of store.
    """
    path = sweep.storage.path
    if "://" not in path and (reason := _loss(Path(path), job)):
        raise ConfigError(
            f"storage.path leads to {path}, {reason}: set storage.path to an object store, as in "
            "--set storage.path=s3://bucket/runs, or to the absolute path of a folder that stays"
        )
    if database is not None and (reason := _loss(database, job)):
        raise ConfigError(
            f"the tracking database is {database}, {reason}: set tracking.uri to an MLflow server, "
            "as in --set tracking.uri=http://host:5000, or to sqlite:////absolute/path/mlflow.db"
        )


def refuse_lost_output(path: Path, option: str, job: SubmittedJob | None) -> None:
    """Raise a ConfigError if the file of an option is deleted with the job."""
    if job is not None and job.deletes(path.resolve()):
        raise ConfigError(
            f"{option} {path} is {_loss(path.resolve(), job)}: name an absolute path that stays"
        )


def _loss(path: Path, job: SubmittedJob) -> str:
    """Return why a local file is lost, or "" if it is not."""
    if job.deletes(path):
        return (
            f"in the working directory of the Ray job {job.submission_id}, which Ray deletes after "
            "the job"
        )
    if path.is_relative_to(job.folder / StorageConfig().path):
        return (
            f"the default folder, which in the Ray job {job.submission_id} is not yours but where "
            "`ray start` ran on one node"
        )
    return ""
