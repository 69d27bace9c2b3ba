"""Write completions and score answers on generator actors, each of which holds a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayTaskError

from codem_ray.config import GenerationConfig
from codem_ray.errors import CodemError, IncompleteError, LostError, ResourceError
from codem_ray.generation.answer_scoring import Answers, score_all
from codem_ray.generation.engine import Engine, ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import Questions, generate_all
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.records import AnswerScore, Completion, Progress
from codem_ray.storage import local_folder
from codem_ray.wording import last_line

T = TypeVar("T")
EngineFactory = Callable[[], Engine]
LOAD_SECONDS = 1800.0
STALL_SECONDS = 1800.0
"""Longest time without a finished completion."""
_POLL_SECONDS = 1.0
_CONTROL_SECONDS = 120.0
_STOP_SECONDS = 10.0


class _GeneratorActor:
    """Holds one engine in a separate process."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._num_done = 0
        self._is_stopped = False

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
        benchmarks: Sequence[Questions],
        template: str,
        config: GenerationConfig,
        chat_date: date,
    ) -> Iterator[tuple[int, list[Completion]]]:
        """Yield what `generate_all` yields."""
        engine = self._begin()
        yield from generate_all(engine, benchmarks, template, config, self._count, chat_date)

    def score(
        self,
        groups: Sequence[Answers],
        template: str,
        config: GenerationConfig,
        chat_date: date,
    ) -> Iterator[tuple[int, list[AnswerScore]]]:
        """Yield what `score_all` yields."""
        engine = self._begin()
        yield from score_all(engine, groups, template, config, self._count, chat_date)

    def _begin(self) -> Engine:
        if self._engine is None:
            raise LostError(
                "a generator was restarted and has no model; the next attempt loads it again"
            )
        self._is_stopped = False
        return self._engine

    def _count(self, done: int) -> None:
        self._num_done += done
        if self._is_stopped:
            raise IncompleteError("the trial that asked for these completions has ended")

    def stop(self) -> None:
        """End a call of `generate` or `score` at its next item."""
        self._is_stopped = True

    def num_done(self) -> int:
        return self._num_done


