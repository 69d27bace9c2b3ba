"""The environment variable that Ray gives to the entry point of a submitted job."""

from __future__ import annotations

import json


def job_environment(*, has_working_dir: bool = True) -> dict[str, str]:
    """Return what a process of the job `raysubmit_1` has in its environment."""
    runtime_env = {"working_dir": "gcs://_ray_pkg_1.zip"} if has_working_dir else {}
    config = {"runtime_env": runtime_env, "metadata": {"job_submission_id": "raysubmit_1"}}
    return {"RAY_JOB_CONFIG_JSON_ENV_VAR": json.dumps(config)}
