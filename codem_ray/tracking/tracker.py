"""Write runs, curves, models and scores to MLflow; every call is idempotent."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codem_ray.errors import TrackingError
from codem_ray.tracking.connection import (
    absolute_uri,
    active,
    database_path,
    exclusive,
    quiet_environment,
    tracking_errors,
)
from codem_ray.tracking.logged_models import (
    MAX_PARAM_CHARACTERS,
    create_model,
    find_model,
    link_to_run,
)
from codem_ray.tracking.values import (
    CurvePoint,
    LogMode,
    RunEnd,
    TargetScore,
    TrialModel,
    limit_tag,
    limited_name,
)

KIND_TAG = "codem_ray.kind"
INCOMPLETE_TAG = "incomplete"
_PARAMS_PER_BATCH = 100
_METRICS_PER_BATCH = 1000
MAX_TAG_CHARACTERS = 5000


class Tracker:
    """Writer of one sweep's experiment in MLflow."""

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri, self.experiment = absolute_uri(uri), experiment
        self._client: Any = None
        self._experiment_id: str | None = None

    @contextmanager
    def _session(self, action: str, *, is_exclusive: bool = False) -> Iterator[Any]:
        """Provide a client; `is_exclusive` locks out other processes of this host."""
        quiet_environment()
        with tracking_errors(action, self.uri):
            path = database_path(self.uri)
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            if self._client is None:
                from mlflow import MlflowClient

                # Opening a sqlite file may migrate it, and two processes at once would race.
                with exclusive(self.uri):
                    self._client = MlflowClient(tracking_uri=self.uri)
                    self._client.search_experiments(max_results=1)
            if is_exclusive:
                with exclusive(self.uri):
                    yield self._client
            else:
                yield self._client

    def prepare(self) -> str:
        """Return the experiment's id; create the database and the experiment if they are missing.

        Call it once before several processes log in parallel.
        """
        if self._experiment_id is not None:
            return self._experiment_id
        with self._session(f"open experiment {self.experiment!r}", is_exclusive=True) as client:
            found = client.get_experiment_by_name(self.experiment) or self._new_experiment(client)
            if found.lifecycle_stage != "active":
                raise TrackingError(
                    f"MLflow's experiment {self.experiment!r} at {self.uri} is deleted: "
                    f"restore it (mlflow experiments restore -x {found.experiment_id}) "
                    "or rename the sweep"
                )
        self._experiment_id = str(found.experiment_id)
        return self._experiment_id

    def _new_experiment(self, client: Any) -> Any:
        from mlflow.exceptions import MlflowException

        path = database_path(self.uri)
        # MLflow's default for sqlite is ./mlruns, and Ray workers change directory.
        folder = path and (path.parent / "mlartifacts" / self.experiment).as_uri()
        try:
            client.create_experiment(self.experiment, artifact_location=folder)
        except MlflowException:
            # A process on another host may have created it first.
            if client.get_experiment_by_name(self.experiment) is None:
                raise
        return client.get_experiment_by_name(self.experiment)

    def parent_run(self, limit: int | None = None, *, tags: Mapping[str, str] | None = None) -> str:
        """Return the id of the sweep's run; open it if it is missing.

        A sweep that grows keeps its run. A run with a limit is separate, because scores on the
        first problems are not scores of the benchmark.
        """
        return self._run(
            {KIND_TAG: "sweep", "limit": limit_tag(limit)},
            name=limited_name(self.experiment, limit),
            tags={"sweep": self.experiment, **(tags or {})},
            params={},
        )

    def trial_run(
        self,
        trial_id: str,
        parent_run_id: str,
        *,
        train_language: str,
        seed: int,
        limit: int | None = None,
        params: Mapping[str, object] | None = None,
    ) -> str:
        """Return the id of a trial's run, a child of the sweep's; open it if it is missing."""
        return self._run(
            {KIND_TAG: "trial", "trial_id": trial_id, "limit": limit_tag(limit)},
            name=limited_name(trial_id, limit),
            tags={
                "train_language": train_language,
                "seed": str(seed),
                "sweep": self.experiment,
                "mlflow.parentRunId": parent_run_id,
            },
            params=params or {},
        )

    def _run(
        self,
        identity: Mapping[str, str],
        *,
        name: str,
        tags: Mapping[str, str],
        params: Mapping[str, object],
    ) -> str:
        experiment_id = self.prepare()
        with self._session(f"open the run {name!r}", is_exclusive=True) as client:
            run = self._find_run(client, experiment_id, identity)
            if run is None:
                created = client.create_run(experiment_id, run_name=name, tags={**tags, **identity})
                # If a process on another host created one too, both processes keep the older run.
                run = self._find_run(client, experiment_id, identity) or created
                if run.info.run_id != created.info.run_id:
                    client.delete_run(created.info.run_id)
            self._set_tags(client, run, tags)
            self._log_params(client, run, params)
            return str(run.info.run_id)

    @staticmethod
    def _find_run(client: Any, experiment_id: str, identity: Mapping[str, str]) -> Any | None:
        condition = " and ".join(
            f"tags.`{key}` = '{value}'" for key, value in sorted(identity.items())
        )
        found = client.search_runs([experiment_id], filter_string=condition, max_results=100)
        return min(found, key=lambda run: (run.info.start_time, run.info.run_id), default=None)

    @staticmethod
    def _set_tags(client: Any, run: Any, tags: Mapping[str, str]) -> None:
        from mlflow.entities import RunTag

        new = [RunTag(key, value) for key, value in tags.items() if run.data.tags.get(key) != value]
        if new:
            client.log_batch(run.info.run_id, tags=new)

    @staticmethod
    def _log_params(client: Any, run: Any, params: Mapping[str, object]) -> None:
        from mlflow.entities import Param

        # MLflow refuses to change a param, so the first value stays.
        new = [
            Param(key, str(value)[:MAX_PARAM_CHARACTERS])
            for key, value in sorted(params.items())
            if key not in run.data.params
        ]
        for start in range(0, len(new), _PARAMS_PER_BATCH):
            client.log_batch(run.info.run_id, params=new[start : start + _PARAMS_PER_BATCH])

    def log_training_curve(self, run_id: str, points: Iterable[CurvePoint]) -> int:
        """Log the steps that the run lacks; return the number of values logged."""
        from mlflow.entities import Metric

        points = list(points)
        with self._session("log a training curve", is_exclusive=True) as client:
            names = sorted({name for point in points for name in point.metrics})
            logged = {
                name: {metric.step for metric in client.get_metric_history(run_id, name)}
                for name in names
            }
            new: list[Any] = []
            for point in points:
                for name, value in sorted(point.metrics.items()):
                    if point.step not in logged[name]:
                        logged[name].add(point.step)
                        new.append(Metric(name, value, point.timestamp_ms, point.step))
            for start in range(0, len(new), _METRICS_PER_BATCH):
                client.log_batch(run_id, metrics=new[start : start + _METRICS_PER_BATCH])
        return len(new)

    def log_model(self, trial: TrialModel, *, mode: LogMode, folder: Path | None = None) -> str:
        """Return the id of the trial's LoggedModel; log it if it is missing.

        Args:
            trial: The model with its tags and parameters.
            mode: Copy the weights into MLflow, or log where they are stored.
            folder: Safetensors and tokenizer; required for `LogMode.WHOLE`.
        """
        experiment_id = self.prepare()
        with (
            self._session(f"log the model of {trial.trial_id}", is_exclusive=True) as client,
            active(self.uri),
        ):
            found = find_model(client, experiment_id, trial.trial_id)
            if found is None:
                created = create_model(client, experiment_id, trial, folder, mode)
                # A repeated request may have made two; the older one is kept.
                found = find_model(client, experiment_id, trial.trial_id)
            model_id = str(found.model_id) if found is not None else created
            link_to_run(client, trial.run_id, model_id)
            return model_id

    def log_scores(self, model_id: str, run_id: str, rows: Sequence[TargetScore]) -> int:
        """Log scores on the model, each linked to its benchmark as a dataset, and on the run.

        Skip scores that are already logged. Return the number of scores logged on the model.
        """
        import mlflow
        import pandas as pd
        from mlflow.entities import Metric

        with self._session("log scores", is_exclusive=True) as client, active(self.uri):
            logged = {
                (metric.key, metric.dataset_name, metric.dataset_digest): metric
                for metric in sorted(
                    client.get_logged_model(model_id).metrics or [],
                    key=lambda metric: metric.timestamp,
                )
            }
            # MLflow identifies a model's metric by name, time and step, not by dataset, so each
            # score gets a millisecond of its own.
            latest = max((metric.timestamp for metric in logged.values()), default=0)
            now = max(int(time.time() * 1000), latest + 1)
            num_logged = 0
            for row in rows:
                dataset = mlflow.data.from_pandas(
                    pd.DataFrame(
                        {
                            "benchmark": [row.dataset],
                            "digest": [row.benchmark_digest],
                            "target": [row.target],
                            "problems": [str(row.problems)],
                        }
                    ),
                    name=row.dataset,
                    digest=row.benchmark_digest,
                )
                before = logged.get((row.metric, row.dataset, row.benchmark_digest))
                if before is None or abs(before.value - row.value) > 1e-12:
                    mlflow.log_metrics(
                        {row.metric: row.value},
                        run_id=run_id,
                        model_id=model_id,
                        dataset=dataset,
                        timestamp=now + num_logged,
                        synchronous=True,
                    )
                    num_logged += 1
            self._log_run_scores(client, run_id, rows, Metric, now)
        return num_logged

    @staticmethod
    def _log_run_scores(
        client: Any, run_id: str, rows: Sequence[TargetScore], metric_type: Any, now: int
    ) -> None:
        per_target = Counter((row.metric, row.target) for row in rows)
        present = client.get_run(run_id).data.metrics
        new: list[Any] = []
        for row in rows:
            name = f"{row.metric}/{row.target}"
            if per_target[row.metric, row.target] > 1:
                # MLflow refuses other characters, and a benchmark may be named after its file.
                name += "/" + re.sub(r"[^\w.:/ -]", "_", row.benchmark)
            if name not in present or abs(present[name] - row.value) > 1e-12:
                new.append(metric_type(name, row.value, now, 0))
        if new:
            client.log_batch(run_id, metrics=new)

    def log_artifacts(self, run_id: str, files: Iterable[Path], folder: str = "report") -> None:
        """Copy files to a folder of a run's artifacts; a file of the same name is replaced."""
        with self._session("log artifacts") as client:
            for path in files:
                client.log_artifact(run_id, str(path), folder)

    def log_json(self, run_id: str, values: Mapping[str, Any], name: str) -> None:
        """Store plain data as a JSON artifact of a run; a file of the same name is replaced."""
        with self._session("log an artifact") as client:
            client.log_dict(run_id, dict(values), name)

    def mark_incomplete(self, run_id: str, names: Sequence[str]) -> None:
        """Tag a run with its cells that have no score; remove the tag if all have one."""
        with self._session("mark a run") as client:
            tag = client.get_run(run_id).data.tags.get(INCOMPLETE_TAG)
            text = ", ".join(names)[:MAX_TAG_CHARACTERS]
            if names and tag != text:
                client.set_tag(run_id, INCOMPLETE_TAG, text)
            elif not names and tag is not None:
                client.delete_tag(run_id, INCOMPLETE_TAG)

    def finish_run(self, run_id: str, end: RunEnd = RunEnd.FINISHED) -> None:
        """Set the final status of a run."""
        with self._session("finish a run") as client:
            client.set_terminated(run_id, str(end))

    def reopen_run(self, run_id: str) -> None:
        """Set a run's status to RUNNING, also after an interruption."""
        with self._session("reopen a run") as client:
            client.update_run(run_id, status="RUNNING")