class Generators(AbstractContextManager["Generators"]):
    """Generator actors with one model; a context manager that frees the model's memory."""

    def __init__(self, actors: Sequence[Any], *, stall_seconds: float = STALL_SECONDS) -> None:
        self._actors = list(actors)
        self._stall_seconds = stall_seconds

    @classmethod
    def borrow(
        cls,
        actors: Sequence[Any],
        spec: ModelSpec,
        engine: str = "transformers",
        *,
        stall_seconds: float = STALL_SECONDS,
        factory: EngineFactory | None = None,
    ) -> Generators:
        """Load a model into actors, which live on afterwards; only one caller may use them.

        ModelLoadError when the model cannot be loaded. `factory` replaces the engine that `spec`
        and `engine` describe.
        """
        make = factory or partial(_load, spec, engine)
        # A trial whose process died has left its call behind.
        _stop(actors)
        generators = cls(actors, stall_seconds=stall_seconds)
        try:
            _get([actor.load.remote(make) for actor in actors], LOAD_SECONDS)
        except GetTimeoutError as error:
            raise ResourceError(
                f"{len(actors)} generators waited {LOAD_SECONDS:.0f} s for the model "
                f"{spec.path!r}: its files are slow to read, or other work holds the processes"
            ) from error
        except BaseException:
            generators.shutdown()
            raise
        return generators

    def generate(
        self,
        benchmarks: Sequence[Questions],
        template: str,
        config: GenerationConfig,
        progress: Progress | None = None,
        chat_date: date = CHAT_DATE,
    ) -> Iterator[tuple[int, list[Completion]]]:
        """Write `config.samples` completions for each problem of each benchmark.

        Yields the index of a benchmark with its completions, in the order of its problems, as soon
        as all are written.

        Raises:
            LostError: a generator died; the trial's next attempt writes the rest.
            IncompleteError: no completion was finished for `stall_seconds`.
        """
        count, num_before = len(self._actors), self._num_done()
        streams = {}
        for first, actor in enumerate(self._actors):
            # Neighbouring problems are of similar length, so strides share the work evenly.
            shares = [replace(asked, problems=asked.problems[first::count]) for asked in benchmarks]
            method = actor.generate.options(num_returns="streaming")
            streams[method.remote(shares, template, config, chat_date)] = first
        sizes = [len(asked.problems) for asked in benchmarks]
        yield from self._merged(streams, num_before, progress, sizes, config.samples)

    def score(
        self,
        groups: Sequence[Answers],
        template: str,
        config: GenerationConfig,
        progress: Progress | None = None,
        chat_date: date = CHAT_DATE,
    ) -> Iterator[tuple[int, list[AnswerScore]]]:
        """Score the answers of each group; yield its index with the scores in its order.

        Raises as `generate`.
        """
        count, num_before = len(self._actors), self._num_done()
        streams = {}
        for first, actor in enumerate(self._actors):
            shares = [replace(group, answers=group.answers[first::count]) for group in groups]
            method = actor.score.options(num_returns="streaming")
            streams[method.remote(shares, template, config, chat_date)] = first
        sizes = [len(group.answers) for group in groups]
        yield from self._merged(streams, num_before, progress, sizes, 1)

    def _merged(
        self,
        streams: dict[Any, int],
        num_before: int,
        progress: Progress | None,
        sizes: Sequence[int],
        samples: int,
    ) -> Iterator[tuple[int, list[Any]]]:
        """Yield the index and the items of each group of that size once all shares are finished."""
        count = len(self._actors)
        finished: list[dict[int, list[Any]]] = [{} for _ in sizes]
        for first, (at, share) in self._finished(streams, num_before, progress):
            finished[at][first] = share
            if len(finished[at]) == count:
                yield at, _merge(finished[at], sizes[at], samples)

    def _finished(
        self, streams: dict[Any, int], num_before: int, progress: Progress | None
    ) -> Iterator[tuple[int, tuple[int, list[Any]]]]:
        """Yield the finished shares with the index of their generator, and report progress."""
        num_reported = 0
        last_progress = time.monotonic()
        while streams:
            ready, _ = ray.wait(list(streams), num_returns=1, timeout=_POLL_SECONDS)
            for stream in ready:
                try:
                    share = _get(next(stream), _CONTROL_SECONDS)
                except StopIteration:
                    del streams[stream]
                    continue
                yield streams[stream], share
                last_progress = time.monotonic()
            now = self._num_done() - num_before
            if now > num_reported:
                last_progress = time.monotonic()
                if progress is not None:
                    progress(now - num_reported)
                num_reported = now
            elif time.monotonic() - last_progress > self._stall_seconds:
                for actor in self._actors:
                    # Ray starts it again, for the next attempt.
                    ray.kill(actor, no_restart=False)
                raise IncompleteError(
                    f"no completion was finished for {self._stall_seconds:.0f} s: the generators "
                    "were stuck and have been started again"
                )

    def _num_done(self) -> int:
        counts = [
            actor.num_done.options(concurrency_group="control").remote() for actor in self._actors
        ]
        return sum(_get(counts, _CONTROL_SECONDS))

    def shutdown(self) -> None:
        """End what is being written and free the model's memory."""
        _stop(self._actors)
        for actor in self._actors:
            actor.unload.remote()
        self._actors.clear()

    def __exit__(self, *exception: object) -> None:
        self.shutdown()


def _merge(shares: Mapping[int, Sequence[T]], num_problems: int, samples: int) -> list[T]:
    """Put the items of all generators into the order of the problems."""
    items: list[T] = []
    for position in range(num_problems):
        place, share = divmod(position, len(shares))
        items += shares[share][place * samples : (place + 1) * samples]
    return items


def _stop(actors: Sequence[Any]) -> None:
    """Let calls of `generate` and `score` that nobody waits for end soon."""
    answers = [actor.stop.options(concurrency_group="control").remote() for actor in actors]
    if answers:
        ray.wait(answers, num_returns=len(answers), timeout=_STOP_SECONDS)


def _load(spec: ModelSpec, engine: str) -> Engine:
    """Load a model in the actor's process; one on remote storage is first copied to its node."""
    if "://" in spec.path:
        spec = replace(spec, path=str(local_folder(spec.path)))
    return load_engine(spec, engine)


def generator_class() -> Any:
    """Return the class of generator actors."""
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
        cause = last_line(error)
        raise LostError(f"a generator died, perhaps for lack of memory: {cause}") from error
