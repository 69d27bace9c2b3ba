"""Facts about a sweep's models and benchmarks, read from files before anything starts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codem_ray.benchmarks import BENCHMARKS, DATA_VARIABLE, benchmark_digest, is_local, load
from codem_ray.config import BaseModelConfig, ExternalModel, Sweep
from codem_ray.errors import ConfigError
from codem_ray.execution.pages import needs_browser
from codem_ray.models.digest import model_digest
from codem_ray.models.inspect import BaseModelShape, model_shape
from codem_ray.models.resolve import resolve_base_model, resolve_model
from codem_ray.models.token_ids import padding_note
from codem_ray.records import Problem
from codem_ray.training.architecture import Architecture

ASSUMED_PROBLEMS = 164
"""Problems assumed for a benchmark that is not here and states no number: those of HumanEval."""
ASSUMED_VOCABULARY = 50_000
UNKNOWN_DIGEST = "unknown"
"""Digest of a benchmark whose file is not on this machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """Facts about a model that is not loaded yet."""

    path: str
    """Local folder or hub id, resolved."""
    digest: str
    shape: BaseModelShape | None
    is_estimate: bool
    """The shape comes from the sweep file, not from the model's files."""
    is_packed: bool = True
    """Whether training puts several documents into one row."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkFacts:
    """Facts about a benchmark."""

    name: str
    target: str
    problems: int
    """Number of problems, quarantined ones included."""
    quarantined: int
    groups: int
    """Groups of related problems; intervals and tests count groups, not problems."""
    digest: str
    is_limited: bool
    uses_browser: bool = False
    """Whether the tests of some problem use a browser."""
    origin: str = ""
    """Argument of `load`: the benchmark's name, or the absolute path of a file."""

    @property
    def terms(self) -> dict[str, str]:
        """Licence and permitted use of the problems."""
        if self.origin not in BENCHMARKS:
            return dict.fromkeys(("licence", "use"), "unknown: a file of yours")
        spec = BENCHMARKS[self.origin]
        return {"licence": spec.licence, "use": spec.use}


@dataclass(frozen=True, kw_only=True, slots=True)
class LossFacts:
    """Facts about a set of reference answers on which losses are measured."""

    name: str
    """`loss-<language>` for held-out pairs, `loss-<benchmark>` for references."""
    target: str
    answers: int
    groups: int
    digest: str
    """Also the key under which the answers are stored."""
    is_limited: bool
    benchmark: str = ""
    """The benchmark whose references they are; empty: held-out pairs of the corpora."""
    licence: str = "unknown"


@dataclass(frozen=True, kw_only=True)
class Benchmarks:
    """The benchmarks of a sweep."""

    facts: Sequence[BenchmarkFacts]
    problems: Mapping[str, Sequence[Problem]]
    """Problems by benchmark; none for a benchmark that is assumed (offline only)."""
    notes: Sequence[str]

    def targets(self) -> list[str]:
        """Return the target language of each benchmark."""
        return [benchmark.target for benchmark in self.facts]

    def whole(self) -> list[Problem]:
        """Return the problems of all benchmarks, those beyond `evaluation.limit` included."""
        return [
            problem
            for facts in self.facts
            for problem in (
                load(facts.origin)
                if facts.is_limited and self.problems[facts.name]
                else self.problems[facts.name]
            )
        ]


def read_benchmarks(sweep: Sweep, *, is_offline: bool = False) -> Benchmarks:
    """Read the benchmarks of a sweep; offline, assume those that are not on this machine.

    Raises ConfigError or DataError for a benchmark that cannot be used.
    """
    limit = sweep.evaluation.limit
    notes: list[str] = []
    facts: list[BenchmarkFacts] = []
    problems: dict[str, Sequence[Problem]] = {}
    for name in sweep.evaluation.benchmarks:
        if is_offline and name in BENCHMARKS and not is_local(name):
            facts.append(_assumed_benchmark(name, limit))
            notes.append(
                f"{name} is not on this machine (set {DATA_VARIABLE}, or let `run` fetch it from "
                f"the hub): {facts[-1].problems} problems assumed"
            )
            problems[name] = ()
            continue
        loaded = load(name, limit=limit)
        facts.append(_benchmark_facts(name, loaded, limit))
        problems[facts[-1].name] = loaded
    _refuse_duplicates(facts)
    return Benchmarks(facts=facts, problems=problems, notes=notes)


