"""Texts with links into MLflow's UI: the experiment's description, and the end of `run`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from codem_ray.languages import language
from codem_ray.records import PromptStyle
from codem_ray.sweep.stages import cell_label
from codem_ray.tracking.best_models import RULE, BestModel
from codem_ray.tracking.completion_tables import table_name
from codem_ray.tracking.connection import database_path
from codem_ray.tracking.values import LOSS_CURVE, limited_name

NOTE_HEADING = "**Best model for each target**"
"""First line of the experiment's description; MLflow shows no more until it is opened."""
_TRAINING_VIEW = "workflowType=machine_learning"
"""Without it, MLflow 3.17 opens the view for GenAI applications."""
_LOCAL_UI = "http://127.0.0.1:5000"


def best_models_text(
    experiment_id: str,
    best: Sequence[BestModel],
    run_ids: Mapping[str, str],
    limit: int | None,
) -> str:
    """Return the description as Markdown, with links to run, curve, completions and corpus.

    `run_ids` are the runs by trial id.
    """
    lines = [
        f"{limited_name(NOTE_HEADING, limit)}, with links to its curve, completions and corpus",
        "",
        "| target | model | pass@1 | benchmark | |",
        "|---|---|---|---|---|",
    ]
    for item in best:
        run = f"#/experiments/{experiment_id}/runs/{run_ids[item.trial.trial_id]}"
        label = cell_label(item.benchmark, PromptStyle.INSTRUCTION)
        links = {
            "curve": _curve_page(experiment_id, run_ids[item.trial.trial_id]),
            "completions": f"{run}/artifacts/{table_name(label)}?{_TRAINING_VIEW}",
            "corpus": f"{run}?{_TRAINING_VIEW}",
        }
        listed = " · ".join(f"[{name}]({link})" for name, link in links.items())
        lines.append(
            f"| {language(item.target).title} | [{item.trial.trial_id}]({run}?{_TRAINING_VIEW}) "
            f"| {item.score:.1%} of {item.problems} | {item.benchmark} | {listed} |"
        )
    return "\n".join([*lines, "", RULE]) + "\n"


def _curve_page(experiment_id: str, run_id: str) -> str:
    """Return the page of the loss curve alone; a run's own page shows it after all others."""
    query = {
        "runs": [run_id],
        "metric": LOSS_CURVE,
        "experiments": [experiment_id],
        "plot_metric_keys": [LOSS_CURVE],
        "plot_layout": {},
        "deselected_curves": [],
        "last_linear_y_axis_range": [],
    }
    text = urlencode({name: json.dumps(value) for name, value in query.items()})
    axes = "x_axis=step&y_axis_scale=linear&line_smoothness=1&show_point=false"
    return f"#/metric?{text}&{axes}&{_TRAINING_VIEW}"


def ui_lines(uri: str, experiment_id: str | None) -> list[str]:
    """Return how to open the sweep in MLflow's UI; `uri` is that of `absolute_uri`.

    Without an id, because the experiment may not exist yet, that is the page of all experiments.
    """
    page = f"#/experiments{f'/{experiment_id}/runs' if experiment_id else ''}?{_TRAINING_VIEW}"
    if uri.startswith(("http://", "https://")):
        return [f"MLflow: {uri.rstrip('/')}/{page}"]
    if database_path(uri) is None:
        # The URI of a database may contain a password.
        return [f"MLflow: open your server's page {page}"]
    return [
        f"MLflow: mlflow ui --backend-store-uri '{uri}'",
        f"        then {_LOCAL_UI}/{page}",
    ]
