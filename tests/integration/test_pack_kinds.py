"""HumanEvalPack with real compilers: references pass and buggy solutions fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pack_rows import ROWS

from codem_ray.benchmarks import BENCHMARKS, load
from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import extract_answer, whole_answer
from codem_ray.generation.explaining import with_explanation
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, PromptStyle
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain


@pytest.mark.parametrize("name", ROWS)
def test_references_pass_and_buggy_solutions_fail(tmp_path: Path, name: str) -> None:
    path = tmp_path / "humanevalpack" / f"humanevalpack_{name}.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps(ROWS[name]) + "\n")
    benchmarks = [f"humanevalpack-{kind}{name}" for kind in ("", "fix-", "explain-")]
    spec = LANGUAGES[BENCHMARKS[benchmarks[0]].language]
    if missing := missing_toolchains([spec]):
        pytest.skip("; ".join(map(str, missing)))
    jobs = []
    for problem in [problem for one in benchmarks for problem in load(one, data_dir=tmp_path)]:
        # Models answer with a body that continues the prompt, or with a whole function in a fence.
        asked = with_explanation(
            problem, "Squares of even numbers are summed up;\n*/ nothing else."
        )
        for text in (problem.reference or "", problem.broken[0]):
            whole = f"Here:\n```{spec.fence_tags[0]}\n{ROWS[name]['declaration']}{text}\n```\n"
            answers = (
                whole_answer(problem, text),
                extract_answer(asked, text, PromptStyle.COMPLETION),
                extract_answer(asked, whole, PromptStyle.INSTRUCTION),
            )
            jobs += [Job(problem=problem, answer=answer) for answer in answers]
    verdicts = Executor(open_sandbox("bubblewrap")).execute(jobs)
    expected = [*[Outcome.PASSED] * 3, *[Outcome.WRONG_ANSWER] * 3] * 3
    assert [verdict.outcome for verdict in verdicts] == expected