def _benchmark_facts(name: str, problems: Sequence[Problem], limit: int | None) -> BenchmarkFacts:
    return BenchmarkFacts(
        name=problems[0].benchmark,
        # Ray's workers change directory, so a file is named by its absolute path.
        origin=name if name in BENCHMARKS else str(Path(name).resolve()),
        target=problems[0].language,
        problems=len(problems),
        quarantined=sum(problem.quarantine is not None for problem in problems),
        groups=len({p.group or p.task_id for p in problems if p.quarantine is None}),
        digest=benchmark_digest(problems),
        is_limited=limit is not None,
        uses_browser=any(map(needs_browser, problems)),
    )


def _assumed_benchmark(name: str, limit: int | None) -> BenchmarkFacts:
    spec = BENCHMARKS[name]
    published = spec.num_problems or ASSUMED_PROBLEMS
    count = min(published, limit or published)
    quarantined = min(len(spec.quarantine), count - 1) if limit is None else 0
    return BenchmarkFacts(
        name=name,
        origin=name,
        target=spec.language,
        problems=count,
        quarantined=quarantined,
        groups=count - quarantined,
        digest=UNKNOWN_DIGEST,
        is_limited=limit is not None,
    )


def _refuse_duplicates(benchmarks: Sequence[BenchmarkFacts]) -> None:
    """Refuse two entries of the sweep file for one benchmark, which would count twice."""
    for first, second in itertools.combinations(benchmarks, 2):
        pair = f"evaluation.benchmarks: {first.origin} and {second.origin}"
        if first.digest == second.digest != UNKNOWN_DIGEST:
            raise ConfigError(f"{pair} are the same problems: leave one out")
        if first.name == second.name:
            raise ConfigError(f"{pair} are both called {first.name!r}: rename one of the files")


def base_model_facts(sweep: Sweep) -> ModelFacts:
    """Return the facts about the base model; its shape comes from its files or the sweep file."""
    config = sweep.base_model
    path = resolve_base_model(config)
    shape = base_model_shape(config)
    is_estimate = not Path(path).is_dir()
    notes: list[str] = []
    if is_estimate:
        if (config.revision or "main") == "main":
            notes.append(
                f"{path}: revision `main` moves with time; pin a commit in base_model.revision"
            )
        if shape is None:
            notes.append(
                f"{path} is not on this machine and base_model gives no parameters, hidden_size "
                "and num_layers: memory and disk are unknown"
            )
    elif note := padding_note(Path(path)):
        notes.append(note)
    return ModelFacts(
        path=path,
        digest=model_digest(path, revision=config.revision),
        shape=shape,
        is_estimate=is_estimate,
        notes=tuple(notes),
    )


def base_model_shape(config: BaseModelConfig) -> BaseModelShape | None:
    """Return the base model's shape from its files, else from the sweep file; None if unknown."""
    shape = model_shape(resolve_base_model(config))
    if shape is None and config.parameters and config.hidden_size and config.num_layers:
        return BaseModelShape(
            parameters=config.parameters,
            hidden_size=config.hidden_size,
            num_layers=config.num_layers,
            vocab_size=ASSUMED_VOCABULARY,
            context_tokens=None,
        )
    return shape


def with_architecture(model: ModelFacts, architecture: Architecture) -> ModelFacts:
    """Return the facts of a model that is trained, with those of its architecture."""
    notes = filter(None, (*model.notes, architecture.note))
    return replace(model, is_packed=architecture.is_packable, notes=tuple(notes))


def external_model_facts(source: ExternalModel) -> ModelFacts:
    """Return the facts about a model that was trained elsewhere."""
    path = resolve_model(source.model)
    digest = model_digest(path, revision=source.revision)
    return ModelFacts(path=path, digest=digest, shape=None, is_estimate=False)
