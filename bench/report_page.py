"""Size and cost of the report of a full-size sweep: 10 models, 8 targets, 164 problems, 5 samples.

The sweep is made up. Its answers are references of published problems with names, numbers and lines
changed at random, so that they compress as sampled answers do; its outcomes are drawn. Needs
CODEM_RAY_DATA. Prints the size of the page and the CPU-seconds of reading all texts and writing the
report: at most 15 MB and 60 CPU-s.

    python bench/report_page.py [--samples 5] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pandas as pd

from codem_ray.benchmarks import load
from codem_ray.config import EvaluationConfig
from codem_ray.records import Completion, Outcome, Problem, ProblemResult, PromptStyle, Verdict
from codem_ray.report import ReportInputs, build_report
from codem_ray.report.sample_texts import BenchmarkTexts, ProblemText, SampleKey, SampleText
from codem_ray.scoring.judging import JudgedCompletion, to_results
from codem_ray.scoring.stage_files import read_rows, write_rows

BENCHMARKS = (
    "humaneval-x-python",
    "humaneval-x-js",
    "multipl-e-ts",
    "humaneval-c",
    "humaneval-x-cpp",
    "humaneval-x-java",
    "humaneval-x-go",
    "freecodecamp-html",
)
NUM_PROBLEMS = 164
STYLE = PromptStyle.INSTRUCTION
WORDS = re.findall(
    r"\w+",
    "result value index count total items number current left right temp output node of each",
)
FAILURES = (Outcome.WRONG_ANSWER, Outcome.COMPILE_ERROR, Outcome.RUNTIME_ERROR, Outcome.TIMEOUT)


def change(text: str, draw: random.Random) -> str:
    """Return a program with names, numbers and lines changed."""
    names = {
        name: draw.choice(WORDS)
        for name in sorted(set(re.findall(r"\b[a-z_]{2,12}\b", text)))
        if draw.random() < 0.12
    }
    text = re.sub(r"\b[a-z_]{2,12}\b", lambda at: names.get(at[0], at[0]), text)
    lines = []
    for line in text.splitlines():
        chance = draw.random()
        if chance < 0.06:
            continue
        numbered = re.sub(r"\d+", lambda at: at[0] if draw.random() < 0.85 else "9", line)
        words = " ".join(draw.choices(WORDS, k=5))
        lines.append(f"{numbered}  // {words}" if chance < 0.12 else numbered)
        if chance > 0.96:
            lines.append(draw.choice(lines))
    return "\n".join(lines)


def judged(problem: Problem, source: str, sample: int) -> JudgedCompletion:
    """Make up one completion and its verdict."""
    draw = random.Random(f"{source} {problem.task_id} {sample}")
    answer = change((problem.prompt + (problem.reference or ""))[:3000], draw)
    closing = " ".join(draw.choices(WORDS, k=25)) if draw.random() < 0.5 else ""
    text = f"Here it is:\n```\n{answer}\n```\n{closing}"
    passes = draw.random() < (0.3 if source == "base" else 0.4)
    outcome = Outcome.PASSED if passes else draw.choice(FAILURES)
    line = draw.choice(answer.splitlines() or [""])
    message = "" if passes else f"line {draw.randint(1, 40)}: {outcome} in `{line}`\n{line}\n  ^"
    return JudgedCompletion(
        Completion(
            task_id=problem.task_id,
            sample=sample,
            text=text,
            prompt_tokens=200,
            completion_tokens=150,
            is_truncated=False,
        ),
        answer,
        Verdict(outcome=outcome, message=message),
    )


def write_sweep(folder: Path, num_samples: int) -> tuple[pd.DataFrame, list[str]]:
    """Write the judged completions of all cells; return the rows of results and the targets."""
    rows: list[ProblemResult] = []
    targets = []
    for benchmark in BENCHMARKS:
        problems = load(benchmark)[:NUM_PROBLEMS]
        targets.append(problems[0].language)
        sources = ["base", "python", "javascript", "typescript", "c", "cpp", "java", "go", "html"]
        for source in [*sources, "mixed"]:
            cell = [judged(p, source, sample) for p in problems for sample in range(num_samples)]
            write_rows(folder / f"{source}.{benchmark}.jsonl.gz", cell, JudgedCompletion)
            rows += to_results(
                cell,
                problems,
                trial_id=source,
                source=source,
                seed=0,
                benchmark_digest=benchmark,
                style=STYLE,
            )
    return pd.DataFrame([asdict(row) for row in rows]), targets


def read_texts(folder: Path, benchmark: str) -> BenchmarkTexts:
    """Read the texts of a benchmark as the report of a stored sweep does."""
    problems = load(benchmark)[:NUM_PROBLEMS]
    return BenchmarkTexts(
        problems={
            p.task_id: ProblemText(prompts={STYLE: p.instruction}, tests=p.tests) for p in problems
        },
        samples=dict(_samples(folder, benchmark)),
    )


def _samples(folder: Path, benchmark: str) -> Iterator[tuple[SampleKey, SampleText]]:
    for path in folder.glob(f"*.{benchmark}.jsonl.gz"):
        source = path.name.partition(".")[0]
        for one in read_rows(path, JudgedCompletion):
            key = SampleKey(source, STYLE, one.completion.task_id, one.completion.sample)
            yield key, SampleText(one.completion.text, one.answer)


def main() -> None:
    """Make up a sweep, write its report, and print size and cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None, help="keep the report in this folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        results, _ = write_sweep(Path(made), args.samples)
        inputs = ReportInputs(
            sweep_name="full-size",
            results=results,
            evaluation=EvaluationConfig(benchmarks=BENCHMARKS, baseline_style=STYLE),
            read_texts=partial(read_texts, Path(made)),
        )
        start = time.process_time()
        report = build_report(inputs, args.out or Path(made) / "report")
        seconds = time.process_time() - start
        sizes = {path.name: path.stat().st_size for path in report.files}
    print(f"samples         {len(results):,}")
    print(f"page            {sizes['index.html'] / 1e6:.1f} MB")
    print(f"all files       {sum(sizes.values()) / 1e6:.1f} MB in {len(sizes)} files")
    print(f"CPU             {seconds:.1f} s")


if __name__ == "__main__":
    main()
