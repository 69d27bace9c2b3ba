"""`LanguageSpec`: the description of a programming language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from codem_ray.languages.sentinels import Sentinels
from codem_ray.records import Limits, Problem

COMPILE_LIMITS = Limits(
    cpu_seconds=60.0,
    wall_seconds=240.0,
    memory_bytes=2 << 30,
    processes=256,
    file_bytes=512 << 20,
    output_bytes=4 << 20,
)
"""Limits of one call of a compiler, for a batch of any size."""


class ProcessLayout(StrEnum):
    """The processes in which tests and answer run."""

    ALONE = "alone"
    """One process holds tests and answer. It proves with a secret that it ran all tests."""
    PAIR = "pair"
    """A judge process holds the tests, another process the answer; only data crosses."""
    PAGES = "pages"
    """The answer is data. One judge process examines many answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """A command line to run in a sandbox, whose working folder is /work."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    readable: tuple[Path, ...] = ()
    """Host paths that the command reads, apart from the system's own folders."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files to write below the working folder beforehand, by path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One answer to judge, with its problem."""

    name: str
    """Unique in the batch; also the name of its folder."""
    problem: Problem
    answer: str


@dataclass(frozen=True, slots=True)
class Program:
    """A unit with its assembled source files, ready to be compiled or run."""

    unit: Unit
    files: Mapping[str, str]
    """The source files from `assemble`, by path in the unit's folder."""

    @property
    def name(self) -> str:
        """Name of the unit, which is also its folder in the batch."""
        return self.unit.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """How programs are compiled, in batches."""

    batch_size: int
    command: Callable[[Sequence[Program], Path, Path | None], Invocation]
    """Map (programs, harness folder, cache folder) to the compiler's call. It runs in the folder
    that holds one folder per program."""
    shared_files: Callable[[Path], Mapping[str, str]] = lambda harness: {}
    """Map the harness folder to the files to write beside the programs' folders."""
    writes_own_sources: bool = False
    """Whether `files` of the call holds all sources, so that the assembled ones are not written."""
    is_built: Callable[[Path, str], bool]
    """Return whether the call built a program, from (batch folder, program name)."""
    collect: Callable[[Path, str], Path]
    """Map (batch folder, name of a built program) to the folder to run it in."""
    is_independent: bool = False
    """Whether programs that a call built are valid although it failed on others."""
    is_sequential: bool = False
    """Whether programs are compiled one after another. Before each, the call writes a line to
    standard error: the program's name, "/: " and a word that is the same throughout the call."""
    warm_up: Callable[[Path, Path], Path] | None = None
    """Map (folder of all caches, harness folder) to the filled cache of this compiler. None if the
    compiler needs no cache."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """Answers to one small problem with known outcomes, for the self-check of a language."""

    tests: str
    passes: str
    fails: str
    loops: str
    exits: str
    """Ends its process with status 0 before the tests are done."""
    does_not_compile: str | None
    """None if every text is a valid program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """The packages that provide a toolchain, by package manager."""

    debian: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    debian_browser: tuple[str, ...] = ()
    """Packages of the browser, which is optional."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """How to judge pages whose tests need a layout: styles, sizes, positions.

    The options of such a problem contain `"needs": "browser"`.
    """

    tool: str
    """Name of the browser's tool. These problems are not run if it is not installed."""
    judge: Callable[[Path], Invocation]
    """Map the harness folder to the call of the process that holds the tests."""
    run: Callable[[], Invocation]
    """Return the call of the browser, which runs in a separate sandbox."""
    limits: Limits
    """Limits of the browser for one page."""


