"""Packed samples of the page's cell view."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pandas as pd
from synthetic_results import make_results

from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.cell_data import OUTCOME_CODES, pack_benchmark
from codem_ray.report.sample_texts import (
    BenchmarkTexts,
    ProblemText,
    SampleKey,
    SampleText,
    no_texts,
)

STYLE = PromptStyle.INSTRUCTION
ODD = "a lone \ud83d surrogate, and one beyond the plane: \U0001f600"


def results() -> pd.DataFrame:
    return make_results(sources=("base", "c"), targets=("go",), num_problems=3, samples=2)


def key(source: str, problem: int, sample: int) -> SampleKey:
    trial_id = "base" if source == "base" else f"{source}-0f00d"
    return SampleKey(trial_id, STYLE, f"go/{problem}", sample)


def unpack(packed: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return document


def samples_of(document: dict[str, Any]) -> dict[tuple[str, str, str, int], dict[str, object]]:
    """Decode samples as the page does: numbers stand for earlier texts, pairs for parts."""
    texts: list[str] = []

    def pooled(value: str | int) -> str:
        if isinstance(value, int):
            return texts[value]
        texts.append(value)
        return value

    found = {}
    for (task_id, *_), runs in zip(document["problems"], document["samples"], strict=True):
        for (source, style, _), run in zip(document["runs"], runs, strict=True):
            for number, (outcome, _, message, *written) in enumerate(run):
                sample: dict[str, object] = {"outcome": outcome, "message": pooled(message)}
                if written:
                    completion, answer = pooled(written[0]), written[1]
                    if isinstance(answer, list):
                        answer = completion[slice(*answer)]
                    elif answer is not None:
                        answer = pooled(answer)
                    sample |= {"completion": completion, "answer": answer}
                found[source, style, task_id, number] = sample
    return found


def test_packed_texts_are_those_of_their_samples() -> None:
    texts = BenchmarkTexts(
        problems={"go/1": ProblemText(prompts={STYLE: "Write it."}, tests="check()")},
        samples={
            key("c", 0, 0): SampleText("Here:\nfunc f() {}\nDone.", "func f() {}\n"),
            key("c", 0, 1): SampleText("Here:\nfunc f() {}\nDone.", None),
            key("c", 1, 0): SampleText("func g() {}", "package x\nfunc g() {}"),
            key("base", 1, 0): SampleText(ODD + "func g() {}", "func g() {}"),
        },
        note="A note.",
    )
    document = unpack(pack_benchmark(results(), texts))
    assert document["note"] == "A note."
    assert document["problems"][1] == ["go/1", 0, "check()", {"instruction": "Write it."}]
    samples = samples_of(document)
    assert len(samples) == 3 * 3 * 2
    style = str(STYLE)
    assert samples["c", style, "go/0", 0]["answer"] == "func f() {}"
    assert samples["c", style, "go/0", 1]["answer"] is None
    assert samples["c", style, "go/0", 1]["completion"] == "Here:\nfunc f() {}\nDone."
    assert samples["c", style, "go/1", 0]["answer"] == "package x\nfunc g() {}"
    assert samples["base", style, "go/1", 0]["completion"] == ODD + "func g() {}"
    # A slice of this completion would be another text in UTF-16, in which the page counts.
    assert samples["base", style, "go/1", 0]["answer"] == "func g() {}"
    assert "completion" not in samples["base", "completion", "go/1", 0]


def test_outcomes_and_messages_are_packed_without_texts() -> None:
    rows = results()
    samples = samples_of(unpack(pack_benchmark(rows, no_texts("starter-go"))))
    columns = ["source", "prompt_style", "task_id", "sample", "outcome", "message"]
    for source, style, task_id, sample, outcome, message in rows[columns].itertuples(index=False):
        packed = samples[source, str(style), task_id, sample]
        assert packed == {"outcome": OUTCOME_CODES[outcome], "message": message}


def test_a_long_message_is_cut() -> None:
    rows = results()
    rows["message"] = "x" * 5000
    rows["outcome"] = Outcome.COMPILE_ERROR
    samples = samples_of(unpack(pack_benchmark(rows, no_texts("starter-go"))))
    assert {len(str(sample["message"])) for sample in samples.values()} == {602}
