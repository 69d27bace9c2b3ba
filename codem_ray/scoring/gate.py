"""Checks on this machine that a benchmark passes references and fails wrong code."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from codem_ray.benchmarks import benchmark_digest
from codem_ray.errors import ReferenceGateError
from codem_ray.execution.result_cache import code_digest
from codem_ray.extraction.answers import whole_answer
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring.mutations import mutants

FORMAT_VERSION = 2
T = TypeVar("T")
_UNKNOWN = (Outcome.NOT_RUN, Outcome.INFRASTRUCTURE_ERROR)

Execute = Callable[[Sequence[Job]], list[Verdict]]
ExecuteRuns = Callable[[Sequence[Job]], list[list[Verdict]]]
"""Builds each job's program once and runs it several times; the verdicts of its runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A reference that did not pass."""

    task_id: str
    outcome: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Survivor:
    """A wrong solution that passed: the tests are weak there, or the change changed nothing."""

    task_id: str
    mutation: str
    line: int
    """In the answer, counted from 1."""
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaky:
    """A reference or control that came to different things in different runs."""

    task_id: str
    is_control: bool
    outcomes: Mapping[str, int]
    """Runs by outcome."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GateReport:
    """What the gate found for one benchmark."""

    benchmark: str
    benchmark_digest: str
    problems: int
    references_passed: int
    references_failed: tuple[Failure, ...]
    not_run: tuple[Failure, ...]
    """References of which nothing was found out here: the sandbox failed, or what the problem needs
    is absent (a browser). The latter alone does not fail the gate: no model is scored on them."""
    without_reference: int
    quarantined: Mapping[str, str]
    """Task ids with the reasons."""
    quarantined_passed: tuple[str, ...]
    """Quarantined problems whose reference passed this time."""
    controls_failed: int
    """Broken controls that failed, as they must."""
    controls_passed: tuple[str, ...]
    """Problems with a broken control that passed."""
    controls_not_run: int
    """Broken controls on which the sandbox failed."""
    controls_absent: int = 0
    """Broken controls for which what the problem needs is absent here."""
    mutants_killed: int
    mutants_not_run: int
    without_mutant: tuple[str, ...]
    """Problems whose reference no mutation applies to (where mutants were asked for)."""
    survivors: tuple[Survivor, ...]
    expected_checks: Mapping[str, int]
    """Checks that each passing reference did, by the problem's digest, as the executor takes them:
    a verdict with fewer is no pass."""
    runs: int = 1
    """Of each reference and control; a pass means a pass in all, a control's failure one in all."""
    flaky: tuple[Flaky, ...] = ()
    compile_cpu_seconds: float = 0.0
    """Of references and controls, as `run_cpu_seconds`."""
    run_cpu_seconds: float = 0.0

    @property
    def is_passed(self) -> bool:
        """Whether the benchmark may be used to score models.

        Every reference outside quarantine was run and passed, and every broken control failed.
        Surviving mutants do not count: a mutant can mean the same as its original, which only a
        reader can tell. They are listed for that.
        """
        return not (
            self.references_failed
            or any(one.outcome != Outcome.NOT_RUN for one in self.not_run)
            or self.controls_passed
            or self.controls_not_run
            or self._is_nothing_known
        )

    @property
    def _is_nothing_known(self) -> bool:
        """Whether what the problems need is so absent that not one reference or control was run."""
        is_any_absent = bool(self.not_run) or self.controls_absent > 0
        return is_any_absent and not (self.references_passed or self.controls_failed)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {"format": FORMAT_VERSION, "is_passed": self.is_passed, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GateReport:
        """Read what `to_json` wrote."""
        values = {k: v for k, v in data.items() if k not in ("format", "is_passed")}
        for name, kind in (
            ("references_failed", Failure),
            ("not_run", Failure),
            ("survivors", Survivor),
            ("flaky", Flaky),
        ):
            values[name] = tuple(kind(**item) for item in values.get(name, ()))
        for name in ("quarantined_passed", "controls_passed", "without_mutant"):
            values[name] = tuple(values[name])
        return cls(**values)

    def raise_if_failed(self) -> None:
        """Refuse a benchmark that cannot be trusted here.

        Raises:
            ReferenceGateError: names each problem, with its outcome.
        """
        if self.is_passed:
            return
        parts = []
        if self.references_failed:
            parts.append(
                "references fail: "
                + _named(
                    f"{f.task_id} ({f.outcome}: {f.message.strip().partition(chr(10))[0][:120]})"
                    for f in self.references_failed
                )
            )
        if self.not_run:
            parts.append(
                "references could not be run: "
                + _named(
                    f"{f.task_id} ({f.outcome}: {f.message.strip().partition(chr(10))[0][:300]})"
                    for f in self.not_run
                )
            )
        if self.controls_passed:
            parts.append("broken controls pass: " + _named(self.controls_passed))
        if self.controls_not_run:
            parts.append(f"{self.controls_not_run} broken controls could not be run")
        if self._is_nothing_known and not self.not_run:
            parts.append("no reference or broken control could be run: what they need is absent")
        raise ReferenceGateError(
            f"{self.benchmark}: {'; '.join(parts)}. Mend the toolchain (`codem-ray doctor`), or "
            "quarantine the problem: with the reason, in the benchmark's file, or for one call by "
            "`evaluate --quarantine`"
        )


def _named(items: Iterable[str], most: int = 20) -> str:
    listed = list(items)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def validate_benchmark(
    problems: Sequence[Problem],
    execute: Execute,
    *,
    mutants_per_problem: int = 0,
    execute_runs: ExecuteRuns | None = None,
) -> GateReport:
    """Run references, broken controls and mutants of the references.

    Args:
        problems: All of one benchmark, quarantined ones too.
        execute: Judges jobs; one verdict each, in order.
        mutants_per_problem: Wrong solutions made from each reference that passes.
        execute_runs: Runs references and controls several times in place of `execute`.
    """
    if not problems:
        raise ReferenceGateError("no problems were given to the reference gate")
    proofs = execute_runs or (lambda jobs: [[verdict] for verdict in execute(jobs)])
    with_reference = [p for p in problems if p.reference is not None]
    references = _run(
        proofs, [(p, whole_answer(p, p.reference or "")) for p in with_reference], is_proof=True
    )
    verdicts = {
        p.task_id: _worst_of_reference(runs)
        for p, runs in zip(with_reference, references, strict=True)
    }
    counted = [p for p in with_reference if p.quarantine is None]
    passing = [p for p in with_reference if verdicts[p.task_id].outcome is Outcome.PASSED]
    expected = {p.digest(): verdicts[p.task_id].checks_done for p in passing}

    def passes(problem: Problem, verdict: Verdict) -> bool:
        # As the executor will judge once it knows these counts: fewer checks are no pass.
        is_full = verdict.checks_done >= expected.get(problem.digest(), 0)
        return verdict.outcome is Outcome.PASSED and is_full

    controls = [(p, whole_answer(p, broken)) for p in problems for broken in p.broken]
    control_runs = _run(proofs, controls, is_proof=True)
    control_verdicts = [
        _worst_of_control(runs, [passes(p, verdict) for verdict in runs])
        for (p, _), runs in zip(controls, control_runs, strict=True)
    ]

    made = [
        (p, mutant)
        for p in passing
        if p.quarantine is None
        for mutant in mutants(p.reference or "", p.language, limit=mutants_per_problem)
    ]
    mutant_verdicts = _run(execute, [(p, whole_answer(p, m.text)) for p, m in made])
    tried = [(p.task_id, False, runs) for p, runs in zip(with_reference, references, strict=True)]
    tried += [(p.task_id, True, runs) for (p, _), runs in zip(controls, control_runs, strict=True)]
    return GateReport(
        runs=max((len(runs) for *_, runs in tried), default=1),
        flaky=tuple(
            Flaky(task_id=task_id, is_control=is_control, outcomes=outcomes)
            for task_id, is_control, runs in tried
            if len(outcomes := dict(Counter(str(verdict.outcome) for verdict in runs))) > 1
        ),
        compile_cpu_seconds=sum(runs[0].compile_cpu_seconds for *_, runs in tried),
        run_cpu_seconds=sum(verdict.run_cpu_seconds for *_, runs in tried for verdict in runs),
        benchmark=problems[0].benchmark,
        benchmark_digest=benchmark_digest(problems),
        problems=len(problems),
        references_passed=sum(p.quarantine is None for p in passing),
        references_failed=tuple(
            _failure(p, verdicts[p.task_id])
            for p in counted
            if verdicts[p.task_id].outcome not in (Outcome.PASSED, *_UNKNOWN)
        ),
        not_run=tuple(
            _failure(p, verdicts[p.task_id])
            for p in counted
            if verdicts[p.task_id].outcome in _UNKNOWN
        ),
        without_reference=len(problems) - len(with_reference),
        quarantined={p.task_id: p.quarantine for p in problems if p.quarantine is not None},
        quarantined_passed=tuple(p.task_id for p in passing if p.quarantine is not None),
        controls_failed=sum(
            v.outcome not in _UNKNOWN and not passes(p, v)
            for (p, _), v in zip(controls, control_verdicts, strict=True)
        ),
        controls_passed=tuple(
            dict.fromkeys(
                p.task_id
                for (p, _), v in zip(controls, control_verdicts, strict=True)
                if passes(p, v)
            )
        ),
        controls_not_run=sum(v.outcome is Outcome.INFRASTRUCTURE_ERROR for v in control_verdicts),
        controls_absent=sum(v.outcome is Outcome.NOT_RUN for v in control_verdicts),
        mutants_killed=sum(
            v.outcome not in _UNKNOWN and not passes(p, v)
            for (p, _), v in zip(made, mutant_verdicts, strict=True)
        ),
        mutants_not_run=sum(v.outcome in _UNKNOWN for v in mutant_verdicts),
        without_mutant=tuple(
            p.task_id
            for p in passing
            if mutants_per_problem
            and p.quarantine is None
            and p.task_id not in {q.task_id for q, _ in made}
        ),
        survivors=tuple(
            Survivor(
                task_id=p.task_id,
                mutation=m.name,
                before=m.before,
                after=m.after,
                line=m.line + p.prompt.count("\n"),
            )
            for (p, m), v in zip(made, mutant_verdicts, strict=True)
            if passes(p, v)
        ),
        expected_checks=expected,
    )


def _worst_of_reference(runs: Sequence[Verdict]) -> Verdict:
    """Return a run that is no pass, said so where others were; else the one of fewest checks."""
    failures = [verdict for verdict in runs if verdict.outcome is not Outcome.PASSED]
    if not failures:
        return min(runs, key=lambda verdict: verdict.checks_done)
    passed = len(runs) - len(failures)
    note = f"passed {passed} of {len(runs)} runs, else: " if passed else ""
    return replace(failures[0], message=note + failures[0].message)


def _worst_of_control(runs: Sequence[Verdict], passes: Sequence[bool]) -> Verdict:
    """Return a run that passed, else one of which nothing is known, else the first."""
    if True in passes:
        return runs[passes.index(True)]
    return next((verdict for verdict in runs if verdict.outcome in _UNKNOWN), runs[0])


def _run(
    execute: Callable[[Sequence[Job]], list[T]],
    answers: Sequence[tuple[Problem, str]],
    *,
    is_proof: bool = False,
) -> list[T]:
    if not answers:
        return []
    verdicts = execute(
        [Job(problem=problem, answer=answer, is_proof=is_proof) for problem, answer in answers]
    )
    if len(verdicts) != len(answers):
        raise ReferenceGateError(
            f"{len(answers)} answers were executed, {len(verdicts)} verdicts came back"
        )
    return verdicts


def _failure(problem: Problem, verdict: Verdict) -> Failure:
    return Failure(task_id=problem.task_id, outcome=str(verdict.outcome), message=verdict.message)


def gate_key(
    problems: Sequence[Problem],
    toolchain_digest: str,
    *,
    mutants_per_problem: int = 0,
    sandbox: str = "bubblewrap",
) -> str:
    """Return what a gate's result depends on, as 16 hex digits."""
    parts = [
        str(FORMAT_VERSION),
        toolchain_digest,
        # Another harness may count checks otherwise.
        code_digest(),
        sandbox,
        benchmark_digest(problems),
        str(mutants_per_problem),
        *(repr((p.task_id, p.reference, p.broken, p.quarantine, p.context)) for p in problems),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def gate_cache_folder() -> Path:
    """Return where gate results are kept: below XDG_CACHE_HOME."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "codem-ray" / "gate"


def read_gate(key: str, folder: Path | None = None) -> GateReport | None:
    """Return a kept result; None: there is none that can be used."""
    path = (folder or gate_cache_folder()) / f"{key}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != FORMAT_VERSION:
            return None
        return GateReport.from_json(data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        # A cache that cannot be read costs a second run of the gate, no more.
        return None


def write_gate(key: str, report: GateReport, folder: Path | None = None) -> Path:
    """Keep a result, atomically; only one that passed is worth keeping.

    Raises:
        ReferenceGateError: the report is of a gate that failed.
    """
    report.raise_if_failed()
    path = (folder or gate_cache_folder()) / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(report.to_json(), indent=1, sort_keys=True), encoding="utf-8")
    temporary.replace(path)
    return path
