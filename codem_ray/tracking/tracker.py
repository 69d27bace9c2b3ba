"""Write runs, curves, models and scores to MLflow; every call is idempotent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codem_ray.errors import TrackingError
from codem_ray.tracking.best_models import BestModel
from codem_ray.tracking.completion_tables import log_tables
from codem_ray.tracking.connection import (
    absolute_uri,
    active,
    database_path,
    exclusive,
    quiet_environment,
    tracking_errors,
)
from codem_ray.tracking.descriptions import NOTE_HEADING
from codem_ray.tracking.logged_models import (
    create_model,
    find_model,
    link_to_run,
)
from codem_ray.tracking.registry import register_best
from codem_ray.tracking.run_lookup import find_run, log_params, open_run
from codem_ray.tracking.run_metrics import (
    log_curve,
    log_model_scores,
    log_points,
    log_values,
    run_scores,
)
from codem_ray.tracking.training_corpora import TrainingCorpus
from codem_ray.tracking.values import (
    LOSS_CURVE,
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
_NOTE_TAG = "mlflow.note.content"
MAX_TAG_CHARACTERS = 5000
RUNNING = "RUNNING"


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
        name: str = "",
    ) -> str:
        """Return the id of a trial's run, a child of the sweep's; open it if it is missing.

        `name` is shown for the run; empty: the trial's id.
        """
        return self._run(
            {KIND_TAG: "trial", "trial_id": trial_id, "limit": limit_tag(limit)},
            name=limited_name(name or trial_id, limit),
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
            return open_run(client, experiment_id, identity, name=name, tags=tags, params=params)

    def log_training_curve(self, run_id: str, points: Iterable[CurvePoint]) -> int:
        """Log the steps that the run lacks; return the number of values logged."""
        with self._session("log a training curve", is_exclusive=True) as client:
            return log_curve(client, run_id, list(points))

    def last_step(self, run_id: str) -> int:
        """Return the last step of a run's training curve; 0 if it has none."""
        with self._session("read a training curve") as client:
            metrics = client.get_metric_history(run_id, LOSS_CURVE)
        return max((int(metric.step) for metric in metrics), default=0)

    def log_new_points(self, run_id: str, points: Iterable[CurvePoint]) -> None:
        """Log steps that are not in the run yet; existing ones are not looked up."""
        with self._session("log training steps") as client:
            log_points(client, run_id, points)

    def log_corpus(self, run_id: str, corpus: TrainingCorpus) -> None:
        """Register a corpus as the training dataset of a run; idempotent."""
        with self._session("log a dataset") as client:
            client.log_inputs(run_id, datasets=[corpus.dataset_input()])

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

    def log_scores(
        self, run_id: str, model_id: str | None, rows: Sequence[TargetScore], now_ms: int
    ) -> int:
        """Log scores on the model, each linked to its benchmark as a dataset, and on the run.

        Skip scores that are already logged. Return the number of scores logged on the model. A
        repeated call with the same `now_ms` changes nothing, also if the first one arrives late.
        """
        with self._session("log scores", is_exclusive=True) as client:
            num_logged, end_ms = 0, now_ms
            if model_id is not None and rows:
                num_logged, end_ms = log_model_scores(client, model_id, run_id, rows, now_ms)
                client.log_inputs(run_id, datasets=[row.dataset_input() for row in rows])
            # Logged after the model's scores: MLflow takes those for values of the run, too, and
            # shows the newest value of a metric.
            log_values(client, client.get_run(run_id), run_scores(rows), end_ms)
        return num_logged

    def has_sweep_run(self) -> bool:
        """Whether the sweep has a run without a limit."""
        experiment_id = self.prepare()
        with self._session("find the sweep's run") as client:
            identity = {KIND_TAG: "sweep", "limit": limit_tag(None)}
            return find_run(client, experiment_id, identity) is not None

    def trial_runs(self, limit: int | None) -> list[Any]:
        """Return MLflow's runs of all trials with this limit."""
        experiment_id = self.prepare()
        condition = f"tags.`{KIND_TAG}` = 'trial' and tags.limit = '{limit_tag(limit)}'"
        found: list[Any] = []
        with self._session("find the runs of the trials") as client:
            page = client.search_runs([experiment_id], condition)
            found += page
            while page.token:
                page = client.search_runs([experiment_id], condition, page_token=page.token)
                found += page
        return found

    def log_run_values(self, run: Any, values: Mapping[str, float], now_ms: int) -> None:
        """Log metrics that `run`, an MLflow run as last read, does not have yet."""
        with self._session("log the gains of a trial") as client:
            log_values(client, run, values, now_ms)

    def log_params(self, run_id: str, params: Mapping[str, object]) -> None:
        """Log the params that a run lacks."""
        with self._session("log params") as client:
            log_params(client, client.get_run(run_id), params)

    def log_tables(self, run_id: str, tables: Mapping[str, str]) -> None:
        """Write tables as artifacts of a run; one of the same name is replaced."""
        with self._session("log completions") as client:
            log_tables(client, run_id, tables)

    def log_artifacts(self, run_id: str, files: Iterable[Path], folder: str = "report") -> None:
        """Copy files to a folder of a run's artifacts; a file of the same name is replaced."""
        with self._session("log artifacts") as client:
            for path in files:
                client.log_artifact(run_id, str(path), folder)

    def log_json(self, run_id: str, values: Mapping[str, Any], name: str) -> None:
        """Store plain data as a JSON artifact of a run; a file of the same name is replaced."""
        with self._session("log an artifact") as client:
            client.log_dict(run_id, dict(values), name)

    def register_best(self, name: str, best: Sequence[BestModel]) -> None:
        """Give the best model of each target its alias in the model registry; idempotent."""
        experiment_id = self.prepare()
        with (
            self._session(f"register the best models as {name!r}", is_exclusive=True) as client,
            # MLflow looks up the model of a version in the store of the process.
            active(self.uri),
        ):
            register_best(client, experiment_id, name, best)

    def describe_experiment(self, text: str) -> None:
        """Set the description of the sweep's experiment, unless a user wrote one."""
        experiment_id = self.prepare()
        with self._session("describe the experiment") as client:
            tags = client.get_experiment(experiment_id).tags
            before = tags.get(_NOTE_TAG, "")
            if before != text and (not before or before.startswith(NOTE_HEADING)):
                client.set_experiment_tag(experiment_id, _NOTE_TAG, text)

    def mark_incomplete(self, run_id: str, names: Sequence[str]) -> None:
        """Tag a run with its cells that have no score; remove the tag if all have one."""
        with self._session("mark a run") as client:
            tag = client.get_run(run_id).data.tags.get(INCOMPLETE_TAG)
            text = ", ".join(names)[:MAX_TAG_CHARACTERS]
            if names and tag != text:
                client.set_tag(run_id, INCOMPLETE_TAG, text)
            elif not names and tag is not None:
                client.delete_tag(run_id, INCOMPLETE_TAG)

    def set_tag(self, run_id: str, name: str, text: str) -> None:
        """Set a tag of a run."""
        with self._session("mark a run") as client:
            client.set_tag(run_id, name, text[:MAX_TAG_CHARACTERS])

    def finish_run(self, run_id: str, end: RunEnd = RunEnd.FINISHED) -> None:
        """Set the final status of a run."""
        with self._session("finish a run") as client:
            client.set_terminated(run_id, str(end))

    def reopen_run(self, run_id: str) -> None:
        """Set a run's status to RUNNING, also after an interruption."""
        with self._session("reopen a run") as client:
            client.update_run(run_id, status=RUNNING)
