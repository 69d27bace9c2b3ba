"""Whether a store still holds the runs that were written to it, asked without MLflow's imports."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from contextlib import closing

from codem_ray.tracking.session import absolute_uri, database_path

_TIMEOUT_SECONDS = 5.0


def holds_runs(uri: str, run_ids: Sequence[str]) -> bool:
    """Say whether all runs are there and not deleted.

    A database is read, a server is asked. One that cannot be asked (it is down, it wants another
    login, it is of another kind) is believed to hold what it was given: what is new will find out.
    """
    uri = absolute_uri(uri)
    if database_path(uri) is not None:
        return _database_holds(uri, run_ids)
    if uri.startswith(("http://", "https://")):
        return all(_server_holds(uri, run_id) for run_id in run_ids)
    return True


def _database_holds(uri: str, run_ids: Sequence[str]) -> bool:
    path = database_path(uri)
    if path is None or not path.is_file():
        return False
    address = f"file:{urllib.parse.quote(str(path))}?mode=ro"
    marks = ", ".join("?" * len(run_ids))
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
            found = database.execute(
                "SELECT COUNT(*) FROM runs WHERE lifecycle_stage = 'active' "
                f"AND run_uuid IN ({marks})",
                tuple(run_ids),
            ).fetchone()
    except sqlite3.Error:
        # No database of MLflow's, then; the tracker will say what is wrong with it.
        return False
    return bool(found[0] == len(set(run_ids)))


def _server_holds(uri: str, run_id: str) -> bool:
    query = urllib.parse.urlencode({"run_id": run_id})
    request = urllib.request.Request(f"{uri.rstrip('/')}/api/2.0/mlflow/runs/get?{query}")
    token, user = (
        os.environ.get("MLFLOW_TRACKING_TOKEN"),
        os.environ.get("MLFLOW_TRACKING_USERNAME"),
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    elif user:
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            info = json.load(answer)["run"]["info"]
            return bool(info.get("lifecycle_stage") == "active")
    except urllib.error.HTTPError as error:
        with error:
            is_absent = error.code == 404 and b"RESOURCE_DOES_NOT_EXIST" in error.read()
        return not is_absent
    except (OSError, ValueError, KeyError, TypeError):
        return True