PLACEHOLDER = re.compile(
    r"pass|\.\.\.|;|return\s*;?|return\s+NotImplemented|raise\s+NotImplementedError.*"
    r"|throw\s+new\s+\w*(?:NotImplemented|UnsupportedOperation)\w*.*"
    r"|(?:raise|throw|panic|abort)\b.*(?:implement|todo|your code).*|(?:todo|unimplemented)\b.*",
    re.IGNORECASE | re.DOTALL,
)
"""A statement that stands for a body that is still to be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SyntaxRules:
    """What the extraction of answers needs to know of a grammar: types of nodes, and names."""

    definitions: frozenset[str]
    """Nodes that bind names, found by the fields `alias`, `declarator`, `name` and `left`."""
    scopes: frozenset[str]
    """Nodes whose definitions belong to the scope around them: decorators, exports, branches."""
    functions: frozenset[str]
    """Functions and classes: their bodies run only when called."""
    imports: frozenset[str]
    headers: frozenset[str] = frozenset()
    """Imports of names that they do not state, so that no use of them can be seen."""
    strings: frozenset[str]
    """Literals whose text is no code."""
    effects: frozenset[str] = frozenset()
    """Expressions that have an effect as statements. Any other may be prose."""
    exports: re.Pattern[str] | None = None
    """Matches what a module assigns a function to in order to export it; group 1 is its name."""
    is_indented: bool = False
    """Whether blocks are marked by indentation."""
    block_end: str = "}"
    """Text that completes the line that opens a block."""
    placeholder: re.Pattern[str] = PLACEHOLDER
    """Matches a statement that stands for a missing body."""
    demonstrations: re.Pattern[str] | None = None
    """Matches executed code that shows an answer's use: input, output, assertions. None if the
    language executes only functions."""
    tests: re.Pattern[str] | None = None
    """Matches the model's own tests, and statements that only they need."""
    bodies: frozenset[str] = frozenset()
    """Bodies of the class that a prompt opens around its entry point."""
    dropped: frozenset[str] = frozenset()
    """Statements that are removed from every answer, such as a package clause."""
    main: str | None = None
    """Name of the function with which a program starts; the tests bring their own."""
    predefined: frozenset[str] = frozenset()
    """Names that are defined in every program."""
    transcript: re.Pattern[str] | None = None
    """Matches an input line of an interactive session; the group `code` is what was typed."""
    tidy: str | None = None
    """`module:function` that maps (program, entry point) to the form that `assemble` expects."""
    add_context: str | None = None
    """`module:function` that maps (program, context, helpers of the benchmark) to the program with
    what it needs of them. None: all lines of the context that the program lacks are added."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageSpec:
    """Description of one language.

    Its functions only return files and command lines: `assemble` turns an answer and its problem's
    tests into source files, `build` compiles many programs in one call, and `run` starts the
    program, or the judge if tests and answer run in two processes. `codem_ray.execution` writes the
    files and runs the commands in a sandbox.
    """

    # Names
    name: str
    title: str
    """The name in prose, like "C++"."""
    aliases: tuple[str, ...] = ()
    related: Mapping[str, str] = field(default_factory=dict)
    """Languages expected to help this one more than others do, each with the reason. The report
    compares these pairs with all others. Stated in one of the two languages."""

    # Toolchain
    tools: tuple[str, ...]
    """Tools that `toolchain.find_tool` finds."""
    installation: Installation
    version_commands: tuple[tuple[str, ...], ...]
    """Commands that print versions, each a tool and its arguments."""

    # From answer to outcome
    process_layout: ProcessLayout
    assemble: Callable[[Unit], Mapping[str, str]]
    """Return the files of one program, by path in its folder. The docstring states the form of
    `Problem.tests`."""
    build: Build | None = None
    """None if programs are not compiled."""
    run: Callable[[Unit, Path], Invocation]
    """Map (unit, harness folder) to the call of the program, or of the judge in a pair or of
    pages."""
    run_answer: Callable[[Unit, Path], Invocation] | None = None
    """The answer's process in a pair. It runs in the unit's folder `answer/`, the judge in
    `judge/`."""
    is_judge_resident: bool = False
    """Whether the judge of a pair handles many answers, as in `codem_ray.sandbox.resident`. It then
    runs in the folder of all units."""
    browser: Browser | None = None
    limits: Limits = field(default_factory=Limits)
    samples: Samples
    sentinels: Sentinels | None = None
    """Wrong answers for the reference gate. None: the gate has no sentinels for this language."""

    # Source text
    extension: str
    """Extension of a source file, with its dot."""
    fence_tags: tuple[str, ...]
    """Info strings of a Markdown code fence, the usual one first."""
    labels: tuple[str, ...] = ()
    """Other spellings in label fields, fences and file suffixes; versions are recognised anyway."""
    line_comment: str | None
    """None if the language has block comments only."""
    block_comment: tuple[str, str] | None
    stop: tuple[str, ...] = ()
    """Strings that end an answer in completion style."""
    grammar: str | None = None
    """`module:function` of the tree-sitter grammar. Without it, `signs` recognise the language."""
    syntax: SyntaxRules | None = None
    """Rules for the grammar's trees. Without them, an answer is a fence or the whole text."""
    snippet_frame: tuple[str, str] | None = None
    """Text before and after statements, for a grammar that accepts them only in a function."""
    signs: re.Pattern[str] | None = None
    """Matches code of this language that has no label."""
    superset_of: str | None = None
    """A language whose programs are nearly all valid in this language too."""

    @property
    def sample_problem(self) -> Problem:
        """The problem that the samples answer."""
        return Problem(
            benchmark="samples",
            task_id=self.name,
            language=self.name,
            prompt="",
            instruction="",
            tests=self.samples.tests,
        )

    @property
    def comment_prefix(self) -> str:
        """The string that begins a comment."""
        if self.line_comment is not None:
            return self.line_comment
        return self.block_comment[0] if self.block_comment else ""
