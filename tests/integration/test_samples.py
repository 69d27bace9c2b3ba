"""Several samples a problem, from a real model to unbiased pass@k in the matrix."""

from __future__ import annotations

from dataclasses import asdict
from math import comb

import pandas as pd
import pytest

from codem_ray.analysis import transfer_matrix
from codem_ray.benchmarks import load
from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError
from codem_ray.execution.executor import local_executor
from codem_ray.generation.engine import ModelSpec
from codem_ray.generation.engine_registry import load_engine
from codem_ray.generation.generate import generate
from codem_ray.records import Completion, Outcome, PromptStyle
from codem_ray.scoring.judging import judge_completions, to_results
from codem_ray.starter.assets import model_path

pytestmark = pytest.mark.toolchain

PROBLEMS = load("starter-python", limit=4)
STYLE = PromptStyle.COMPLETION


def sampling(seed: int) -> GenerationConfig:
    return GenerationConfig(samples=4, temperature=0.9, seed=seed, max_new_tokens=48, batch_size=16)


def test_samples_depend_on_the_seed_and_end_in_pass_at_k() -> None:
    engine = load_engine(ModelSpec(path=str(model_path()), num_threads=2), "transformers")

    def written(seed: int) -> list[Completion]:
        return generate(engine, PROBLEMS, STYLE, "short", sampling(seed))

    first = written(1)
    assert [(one.task_id, one.sample) for one in first] == [
        (problem.task_id, sample) for problem in PROBLEMS for sample in range(4)
    ]
    assert [one.text for one in written(1)] == [one.text for one in first]
    assert [one.text for one in written(2)] != [one.text for one in first]
    # The samples of one problem are draws of their own.
    assert any(len({one.text for one in first[at : at + 4]}) > 1 for at in range(0, 16, 4))

    judged = judge_completions(PROBLEMS, first, STYLE, local_executor().execute)
    rows = to_results(
        judged,
        PROBLEMS,
        trial_id="base",
        source="base",
        seed=0,
        benchmark_digest="d",
        style=STYLE,
    )
    frame = pd.DataFrame([asdict(row) for row in rows])
    for k in (1, 2, 4):
        [cell] = transfer_matrix(frame, k=(k,))
        expected = []
        for problem in PROBLEMS:
            own = [row.outcome for row in rows if row.task_id == problem.task_id]
            expected.append(1 - comb(4 - own.count(Outcome.PASSED), k) / comb(4, k))
        assert cell.value == pytest.approx(sum(expected) / len(expected))
        assert cell.samples == 4
    with pytest.raises(ConfigError, match="pass@5 needs at least 5 samples"):
        transfer_matrix(frame, k=(5,))
