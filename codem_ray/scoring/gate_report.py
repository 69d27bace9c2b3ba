"""The result of the reference gate for one benchmark, which is cached if the gate passed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from pydantic import TypeAdapter

from codem_ray.benchmarks import benchmark_digest
from codem_ray.errors import ReferenceGateError
from codem_ray.execution.verdict_cache import code_digest
from codem_ray.records import Outcome, Problem
from codem_ray.storage import replacing

_FORMAT_VERSION = 4
_IDS_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A reference that did not pass."""

    task_id: str
    outcome: Outcome
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Survivor:
    """A mutant that passed: the tests are weak there, or the mutant is equivalent."""

    task_id: str
    mutation: str
    line: int
    """Line in the answer, counted from 1."""
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FlakyProgram:
    """A reference or control with different outcomes in different runs."""

    task_id: str
    is_control: bool
    outcomes: Mapping[str, int]
    """Runs by outcome."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassedSentinel:
    """A sentinel, an answer that is wrong for every problem, that passed."""

    task_id: str
    name: str
    reason: str
    """Why it passes, if this is known; empty if not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GateReport:
    """The gate's findings for one benchmark on this machine."""

    benchmark: str
    benchmark_digest: str
    problems: int
    references_passed: int
    references_failed: tuple[Failure, ...]
    not_run: tuple[Failure, ...]
    """References without a verdict: the sandbox failed, or something that the problem needs (a
    browser) is absent. An absent browser alone does not fail the gate: no model is scored on these
    problems."""
    without_reference: int
    quarantined: Mapping[str, str]
    """Reasons by task id."""
    quarantined_passed: tuple[str, ...]
    """Quarantined problems whose reference passed this time."""
    controls_failed: int
    """Broken controls that failed, as they must."""
    controls_passed: tuple[str, ...]
    """Problems with a broken control that passed."""
    controls_not_run: int
    """Broken controls on which the sandbox failed."""
    controls_absent: int = 0
    """Broken controls of problems that need something which is absent here."""
    mutants_killed: int
    mutants_not_run: int
    without_mutant: tuple[str, ...]
    """Problems whose reference no mutation applies to, if mutants were requested."""
    survivors: tuple[Survivor, ...]
    sentinels_failed: Mapping[str, int] = field(default_factory=dict)
    """Sentinels that failed, as they must, by name."""
    sentinels_passed: tuple[PassedSentinel, ...] = ()
    sentinels_not_run: int = 0
    without_sentinel: Mapping[str, str] = field(default_factory=dict)
    """Problems that have no sentinels, with the reason, if sentinels were requested."""
    expected_checks: Mapping[str, int]
    """Checks done by each passing reference, by problem digest. The executor takes them: a verdict
    with fewer checks is not a pass."""
    runs: int = 1
    """Runs of each reference and control. A reference passes if all its runs pass, a control fails
    if all its runs fail."""
    flaky: tuple[FlakyProgram, ...] = ()
    compile_cpu_seconds: float = 0.0
    """CPU time to compile references and controls; `run_cpu_seconds` is the time to run them."""
    run_cpu_seconds: float = 0.0

    @property
    def is_passed(self) -> bool:
        """Whether models may be scored on the benchmark.

        Every reference outside quarantine was run and passed. Every broken control failed, and so
        did every sentinel, except those that pass for a known reason.
        Surviving mutants are only listed: whether one is equivalent to its original needs a reader.
        """
        return not (
            self.references_failed
            or any(failure.outcome is not Outcome.NOT_RUN for failure in self.not_run)
            or self.controls_passed
            or self.controls_not_run
            or self.unexplained_sentinels
            or self._nothing_was_run
        )

    @property
    def num_references(self) -> int:
        """References outside quarantine."""
        # Not by subtraction: a quarantined problem may have no reference either.
        return self.references_passed + len(self.references_failed) + len(self.not_run)

    @property
    def num_controls(self) -> int:
        """Broken controls, without those of problems that need something absent."""
        return self.controls_failed + len(self.controls_passed) + self.controls_not_run

    @property
    def unexplained_sentinels(self) -> tuple[PassedSentinel, ...]:
        """Sentinels that passed without a known reason."""
        return tuple(passed for passed in self.sentinels_passed if not passed.reason)

    @property
    def _nothing_was_run(self) -> bool:
        is_any_absent = bool(self.not_run) or self.controls_absent > 0
        return is_any_absent and not (self.references_passed or self.controls_failed)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        plain = _ADAPTER.dump_python(self, mode="json")
        return {"format": _FORMAT_VERSION, "is_passed": self.is_passed, **plain}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GateReport:
        """Return the report of `to_json`; ValueError if the data are of another format."""
        if data.get("format") != _FORMAT_VERSION:
            raise ValueError(f"gate report of format {data.get('format')}, not {_FORMAT_VERSION}")
        return _ADAPTER.validate_python(data)

    def raise_if_failed(self) -> None:
        """Refuse a benchmark that cannot be trusted on this machine.

        Raises:
            ReferenceGateError: names each problem with its outcome.
        """
        if self.is_passed:
            return
        parts = []
        if self.references_failed:
            parts.append(f"references fail: {_named(_described(self.references_failed, 120))}")
        if self.not_run:
            parts.append(f"references could not be run: {_named(_described(self.not_run, 300))}")
        if self.controls_passed:
            parts.append(f"broken controls pass: {_named(self.controls_passed)}")
        if self.controls_not_run:
            parts.append(f"{self.controls_not_run} broken controls could not be run")
        if self.unexplained_sentinels:
            listed = (f"{one.task_id} ({one.name})" for one in self.unexplained_sentinels)
            parts.append(f"answers that are wrong for every problem pass: {_named(listed)}")
        if self._nothing_was_run and not self.not_run:
            parts.append("no reference or broken control could be run: what they need is absent")
        raise ReferenceGateError(f"{self.benchmark}: {'; '.join(parts)}. {self.remedy}")

    @property
    def remedy(self) -> str:
        """What a user can do about a gate that failed."""
        failed = dict.fromkeys(
            (
                *(failure.task_id for failure in (*self.references_failed, *self.not_run)),
                *self.controls_passed,
                *(passed.task_id for passed in self.unexplained_sentinels),
            )
        )
        ids = " ".join(failed) if 0 < len(failed) <= _IDS_NAMED else "ID ..."
        return (
            "Fix the toolchain (`codem-ray doctor`); or, if the reference or the tests are wrong, "
            f"exclude the problem from every score: `evaluate --quarantine {ids}` for a file of "
            "completions, BenchmarkSpec.quarantine (docs/how-to/add-benchmark.md) for sweeps"
        )


