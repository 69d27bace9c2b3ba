"""Write completions on generator actors, each of which holds a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayTaskError
from ray.util.placement_group import PlacementGroup
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from codem_ray.config import GenerationConfig
from codem_ray.errors import CodemError, IncompleteError, ResourceError
from codem_ray.generation.engine import Engine, ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.records import Completion, Problem, Progress, PromptStyle
from codem_ray.storage import local_folder

EngineFactory = Callable[[], Engine]
LOAD_SECONDS = 1800.0
STALL_SECONDS = 1800.0
"""Longest time without a finished completion."""
_POLL_SECONDS = 1.0
_CONTROL_SECONDS = 120.0


class _GeneratorActor:
    """Holds one engine in a separate process."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._num_done = 0

    def ready(self) -> bool:
        return True

    def load(self, factory: EngineFactory) -> None:
        """Load the model, here and not in `__init__`, so that errors keep their types."""
        self.unload()
        self._engine = factory()

    def unload(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def generate(
        self,
        problems: Sequence[Problem],
        style: PromptStyle,
        template: str,
        config: GenerationConfig,
        chat_date: date,
    ) -> list[Completion]:
        if self._engine is None:
            raise IncompleteError(
                "a generator was restarted and has no model; the next attempt loads it again"
            )

        def count(done: int) -> None:
            self._num_done += done

        return generate(self._engine, problems, style, template, config, count, chat_date)

    def num_done(self) -> int:
        return self._num_done


class Generators(AbstractContextManager["Generators"]):
    """Generator actors with one model; a context manager that ends them."""

    def __init__(
        self, actors: Sequence[Any], *, stall_seconds: float, is_shared: bool = False
    ) -> None:
        self._actors = list(actors)
        self._stall_seconds = stall_seconds
        self._is_shared = is_shared
        self._num_reported = 0

    @classmethod
    def start(
        cls,
        spec: ModelSpec,
        engine: str = "transformers",
        *,
        num_generators: int = 1,
        num_cpus: float = 1.0,
        num_gpus: float = 0.0,
        group: PlacementGroup | None = None,
        schedule_seconds: float = 3600.0,
        stall_seconds: float = STALL_SECONDS,
        factory: EngineFactory | None = None,
    ) -> Generators:
        """Start the actors, in the bundles of a group if there is one, and load the model in each.

        `schedule_seconds` limits the wait for CPUs and GPUs that other trials' training holds.
        ModelLoadError when the model cannot be loaded; ResourceError when a limit passes. `factory`
        replaces the engine that `spec` and `engine` describe.
        """
        options = _actor_class().options(
            num_cpus=num_cpus,
            num_gpus=num_gpus,
            max_restarts=0,
        )
        actors = [
            options.options(scheduling_strategy=_in_bundle(group, index)).remote()
            for index in range(num_generators)
        ]
        generators = cls(actors, stall_seconds=stall_seconds)
        waits_for, limit = f"{num_cpus:g} CPUs and {num_gpus:g} GPUs each", schedule_seconds
        try:
            _get([actor.ready.remote() for actor in actors], limit)
            waits_for, limit = f"the model {spec.path!r}", LOAD_SECONDS
            make = factory or partial(_load, spec, engine)
            _get([actor.load.remote(make) for actor in actors], limit)
        except GetTimeoutError as error:
            generators.shutdown()
            raise ResourceError(
                f"{num_generators} generators waited {limit:.0f} s for {waits_for}: lower "
                "resources.generators, resources.gpus_per_worker or search.max_concurrent_trials"
            ) from error
        except BaseException:
            generators.shutdown()
            raise
        return generators

    @staticmethod
    def start_shared(
        num_generators: int, label_selector: Mapping[str, str] | None = None
    ) -> list[Any]:
        """Start actors without a model, for trials that take turns with them.

        They reserve no CPU, so that training can start beside them.
        """
        options = _actor_class().options(
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=0,
            label_selector=dict(label_selector) if label_selector else None,
        )
        return [options.remote() for _ in range(num_generators)]

    @classmethod
    def borrow(
        cls,
        actors: Sequence[Any],
        spec: ModelSpec,
        engine: str = "transformers",
        *,
        stall_seconds: float = STALL_SECONDS,
    ) -> Generators:
        """Load a model into actors of `start_shared`, which live on afterwards.

        Only one caller may borrow them at a time.
        """
        make = partial(_load, spec, engine)
        _get([actor.load.remote(make) for actor in actors], LOAD_SECONDS)
        return cls(actors, stall_seconds=stall_seconds, is_shared=True)

    def generate(
        self,
        problems: Sequence[Problem],
        style: PromptStyle,
        template: str,
        config: GenerationConfig,
        progress: Progress | None = None,
        chat_date: date = CHAT_DATE,
    ) -> list[Completion]:
        """Write `config.samples` completions for each problem; order is kept.

        IncompleteError when a generator dies or no completion is finished for `stall_seconds`: the
        trial's next attempt writes the benchmark again.
        """
        count, samples = len(self._actors), config.samples
        # Neighbouring problems are of similar length, so strides share the work evenly.
        shares = [list(problems[first::count]) for first in range(count)]
        refs = [
            actor.generate.remote(share, style, template, config, chat_date)
            for actor, share in zip(self._actors, shares, strict=True)
        ]
        self._wait(refs, progress)
        written = [_get(ref, _CONTROL_SECONDS) for ref in refs]
        if progress is not None:
            progress(sum(map(len, written)) - self._num_reported)
        completions: list[Completion] = []
        for position in range(len(problems)):
            place, share = divmod(position, count)
            completions += written[share][place * samples : (place + 1) * samples]
        return completions

    def _wait(self, refs: Sequence[Any], progress: Progress | None) -> None:
        """Wait until all shares are written, and report progress meanwhile."""
        before = self._num_done()
        self._num_reported = 0
        last_progress = time.monotonic()
        pending = list(refs)
        while pending:
            done, pending = ray.wait(pending, num_returns=1, timeout=_POLL_SECONDS)
            if done or not pending:
                last_progress = time.monotonic()
                # Raises the error of one share without waiting for the others.
                _get(done, _CONTROL_SECONDS)
                continue
            now = self._num_done() - before
            if now > self._num_reported:
                last_progress = time.monotonic()
                if progress is not None:
                    progress(now - self._num_reported)
                self._num_reported = now
            elif time.monotonic() - last_progress > self._stall_seconds:
                self.shutdown()
                raise IncompleteError(
                    f"no completion was finished for {self._stall_seconds:.0f} s: the generators "
                    "are stuck; the next attempt starts new ones"
                )

    def _num_done(self) -> int:
        counts = [
            actor.num_done.options(concurrency_group="control").remote() for actor in self._actors
        ]
        return sum(_get(counts, _CONTROL_SECONDS))

    def shutdown(self) -> None:
        """End the actors; shared ones only free their model's memory."""
        for actor in self._actors:
            if self._is_shared:
                actor.unload.remote()
            else:
                ray.kill(actor, no_restart=True)
        self._actors.clear()

    def __exit__(self, *exception: object) -> None:
        self.shutdown()


def _in_bundle(group: PlacementGroup | None, index: int) -> Any:
    if group is None:
        # The trial's placement group has room for the trial's own process only.
        return "DEFAULT"
    return PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index)


def _load(spec: ModelSpec, engine: str) -> Engine:
    """Load a model in the actor's process; one on remote storage is first copied to its node."""
    if "://" in spec.path:
        spec = replace(spec, path=str(local_folder(spec.path)))
    return load_engine(spec, engine)


def _actor_class() -> Any:
    return ray.remote(concurrency_groups={"control": 1})(_GeneratorActor)


def _get(refs: Any, timeout: float) -> Any:
    """Get results; raise the package's own errors with their types."""
    try:
        return ray.get(refs, timeout=timeout)
    except RayTaskError as error:
        if isinstance(error.cause, CodemError):
            raise error.cause from error
        raise
    except RayActorError as error:
        last_line = str(error).strip().splitlines()[-1]
        raise IncompleteError(
            f"a generator died, perhaps for lack of memory: {last_line}"
        ) from error
