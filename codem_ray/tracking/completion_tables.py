"""Completions and outcomes of a cell as a table that MLflow's UI shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from codem_ray.records import Problem, PromptStyle
from codem_ray.scoring.judging import JudgedCompletion
from codem_ray.scoring.stage_files import read_rows

FOLDER = "completions"
SAMPLES_SHOWN = 10
"""Samples of each problem that a table has. The sweep's own files hold all of them."""
_TABLES_TAG = "mlflow.loggedArtifacts"
"""Tag in which MLflow lists the tables of a run: its UI and `mlflow.load_table` read it."""
_COLUMNS = (
    *("problem", "outcome", "prompt", "completion", "answer", "message", "sample"),
    *("completion_tokens", "is_truncated"),
)


def table_name(label: str) -> str:
    """Return the artifact path of a cell's table, from the cell's label."""
    return f"{FOLDER}/{label}.json"


def completion_table(verdicts: Path, problems: Iterable[Problem], style: PromptStyle) -> str:
    """Return the judged completions of a cell as JSON, in MLflow's form of a table.

    `prompt` is the problem as it stands in the benchmark, without the tuning template.
    """
    by_id = {problem.task_id: problem for problem in problems}
    rows = [
        _row(judged, by_id[judged.completion.task_id], style)
        for judged in read_rows(verdicts, JudgedCompletion)
        if judged.completion.sample < SAMPLES_SHOWN
    ]
    return json.dumps({"columns": list(_COLUMNS), "data": rows})


def _row(judged: JudgedCompletion, problem: Problem, style: PromptStyle) -> list[Any]:
    completion, verdict = judged.completion, judged.verdict
    return [
        completion.task_id,
        verdict.outcome.value,
        problem.instruction if style is PromptStyle.INSTRUCTION else problem.prompt,
        completion.text,
        judged.answer,
        verdict.message,
        completion.sample,
        completion.completion_tokens,
        completion.is_truncated,
    ]


def log_tables(client: Any, run_id: str, tables: Mapping[str, str]) -> None:
    """Write tables, by artifact name, as artifacts of a run; one of the same name is replaced."""
    # `MlflowClient.log_table` would add the same rows again to a table that exists.
    for name, content in tables.items():
        client.log_text(run_id, content, name)
    tag = json.loads(client.get_run(run_id).data.tags.get(_TABLES_TAG, "[]"))
    listed = _listed([*(entry["path"] for entry in tag), *tables])
    if listed != tag:
        client.set_tag(run_id, _TABLES_TAG, json.dumps(listed))


def _listed(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"path": name, "type": "table"} for name in sorted(set(names))]
