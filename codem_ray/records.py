"""Frozen values that are passed between processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

Progress = Callable[[int], None]
"""Called with the number of items finished since the last call."""


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
    """No code could be extracted from the completion."""
    NOT_RUN = "not_run"
    """A tool that the problem needs, such as a browser, is absent."""
    INFRASTRUCTURE_ERROR = "infrastructure_error"
    """The system failed, not the model: the outcome is unknown."""


class PromptStyle(StrEnum):
    """How a problem is presented to a model."""

    COMPLETION = "completion"
    """The model continues the signature."""
    INSTRUCTION = "instruction"
    """The model gets a request in words, inside the tuning template."""


class Metric(StrEnum):
    """What a cell of the transfer matrix measures."""

    PASS_AT_K = "pass_at_k"
    """Share of problems that one of k answers solves."""
    LOSS = "loss"
    """Mean negative log-likelihood of reference answers, in nats per target token."""

    @property
    def sign(self) -> int:
        """1 if higher values are better, else -1. A gain is `sign * (model - base)`."""
        return -1 if self is Metric.LOSS else 1

    @property
    def largest_gain(self) -> float:
        """Upper limit of the size of a gain."""
        return inf if self is Metric.LOSS else 1.0


class AnswerChoice(StrEnum):
    """Which code of a completion is the answer."""

    BEST = "best"
    """The first code that defines what the problem asks for, with the fewest syntax errors."""
    FIRST = "first"
    """The first fenced block, else the whole text."""
    LAST = "last"
    """The last fenced block, else the whole text."""
    RAW = "raw"
    """The completion as it is; a body, in completion style, after the prompt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionOptions:
    """How answers are taken out of completions, where it differs from the default."""

    choice: AnswerChoice = AnswerChoice.BEST
    reasoning_tags: tuple[tuple[str, str], ...] = ()
    """Marks around reasoning, opening and closing, in addition to the known ones."""

    @property
    def label(self) -> str:
        """The rule and the added marks in one text, for rows and messages."""
        return " ".join((self.choice, *map(",".join, self.reasoning_tags)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Resource limits of one program. A backend that cannot enforce a field refuses it."""

    cpu_seconds: float = 10.0
    """CPU time over all threads of the program, compilation excluded."""
    wall_seconds: float = 60.0
    """Loose: a program that exceeds it runs again alone before it counts as a timeout."""
    memory_bytes: int = 1 << 30
    """Resident memory of the whole process tree."""
    processes: int = 128
    """Processes and threads that exist at one time."""
    file_bytes: int = 64 << 20
    """Size of each file written, and of the private tmpfs."""
    output_bytes: int = 1 << 20
    """Standard output and standard error together; more gives output_limit."""


EXPLANATION = "{{explanation}}"
"""Placeholder in a prompt or instruction for the model's own explanation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A first question whose reply becomes part of the prompt for the answer."""

    question: str
    max_characters: int
    """The reply is cut off at this length."""
    hidden: str
    """Code whose lines are removed from the reply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A benchmark item in the form from which a language assembles a test program."""

    benchmark: str
    task_id: str
    language: str
    """Name of the target language."""
    prompt: str
    """Text that a completion continues. `prompt + reference` is a complete answer."""
    instruction: str
    """The request in words, without the tuning template."""
    tests: str
    """The tests, in the form documented by the language's `assemble`."""
    reference: str | None = None
    """The text that follows `prompt` in a correct answer; None: unknown."""
    broken: tuple[str, ...] = ()
    """Wrong texts to follow `prompt`: the reference gate checks that they fail."""
    context: str = ""
    """Imports and helpers that the benchmark adds to an answer without them."""
    entry_point: str | None = None
    group: str = ""
    """Problems of one group are resampled together. An empty name makes a group of this problem."""
    common_id: str = ""
    """Id of this problem in every language, such as `HumanEval/7`; empty: none."""
    quarantine: str | None = None
    """Why this problem is excluded from scores; None: it counts."""
    licence: str = ""
    stop: tuple[str, ...] = ()
    """Strings that end a completion, in addition to the language's own."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Toolchain options that the benchmark fixes (TypeScript `lib`, C++ `-lcrypto`)."""
    explanation: Explanation | None = None
    """A question to ask first; None: the problem is asked directly."""

    def digest(self) -> str:
        """Return a hash of everything that an outcome depends on, as 16 hex digits."""
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
    """Source without tests or main, or an HTML page; None: nothing was extracted."""
    sample: int = 0
    is_proof: bool = False
    """Part of the reference gate: it must run, and no cached verdict may replace it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """The raw facts of one sandboxed process tree."""

    exit_code: int | None
    """None if a signal ended the program."""
    signal: int | None
    stdout: bytes
    stderr: bytes
    report: bytes
    """Data that the program wrote to the report descriptor; at most 64 KiB."""
    cpu_seconds: float
    wall_seconds: float
    peak_memory_bytes: int
    is_timed_out: bool = False
    is_wall_timeout: bool = False
    """The wall limit ended it, not the CPU limit."""
    is_out_of_memory: bool = False
    is_output_exceeded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The outcome of one job, with its explanation and costs."""

    outcome: Outcome
    message: str = ""
    """First lines of the explanation; at most 2,000 characters."""
    compile_cpu_seconds: float = 0.0
    """The compile time of a batch is divided evenly among its programs."""
    run_cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_memory_bytes: int = 0
    checks_done: int = 0
    is_wall_timeout: bool = False
    """The timeout was of wall time, so it may depend on the load of the machine."""
    is_cached: bool = False
    """Taken from an earlier run of an equal program, with that run's times."""

    @property
    def is_settled(self) -> bool:
        """Whether another run of the same program would have the same outcome."""
        unknown = (Outcome.INFRASTRUCTURE_ERROR, Outcome.NOT_RUN)
        return self.outcome not in unknown and not self.is_wall_timeout


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemResult:
    """One row of `results/`: the outcome of one sample of one problem."""

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
    """The completion reached the token limit."""
    compile_cpu_seconds: float
    run_cpu_seconds: float
    wall_seconds: float
    peak_memory_bytes: int
    is_limited: bool
    """Made with --limit, on a part of the benchmark."""
    is_cached: bool = False
    """Taken from an earlier run of an equal program, with that run's times."""
    common_id: str = ""
    """Id of this problem in every language; empty: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceAnswer:
    """A correct answer to an instruction, whose likelihood is measured."""

    task_id: str
    instruction: str
    """The request in words, without the tuning template."""
    given: str
    """Text that the answer continues, such as a signature; it is part of the prompt."""
    answer: str
    group: str = ""
    """Answers of one group are resampled together. An empty name makes a group of this answer."""
    common_id: str = ""
    """Id of this problem in every language; empty: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerScore:
    """The likelihood of one reference answer."""

    task_id: str
    log_likelihoods: tuple[float, ...]
    """Natural logarithm of the probability of each token of the answer, given all earlier ones;
    empty if the answer is left out, because it does not fit into the model's context."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LossResult:
    """One row of `results/`: the loss of a model on one reference answer."""

    trial_id: str
    source: str
    seed: int
    target: str
    benchmark: str
    benchmark_digest: str
    prompt_style: PromptStyle
    task_id: str
    group: str
    loss: float
    """Mean negative log-likelihood of the answer's tokens, in nats; NaN if it is left out."""
    tokens: int
    """Target tokens; 0 if the answer is left out."""
    is_left_out: bool
    """Prompt and answer are longer than the model's context."""
    is_limited: bool
    """Made with --limit, on a part of the benchmark."""
    common_id: str = ""
    """Id of this problem in every language; empty: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """The text that a model wrote for one problem and sample."""

    task_id: str
    sample: int
    text: str
    prompt_tokens: int
    completion_tokens: int
    is_truncated: bool
    explanation: str = ""
    """The model's explanation, where the problem asks for one; its tokens are included."""