_ADAPTER = TypeAdapter(GateReport)


def gate_key(
    problems: Sequence[Problem], toolchain_digest: str, *, sandbox: str = "bubblewrap"
) -> str:
    """Return a hash of everything that a gate report depends on, as 16 hex digits."""
    parts = [
        str(_FORMAT_VERSION),
        toolchain_digest,
        # Another harness may count checks differently, another extraction make other answers.
        code_digest("extraction"),
        sandbox,
        benchmark_digest(problems),
        *(repr((p.task_id, p.reference, p.broken, p.quarantine, p.entry_point)) for p in problems),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def read_gate(key: str, folder: Path | None = None) -> GateReport | None:
    """Return the report kept under a key. None if absent, damaged or of another version."""
    try:
        return GateReport.from_json(json.loads(_cache_path(key, folder).read_text()))
    except (OSError, ValueError, AttributeError):
        # A cache that cannot be read costs another run of the gate, no more.
        return None


def write_gate(key: str, report: GateReport, folder: Path | None = None) -> None:
    """Keep the report of a gate that passed.

    Raises:
        ReferenceGateError: the gate failed.
    """
    report.raise_if_failed()
    with replacing(_cache_path(key, folder)) as temporary:
        temporary.write_text(json.dumps(report.to_json(), indent=1, sort_keys=True))


def _cache_path(key: str, folder: Path | None) -> Path:
    return (folder or user_cache_path("codem_ray") / "gate") / f"{key}.json"


def _described(failures: Iterable[Failure], max_length: int) -> Iterable[str]:
    for failure in failures:
        first_line = failure.message.strip().partition("\n")[0]
        yield f"{failure.task_id} ({failure.outcome}: {first_line[:max_length]})"


def _named(items: Iterable[str]) -> str:
    listed = list(items)
    more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
    return ", ".join(listed[:20]) + more
