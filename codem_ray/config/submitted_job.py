"""The Ray job (`ray job submit`) that this process runs in, as its environment describes it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_JOB_CONFIG = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Ray gives it to the entry point of a job, for `ray.init` (JobSupervisor of ray 2.60)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmittedJob:
    """A submitted job."""

    submission_id: str
    has_working_dir: bool
    """Whether it was submitted with a working directory, which Ray deletes after the job."""
    folder: Path
    """The directory that it runs in."""

    def deletes(self, path: Path) -> bool:
        """Return whether a file or folder is deleted with the job."""
        return self.has_working_dir and path.is_relative_to(self.folder)

    def files_hint(self) -> str:
        """Return where the job's relative paths lead, for messages about files that are absent."""
        if self.has_working_dir:
            return f"in a Ray job, paths start at the folder of --working-dir (here {self.folder})"
        return (
            f"the Ray job has no --working-dir, so your files are not here (in {self.folder}, "
            "where `ray start` ran): submit it with --working-dir FOLDER"
        )


def submitted_job(environment: Mapping[str, str] = os.environ) -> SubmittedJob | None:
    """Return the job that this process is the entry point of, or None outside a job."""
    text = environment.get(_JOB_CONFIG)
    if not text:
        return None
    config = json.loads(text)
    runtime_env = config.get("runtime_env") or {}
    return SubmittedJob(
        submission_id=(config.get("metadata") or {}).get("job_submission_id", "unknown"),
        has_working_dir=bool(runtime_env.get("working_dir")),
        folder=Path.cwd(),
    )
