"""Judge right and wrong answers in all the forms that models write; print the pass rates.

    CODEM_RAY_DATA=/path/to/data python bench/answer_forms.py [--every N] [--languages c,go]

Every reference solution of the benchmarks is written down in every form that makes sense for its
language, or with --forms-each N in N of them, drawn anew for each reference; each is extracted and
judged. Equal programs run once, and an answer that equals the extracted reference up to blank lines
is not run again. Exits 1 if, in any language, fewer than 99.5 % of the right answers pass or a
wrong answer passes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1] / "tests" / "support"),
    str(Path(__file__).resolve().parents[1]),
]

from completion_forms import FORMS, Form, Solved, solved_problems  # noqa: E402
from completion_forms.solutions import BENCHMARKS  # noqa: E402

from codem_ray.execution.executor import Executor, local_executor  # noqa: E402
from codem_ray.extraction.answers import extract_answer, whole_answer  # noqa: E402
from codem_ray.languages import LANGUAGES, language  # noqa: E402
from codem_ray.records import Job, Outcome, PromptStyle  # noqa: E402

WANTED_SHARE = 0.995
_CHUNK = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A solved problem in one form, with its extracted answer."""

    solved: Solved
    form: Form
    style: PromptStyle
    completion: str
    answer: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A case with its outcome."""

    case: Case
    outcome: Outcome
    message: str

    @property
    def is_as_wanted(self) -> bool:
        """Whether a right answer passed or a wrong one failed."""
        return (self.outcome is Outcome.PASSED) is self.case.form.is_right


def cases(
    solved: Iterable[Solved],
    forms: Sequence[Form],
    *,
    has_both_styles: bool = False,
    forms_each: int | None = None,
) -> list[Case]:
    """Return each problem in each form of its language, answered in the form's own style or both.

    With `forms_each` each problem gets that many forms, drawn by its id. Chat models also answer
    prompts that they should continue, and base models instructions.
    """
    found = []
    for one in solved:
        texts = [(form, form.make(one)) for form in forms if one.language in form.languages]
        written = [(form, text) for form, text in texts if text is not None]
        if forms_each is not None and forms_each < len(written):
            draw = random.Random(f"{one.problem.benchmark} {one.problem.task_id}")
            written = draw.sample(written, forms_each)
        for form, text in written:
            for style in PromptStyle if has_both_styles else (form.style,):
                answer = extract_answer(one.problem, text, style)
                found.append(
                    Case(solved=one, form=form, style=style, completion=text, answer=answer)
                )
    return found


def _essence(answer: str | None) -> str:
    return "\n".join(line.rstrip() for line in (answer or "").splitlines() if line.strip())


def judge(found: Sequence[Case], executor: Executor) -> list[Judged]:
    """Return the outcome of each case whose reference passes; each distinct answer runs once."""
    problems = {id(case.solved): case.solved for case in found}
    answers: dict[tuple[int, str], Job] = {}
    for key, one in problems.items():
        answer = whole_answer(one.problem, one.body)
        answers[key, _essence(answer)] = Job(problem=one.problem, answer=answer)
    for case in found:
        job = Job(problem=case.solved.problem, answer=case.answer)
        answers.setdefault((id(case.solved), _essence(case.answer)), job)
    jobs = list(answers.values())
    verdicts = []
    started = time.monotonic()
    for at in range(0, len(jobs), _CHUNK):
        verdicts += executor.execute(jobs[at : at + _CHUNK])
        report(f"  {len(verdicts)}/{len(jobs)} programs, {time.monotonic() - started:.0f} s")
    by_answer = dict(zip(answers, verdicts, strict=True))
    judged = []
    for case in found:
        reference = whole_answer(case.solved.problem, case.solved.body)
        if by_answer[id(case.solved), _essence(reference)].outcome is not Outcome.PASSED:
            continue
        verdict = by_answer[id(case.solved), _essence(case.answer)]
        judged.append(Judged(case=case, outcome=verdict.outcome, message=verdict.message))
    return judged


def table(judged: Sequence[Judged]) -> str:
    """Return the shares of cases that end as they should, by form and language, as text."""
    wanted: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for one in judged:
        key = (_label(one.case.form), one.case.solved.language)
        total[key] += 1
        wanted[key] += one.is_as_wanted
    names = [name for name in LANGUAGES if any(lang == name for _, lang in total)]
    labels = list(dict.fromkeys(_label(form) for form in FORMS))
    labels = [label for label in labels if any((label, name) in total for name in names)]
    width = max(map(len, labels), default=0)
    lines = [f"{'form':<{width}}" + "".join(f"{name:>12}" for name in names)]
    for label in labels:
        cells = ""
        for name in names:
            key = (label, name)
            cells += f"{f'{wanted[key]}/{total[key]}' if total[key] else '-':>12}"
        lines.append(f"{label:<{width}}{cells}")
    for title, is_right in (("right answers that pass", True), ("wrong answers that fail", False)):
        cells = ""
        for name in names:
            of = [
                j
                for j in judged
                if j.case.solved.language == name and j.case.form.is_right is is_right
            ]
            share = sum(j.is_as_wanted for j in of) / len(of) if of else 1.0
            cells += f"{f'{100 * share:.2f} %':>12}"
        lines.append(f"{title:<{width}}{cells}")
    for kind, is_right in (("right", True), ("wrong", False)):
        of = [j for j in judged if j.case.form.is_right is is_right]
        passed = sum(j.outcome is Outcome.PASSED for j in of)
        lines.append(f"{kind} answers: {passed} of {len(of)} pass")
    return "\n".join(lines)


def report(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr, flush=True)


def _label(form: Form) -> str:
    return f"{form.style.value[0]} {form.name}"


def write_failures(judged: Sequence[Judged], path: Path) -> None:
    """Write the cases that did not end as they should as JSON lines, in evaluate's row format."""
    with path.open("w", encoding="utf-8") as file:
        for one in judged:
            if not one.is_as_wanted:
                case = one.case
                row = {
                    "benchmark": case.solved.problem.benchmark,
                    "task_id": case.solved.problem.task_id,
                    "language": case.solved.language,
                    "form": case.form.name,
                    "prompt_style": case.style.value,
                    "outcome": str(one.outcome),
                    "message": one.message[:500],
                    "completion": case.completion,
                    "answer": case.answer,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def is_good(judged: Sequence[Judged]) -> bool:
    """Return whether each language reaches the wanted share and no wrong answer passes."""
    for name in {one.case.solved.language for one in judged}:
        right = [j for j in judged if j.case.solved.language == name and j.case.form.is_right]
        if sum(j.is_as_wanted for j in right) < WANTED_SHARE * len(right):
            return False
    return all(one.is_as_wanted for one in judged if not one.case.form.is_right)


def main() -> None:
    """Judge the forms and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--languages", help="names separated by commas; default: all")
    parser.add_argument("--every", type=int, default=1, help="take every N-th problem (default 1)")
    parser.add_argument("--start", type=int, default=0, help="begin with this problem (default 0)")
    parser.add_argument("--forms-each", type=int, help="draw N forms for each problem")
    parser.add_argument("--forms", help="take only forms whose name contains this text")
    parser.add_argument(
        "--both-styles", action="store_true", help="take each form as an answer to both prompts"
    )
    parser.add_argument("--failures", type=Path, help="write the failing cases to this file")
    args = parser.parse_args()
    names = [language(name).name for name in (args.languages or ",".join(LANGUAGES)).split(",")]
    forms = [form for form in FORMS if not args.forms or args.forms in form.name]
    executor = local_executor(uses_cache=True)
    judged: list[Judged] = []
    for benchmark in BENCHMARKS:
        solved = list(solved_problems(benchmark))[args.start :: args.every]
        if solved and solved[0].language in names:
            started = time.monotonic()
            found = cases(
                solved, forms, has_both_styles=args.both_styles, forms_each=args.forms_each
            )
            seconds = time.monotonic() - started
            report(f"{benchmark}: {len(found)} answers extracted in {seconds:.0f} s")
            judged += judge(found, executor)
    print(table(judged))
    if args.failures is not None:
        write_failures(judged, args.failures)
    sys.exit(0 if is_good(judged) else 1)


if __name__ == "__main__":
    main()
