"""Generator actors with a scripted engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import ScriptedEngine, unloadable
from tiny_llama import write_tiny_llama

from codem_ray.config import GenerationConfig
from codem_ray.errors import IncompleteError, ModelLoadError, ResourceError
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.records import Completion, Problem, PromptStyle
from codem_ray.runtime.generators import Generators

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


def test_instruction_is_asked_in_the_tuning_template() -> None:
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.INSTRUCTION, "short", CONFIG)
    assert done[0].text == "### Instruction:\nWrite f0.\n\n### Response:\n"
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.COMPLETION, "short", CONFIG)
    assert done[0].text == "def f0():\n"


@pytest.mark.ray
def test_shares_of_two_generators_come_back_in_order(ray_session: None) -> None:
    seen: list[int] = []
    with Generators.start(
        SPEC, num_generators=2, num_cpus=0.5, factory=ScriptedEngine
    ) as generators:
        for count in (7, 1):
            done = generators.generate(
                _problems(count), PromptStyle.COMPLETION, "short", CONFIG, seen.append
            )
            assert [(completion.task_id, completion.sample) for completion in done] == [
                (f"b/{at}", sample) for at in range(count) for sample in range(2)
            ]
    assert sum(seen) == 16


@pytest.mark.ray
def test_errors_of_generators_name_their_cause(ray_session: None) -> None:
    with pytest.raises(ModelLoadError, match="cannot load the model"):
        Generators.start(SPEC, num_cpus=0.5, factory=unloadable)
    with pytest.raises(ResourceError, match="99 CPUs"):
        Generators.start(SPEC, num_cpus=99, schedule_seconds=1.0, factory=ScriptedEngine)
    killing = [
        Problem(
            benchmark="b", task_id="b/0", language="python", prompt="kill", instruction="", tests=""
        )
    ]
    with (
        Generators.start(SPEC, num_cpus=0.5, factory=ScriptedEngine) as generators,
        pytest.raises(IncompleteError, match="died"),
    ):
        generators.generate(killing, PromptStyle.COMPLETION, "short", CONFIG)


@pytest.mark.ray
def test_generators_start_outside_the_placement_group_of_their_trial(
    ray_session: None,
) -> None:
    import ray
    from ray.util.placement_group import placement_group, remove_placement_group
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    problems = _problems(1)

    def trial() -> list[Completion]:
        with Generators.start(SPEC, num_cpus=0.5, factory=ScriptedEngine) as generators:
            return generators.generate(problems, PromptStyle.COMPLETION, "short", CONFIG)

    # As Tune runs a trial: all that it starts is put into its group, unless it says otherwise.
    group = placement_group([{"CPU": 0.001}])
    strategy = PlacementGroupSchedulingStrategy(group, placement_group_capture_child_tasks=True)
    try:
        reference = ray.remote(num_cpus=0.001)(trial).options(scheduling_strategy=strategy).remote()
        written = ray.get(reference, timeout=120)
    finally:
        remove_placement_group(group)
    assert [completion.text for completion in written] == ["def f0():\n"] * 2


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
    actors = Generators.start_shared(2)
    try:
        for spec, texts_of_model in zip(specs, expected, strict=True):
            with Generators.borrow(actors, spec, "transformers") as generators:
                assert texts(generators.generate(*request)) == texts_of_model
        loaded = [
            actor.__ray_call__.remote(lambda held: held._engine is not None) for actor in actors
        ]
        assert ray.get(loaded, timeout=60) == [False, False]

        # A trial that dies unloads nothing; the model of the next trial replaces its model.
        Generators.borrow(actors, specs[0], "transformers")
        with Generators.borrow(actors, specs[1], "transformers") as generators:
            assert texts(generators.generate(*request)) == expected[1]
        nowhere = ModelSpec(path=str(tmp_path / "nowhere"))
        with pytest.raises(ModelLoadError, match="no such folder"):
            Generators.borrow(actors, nowhere, "transformers")
    finally:
        for actor in actors:
            ray.kill(actor)
