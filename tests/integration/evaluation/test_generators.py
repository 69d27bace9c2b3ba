"""Generator actors with a scripted engine."""

from __future__ import annotations

import pytest
from scripted import ScriptedEngine, unloadable

from codem_ray.config import GenerationConfig
from codem_ray.errors import IncompleteError, ModelLoadError, ResourceError
from codem_ray.evaluation.generators import Generators, generate
from codem_ray.generation.engine import ModelSpec
from codem_ray.records import Problem, PromptStyle

SPEC = ModelSpec(path="x")


def _problems(count: int) -> list[Problem]:
    return [Problem(benchmark="b", task_id=f"b/{at}", language="python", prompt=f"def f{at}():\n",
                    instruction=f"Write f{at}.", tests="") for at in range(count)]


CONFIG = GenerationConfig(samples=2, temperature=0.5)


def test_instruction_is_asked_in_the_tuning_template() -> None:
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.INSTRUCTION, "short", CONFIG)
    assert done[0].text == "### Instruction:\nWrite f0.\n\n### Response:\n"
    done = generate(ScriptedEngine(), _problems(1), PromptStyle.COMPLETION, "short", CONFIG)
    assert done[0].text == "def f0():\n"


@pytest.mark.ray
def test_shares_of_two_generators_come_back_in_order(ray_session: None) -> None:
    seen: list[int] = []
    with Generators.start(SPEC, num_generators=2, num_cpus=0.5,
                          factory=ScriptedEngine) as generators:
        for count in (7, 1):
            done = generators.generate(_problems(count), PromptStyle.COMPLETION, "short", CONFIG,
                                       seen.append)
            assert [(one.task_id, one.sample) for one in done] == [
                (f"b/{at}", sample) for at in range(count) for sample in range(2)
            ]
    assert sum(seen) == 16


@pytest.mark.ray
def test_failures_of_generators_have_names(ray_session: None) -> None:
    with pytest.raises(ModelLoadError, match="cannot load the model"):
        Generators.start(SPEC, num_cpus=0.5, factory=unloadable)
    with pytest.raises(ResourceError, match="99 CPUs"):
        Generators.start(SPEC, num_cpus=99, schedule_seconds=1.0, factory=ScriptedEngine)
    killing = [Problem(benchmark="b", task_id="b/0", language="python", prompt="kill",
                       instruction="", tests="")]
    with (Generators.start(SPEC, num_cpus=0.5, factory=ScriptedEngine) as generators,
          pytest.raises(IncompleteError, match="died")):
        generators.generate(killing, PromptStyle.COMPLETION, "short", CONFIG)
