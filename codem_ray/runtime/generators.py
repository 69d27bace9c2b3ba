"""Ray actors that each hold a model and write completions for many benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.errors import CodemError, ConfigError, IncompleteError, ResourceError
from codem_ray.generation.engine import Engine, ModelSpec, Progress, load_engine
from codem_ray.generation.generate import generate
from codem_ray.records import Completion, Problem, PromptStyle

EngineFactory = Callable[[], Engine]
_POLL_SECONDS = 1.0
_CONTROL_SECONDS = 120.0


class _Actor:
    """Holds one engine in a process of its own."""

    def __init__(self, factory: EngineFactory | None = None) -> None:
        self._factory = factory
        self._engine: Engine | None = None
        self._num_done = 0

    def ready(self) -> bool:
        return True

    def load(self, factory: EngineFactory | None = None) -> None:
        """Load the model here and not in `__init__`, so that its errors keep their types."""
        self.unload()
        self._factory = factory or self._factory
        if self._factory is None:
            raise ConfigError("a generator was asked to write before it was given a model")
        self._engine = self._factory()

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
    ) -> list[Completion]:
        if self._engine is None:
            self.load()
        assert self._engine is not None

        def count(done: int) -> None:
            self._num_done += done

        return generate(self._engine, problems, style, template, config, count)

    def num_done(self) -> int:
        return self._num_done


class Generators:
    """Generator actors with one model; a context manager that ends them."""

    def __init__(
        self, actors: Sequence[Any], stall_seconds: float, *, is_shared: bool = False
    ) -> None:
        self._actors = list(actors)
        self._stall_seconds = stall_seconds
        self._is_shared = is_shared
        self._reported = 0

    @classmethod
    def start(
        cls,
        spec: ModelSpec,
        engine: str = "transformers",
        *,
        num_generators: int = 1,
        num_cpus: float = 1.0,
        num_gpus: float = 0.0,
        schedule_seconds: float = 3600.0,
        load_seconds: float = 1800.0,
        stall_seconds: float = 1800.0,
        factory: EngineFactory | None = None,
    ) -> Generators:
        """Start the actors and load the model in each.

        A trial that reserves nothing itself gets its generators' CPUs when another's training
        workers free them: `schedule_seconds` limits that wait. ModelLoadError when the model cannot
        be loaded; ResourceError when a limit passes. `factory` replaces the engine that `spec`
        and `engine` describe.
        """
        import ray
        from ray.exceptions import GetTimeoutError

        kind: Any = ray.remote(concurrency_groups={"control": 1})(_Actor)
        make = factory or partial(load_engine, spec, engine)
        options = kind.options(
            num_cpus=num_cpus,
            num_gpus=num_gpus,
            max_restarts=0,
            # A trial's own placement group has room for nothing but the trial.
            scheduling_strategy="DEFAULT",
        )
        generators = cls([options.remote(make) for _ in range(num_generators)], stall_seconds)
        waits_for, limit = f"{num_cpus:g} CPUs and {num_gpus:g} GPUs each", schedule_seconds
        try:
            _get([actor.ready.remote() for actor in generators._actors], limit)
            waits_for, limit = f"the model {spec.path!r}", load_seconds
            _get([actor.load.remote() for actor in generators._actors], limit)
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

    def generate(
        self,
        problems: Sequence[Problem],
        style: PromptStyle,
        template: str,
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        """Write `config.samples` completions for each problem, in their order.

        IncompleteError when a generator dies or stands still for `stall_seconds`: the trial's next
        attempt writes the benchmark again.
        """
        count = len(self._actors)
        # Neighbours are alike in length, so dealing them out shares the work evenly.
        shares = [list(problems[at::count]) for at in range(count)]
        refs = [
            actor.generate.remote(share, style, template, config)
            for actor, share in zip(self._actors, shares, strict=True)
        ]
        self._watch(refs, progress)
        written = [_get(ref, _CONTROL_SECONDS) for ref in refs]
        if progress is not None:
            progress(sum(map(len, written)) - self._reported)
        samples = config.samples
        return [
            one
            for at in range(len(problems))
            for one in written[at % count][at // count * samples : (at // count + 1) * samples]
        ]

    @classmethod
    def borrow(
        cls,
        actors: Sequence[Any],
        spec: ModelSpec,
        engine: str = "transformers",
        *,
        load_seconds: float = 1800.0,
        stall_seconds: float = 1800.0,
    ) -> Generators:
        """Load the model into actors of `start_shared`, which outlive it.

        The caller sees to it that nobody else borrows them meanwhile.
        """
        generators = cls(actors, stall_seconds, is_shared=True)
        make = partial(load_engine, spec, engine)
        _get([actor.load.remote(make) for actor in actors], load_seconds)
        return generators

    @staticmethod
    def start_shared(num_generators: int) -> list[Any]:
        """Start actors without a model, for a sweep whose trials write one after the other.

        They reserve no CPU, so that training can start beside them; a process's imports are then
        paid once and not by every trial.
        """
        import ray

        kind: Any = ray.remote(concurrency_groups={"control": 1})(_Actor)
        options = kind.options(num_cpus=0, max_restarts=-1, max_task_retries=0)
        return [options.remote() for _ in range(num_generators)]

    def shutdown(self) -> None:
        """End the actors, or free the memory of shared ones."""
        import ray

        for actor in self._actors:
            if self._is_shared:
                actor.unload.remote()
            else:
                ray.kill(actor, no_restart=True)
        self._actors.clear()

    def __enter__(self) -> Generators:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()

    def _watch(self, refs: Sequence[Any], progress: Progress | None) -> None:
        """Wait until all have written, passing on what they report."""
        import ray

        before = self._num_done()
        self._reported = 0
        last_sign = time.monotonic()
        pending = list(refs)
        while pending:
            done, pending = ray.wait(pending, num_returns=1, timeout=_POLL_SECONDS)
            if done or not pending:
                last_sign = time.monotonic()
                # An error of one share is raised before the others have run on in vain.
                _get(done, _CONTROL_SECONDS)
                continue
            now = self._num_done() - before
            if now > self._reported:
                last_sign = time.monotonic()
                if progress is not None:
                    progress(now - self._reported)
                self._reported = now
            elif time.monotonic() - last_sign > self._stall_seconds:
                self.shutdown()
                raise IncompleteError(
                    f"no completion was finished for {self._stall_seconds:.0f} s: the generators "
                    "stand still; the next attempt starts them anew"
                )

    def _num_done(self) -> int:
        asked = [
            actor.num_done.options(concurrency_group="control").remote() for actor in self._actors
        ]
        return sum(_get(asked, _CONTROL_SECONDS))


def _get(refs: Any, timeout: float) -> Any:
    """Get results, with errors of the package as they were raised in the actor."""
    import ray
    from ray.exceptions import RayActorError, RayTaskError

    try:
        return ray.get(refs, timeout=timeout)
    except RayTaskError as error:
        if isinstance(error.cause, CodemError):
            raise error.cause from error
        raise
    except RayActorError as error:
        last_line = str(error).strip().splitlines()[-1]
        raise IncompleteError(f"a generator died, perhaps of memory: {last_line}") from error
