"""Frozen values that cross processes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """The verdict on one answer."""

    PASSED = "passed"
    WRONG_ANSWER = "wrong_answer"
    RUNTIME_ERROR = "runtime_error"
    COMPILE_ERROR = "compile_error"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    NO_ANSWER = "no_answer"
    """Nothing could be extracted from the completion."""
    NOT_RUN = "not_run"
    """What the problem needs is absent here (a browser, say)."""
    INFRASTRUCTURE_ERROR = "infrastructure_error"
    """We could not find out; never a failure of the model."""


class PromptStyle(StrEnum):
    """How a problem is asked."""

    COMPLETION = "completion"
    """The signature is continued."""
    INSTRUCTION = "instruction"
    """The tuning template around a request in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one program may use. A backend that cannot enforce a field refuses; it never ignores."""

    cpu_seconds: float = 10.0
    """CPU time over all threads of the program, compilation excluded."""
    wall_seconds: float = 60.0
    """Loose: a program past it is tried again alone before it counts as a timeout."""
    memory_bytes: int = 1 << 30
    """Resident memory of the whole process tree."""
    processes: int = 128
    """Processes and threads at one time."""
    file_bytes: int = 64 << 20
    """Size of any one file written, and of the private tmpfs."""
    output_bytes: int = 1 << 20
    """Standard output and standard error together; more is an output_limit."""


EXPLANATION = "{{explanation}}"
"""Stands in a problem's prompt and instruction where the model's own explanation goes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What a model is asked first, to write the answer from what it said."""

    question: str
    max_characters: int
    """The rest of what it says is cut off."""
    hidden: str
    """Code whose lines are taken out of what it says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A benchmark item, normalised so that a language can assemble a test program from it."""

    benchmark: str
    task_id: str
    language: str
    """Name of the target language."""
    prompt: str
    """What a completion continues: context, docstring, signature. `prompt + reference` is whole."""
    instruction: str
    """The request in words; the tuning template goes around it."""
    tests: str
    """The tests, in the form that the language's `assemble` documents."""
    reference: str | None = None
    """The text that follows `prompt` in a correct answer."""
    broken: tuple[str, ...] = ()
    """Texts that follow `prompt` and must fail: controls of the reference gate."""
    context: str = ""
    """Imports and helpers that the benchmark supplies to an answer that lacks them."""
    entry_point: str | None = None
    group: str = ""
    """Problems that share a group are resampled together; empty: its own group."""
    common_id: str = ""
    """What the same problem is called in every language, `HumanEval/7`; empty: it has no like."""
    quarantine: str | None = None
    """Why this problem stands in no denominator; None: it counts."""
    licence: str = ""
    stop: tuple[str, ...] = ()
    """Strings that end a completion-style answer, added to the language's own."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Toolchain options that the benchmark pins (TypeScript `lib`, C++ `-lcrypto`)."""
    explanation: Explanation | None = None
    """Asked first, where there is one."""

    def digest(self) -> str:
        """Return a hash of all that an outcome depends on, as 16 hex digits."""
        parts = (
            self.language,
            self.prompt,
            self.instruction,
            self.tests,
            self.context,
            repr(sorted(self.options.items())),
            *((repr(self.explanation),) if self.explanation is not None else ()),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One answer to judge against its problem."""

    problem: Problem
    answer: str | None
    """Complete source unit without tests or main (a page for HTML); None: nothing was extracted."""
    sample: int = 0
    is_proof: bool = False
    """It proves the machine, as the reference gate's do: no cached verdict may stand in for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """The raw facts of one sandboxed process tree."""

    exit_code: int | None
    """None when it was ended by a signal."""
    signal: int | None
    stdout: bytes
    stderr: bytes
    report: bytes
    """What the program wrote to the report descriptor; at most 64 KiB."""
    cpu_seconds: float
    wall_seconds: float
    peak_memory_bytes: int
    is_timed_out: bool = False
    is_wall_timeout: bool = False
    """The wall limit, not the CPU limit, ended it."""
    is_out_of_memory: bool = False
    is_output_exceeded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The outcome of one job, with what a person needs to understand it."""

    outcome: Outcome
    message: str = ""
    """First lines of what explains it, cut to 2,000 characters."""
    compile_cpu_seconds: float = 0.0
    """A batch's compile time is shared out evenly."""
    run_cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_memory_bytes: int = 0
    checks_done: int = 0
    is_wall_timeout: bool = False
    """A timeout for which the clock on the wall stands, not CPU time: on another day it may end."""
    is_cached: bool = False
    """Found before for an equal program; the times are those of that run."""

    @property
    def is_settled(self) -> bool:
        """Whether another run of the same program would come to the same."""
        unknown = (Outcome.INFRASTRUCTURE_ERROR, Outcome.NOT_RUN)
        return self.outcome not in unknown and not self.is_wall_timeout


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemResult:
    """One row of `results/`: a problem, a sample, an outcome."""

    trial_id: str
    source: str
    seed: int
    target: str
    benchmark: str
    benchmark_digest: str
    prompt_style: PromptStyle
    task_id: str
    group: str
    sample: int
    outcome: Outcome
    is_quarantined: bool
    message: str
    completion_digest: str
    answer_digest: str
    prompt_tokens: int
    completion_tokens: int
    is_truncated: bool
    """The completion met the token limit."""
    compile_cpu_seconds: float
    run_cpu_seconds: float
    wall_seconds: float
    peak_memory_bytes: int
    is_limited: bool
    """Made with --limit: not the whole benchmark."""
    is_cached: bool = False
    """Found before for an equal program; the times are those of that run."""
    common_id: str = ""
    """What the same problem is called in every language; empty: it has no like."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What a model wrote for one problem and sample."""

    task_id: str
    sample: int
    text: str
    prompt_tokens: int
    completion_tokens: int
    is_truncated: bool
    explanation: str = ""
    """What it said first, where the problem asks for an explanation; its tokens are counted."""
