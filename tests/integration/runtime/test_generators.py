"""Generator actors with a scripted engine."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import ray
from ray.exceptions import ActorUnavailableError
from scripted import ScriptedEngine, unloadable
from tiny_llama import write_tiny_llama
from waiting import wait_for

from codem_ray.config import GenerationConfig
from codem_ray.errors import LostError, ModelLoadError
from codem_ray.generation.answer_scoring import Answers, score_all
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import Questions, generate
from codem_ray.records import Completion, Problem, PromptStyle, ReferenceAnswer
from codem_ray.runtime.engine_pool import EnginePool
from codem_ray.runtime.generators import Generators, generator_class

SPEC = ModelSpec(path="x")


def _problems(count: int) -> list[Problem]:
    return [
        Problem(
            benchmark="b",
            task_id=f"b/{at}",
            language="python",
            prompt=f"def f{at}():\n",
            instruction=f"Write f{at}.",
            tests="",
        )
        for at in range(count)
    ]


CONFIG = GenerationConfig(samples=2, temperature=0.5)


def _one(
    generators: Generators, problems: list[Problem], config: GenerationConfig
) -> list[Completion]:
    [(_, written)] = generators.generate(
        [Questions(problems, PromptStyle.COMPLETION)], "short", config
    )
    return written


def test_instruction_is_asked_in_the_tuning_template() -> None:
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.INSTRUCTION, "short", CONFIG)
    assert done[0].text == "### Instruction:\nWrite f0.\n\n### Response:\n"
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.COMPLETION, "short", CONFIG)
    assert done[0].text == "def f0():\n"


@pytest.mark.ray
def test_answers_scored_by_two_generators_are_those_of_one_engine(
    ray_session: None, tmp_path: Path
) -> None:
    spec = ModelSpec(path=str(write_tiny_llama(tmp_path, seed=7, initializer_range=0.5)))
    groups = [
        Answers(
            [
                ReferenceAnswer(
                    task_id=f"{size}/{at}",
                    instruction=f"Say {at}.",
                    given="",
                    answer="x" * (at + 1),
                )
                for at in range(size)
            ],
            PromptStyle.INSTRUCTION,
        )
        for size in (5, 1)
    ]
    expected = dict(score_all(load_engine(spec, "transformers"), groups, "short", CONFIG))
    seen: list[int] = []
    actors = [generator_class().remote() for _ in range(2)]
    with Generators.borrow(actors, spec) as generators:
        found = dict(generators.score(groups, "short", CONFIG, seen.append))
    assert sum(seen) == 6
    for at, scores in expected.items():
        assert [one.task_id for one in found[at]] == [one.task_id for one in scores]
        for one, other in zip(found[at], scores, strict=True):
            assert one.log_likelihoods == pytest.approx(other.log_likelihoods, abs=1e-5)


@pytest.mark.ray
def test_shares_of_two_generators_come_back_in_order(ray_session: None) -> None:
    seen: list[int] = []
    actors = [generator_class().remote() for _ in range(2)]
    with Generators.borrow(actors, SPEC, factory=ScriptedEngine) as generators:
        for count, style in ((7, PromptStyle.COMPLETION), (1, PromptStyle.INSTRUCTION)):
            asked = [Questions(_problems(size), style) for size in (count, 3)]
            done = dict(generators.generate(asked, "short", CONFIG, seen.append))
            assert [
                [(completion.task_id, completion.sample) for completion in done[at]]
                for at in range(2)
            ] == [
                [(f"b/{at}", sample) for at in range(size) for sample in range(2)]
                for size in (count, 3)
            ]
    assert sum(seen) == 28


@pytest.mark.ray
def test_errors_of_generators_name_their_cause(ray_session: None) -> None:
    actors = [generator_class().options(max_restarts=-1).remote()]
    with pytest.raises(ModelLoadError, match="cannot load the model"):
        Generators.borrow(actors, SPEC, factory=unloadable)
    killing = [
        Problem(
            benchmark="b", task_id="b/0", language="python", prompt="kill", instruction="", tests=""
        )
    ]
    with (
        Generators.borrow(actors, SPEC, factory=ScriptedEngine) as generators,
        pytest.raises(LostError, match="died"),
    ):
        _one(generators, killing, CONFIG)
    # Ray starts the process again, and the next attempt loads its model.
    wait_for(
        lambda: ray.get(actors[0].__ray_ready__.remote()),
        "the generator to start again",
        errors=(ActorUnavailableError,),
    )
    with Generators.borrow(actors, SPEC, factory=ScriptedEngine) as generators:
        assert len(_one(generators, _problems(2), CONFIG)) == 4


@pytest.mark.ray
def test_what_a_trial_has_left_behind_ends_before_the_next_model_is_loaded(
    ray_session: None,
) -> None:
    import ray

    slow = [replace(problem, prompt="slow") for problem in _problems(200)]
    actors = [generator_class().remote()]
    left = Generators.borrow(actors, SPEC, factory=ScriptedEngine)
    asked = [Questions(slow[at : at + 1], PromptStyle.COMPLETION) for at in range(200)]
    written = left.generate(asked, "short", CONFIG)
    next(written)
    with Generators.borrow(actors, SPEC, factory=ScriptedEngine) as generators:
        assert len(_one(generators, _problems(1), CONFIG)) == 2
    assert ray.get(actors[0].num_done.remote(), timeout=60) < len(slow) * CONFIG.samples


@pytest.mark.ray
def test_engines_live_as_long_as_their_placement_group(ray_session: None) -> None:
    import ray
    from ray.util.placement_group import placement_group, remove_placement_group

    pool = EnginePool.start_in_groups(2, 0.0)
    pids = []
    for _ in range(2):
        group = placement_group([{"CPU": 0.5}] * 2)
        ray.get(group.ready(), timeout=60)
        for _ in range(2):
            with pool.load(SPEC, "", group, factory=ScriptedEngine) as generators:
                assert len(_one(generators, _problems(3), CONFIG)) == 6
                found = [
                    actor.__ray_call__.remote(lambda held: os.getpid())
                    for actor in generators._actors
                ]
                pids.append(ray.get(found, timeout=60))
        remove_placement_group(group)
    first, second, third, fourth = pids
    assert first == second
    assert third == fourth
    assert not set(first) & set(third)


@pytest.mark.ray
def test_models_that_share_generators_write_their_own_completions_and_are_unloaded(
    ray_session: None, tmp_path: Path
) -> None:
    import ray

    def texts(written: list[Completion]) -> list[str]:
        return [completion.text for completion in written]

    problems = _problems(5)
    config = GenerationConfig(max_new_tokens=8)
    request = (problems, PromptStyle.COMPLETION, "short", config)
    specs = [
        ModelSpec(
            path=str(write_tiny_llama(tmp_path / name, seed=seed, initializer_range=0.5)),
            num_threads=1,
        )
        for seed, name in enumerate(("one", "two"))
    ]
    expected = [texts(generate(load_engine(spec, "transformers"), *request)) for spec in specs]
    assert expected[0] != expected[1]
    pool = EnginePool.start_shared(2)
    actors = pool._shared
    try:
        for spec, texts_of_model in zip(specs, expected, strict=True):
            with pool.load(spec, "transformers", None) as generators:
                assert texts(_one(generators, problems, config)) == texts_of_model
        loaded = [
            actor.__ray_call__.remote(lambda held: held._engine is not None) for actor in actors
        ]
        assert ray.get(loaded, timeout=60) == [False, False]

        # A trial that dies unloads nothing; the model of the next trial replaces its model.
        Generators.borrow(actors, specs[0], "transformers")
        with Generators.borrow(actors, specs[1], "transformers") as generators:
            assert texts(_one(generators, problems, config)) == expected[1]
        nowhere = ModelSpec(path=str(tmp_path / "nowhere"))
        with pytest.raises(ModelLoadError, match="no such folder"):
            Generators.borrow(actors, nowhere, "transformers")
    finally:
        for actor in actors:
            ray.kill(actor)
