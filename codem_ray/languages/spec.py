"""What the system knows of a language, as one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from codem_ray.records import Limits, Problem

COMPILE_LIMITS = Limits(
    cpu_seconds=60.0,
    wall_seconds=240.0,
    memory_bytes=2 << 30,
    processes=256,
    file_bytes=512 << 20,
    output_bytes=4 << 20,
)
"""What a compiler may use, whatever the batch."""


class ProcessLayout(StrEnum):
    """How a program is run."""

    ALONE = "alone"
    """One process holds tests and answer, and proves that it came to its end."""
    PAIR = "pair"
    """The tests run in a judge process, the answer in another."""
    PAGES = "pages"
    """The answer is data: one judge process looks at many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """A command line of a toolchain, as seen inside a sandbox."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    readable: tuple[Path, ...] = ()
    """Host paths outside the system's own folders that it needs to read."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What is to be written in its folder before, by path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One answer on its way to a verdict: `name` is its folder in the batch."""

    name: str
    problem: Problem
    answer: str


@dataclass(frozen=True, slots=True)
class Program:
    """A unit with its assembled source files, ready to be compiled or run."""

    unit: Unit
    files: Mapping[str, str]
    """What the language's `assemble` returned, by path in the unit's folder."""

    @property
    def name(self) -> str:
        """Name of the unit, which is also its folder in the batch."""
        return self.unit.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """How programs are compiled, many in one call where the compiler allows it."""

    batch_size: int
    command: Callable[[Sequence[Program], Path, Path | None], Invocation]
    """Map (programs, harness folder, cache folder) to the compiler's call. It runs in the folder
    that holds one folder per program."""
    shared_files: Callable[[Path], Mapping[str, str]] = lambda harness: {}
    """Map the harness folder to the files that stand beside the programs' folders."""
    has_own_sources: bool = False
    """Whether the call's `files` hold the sources, and `assemble`'s are not to be written."""
    is_built: Callable[[Path, str], bool]
    """(batch folder, unit name): whether the call made that program."""
    collect: Callable[[Path, str], Path]
    """(batch folder, unit name) to the folder to run in, once the unit is built."""
    is_independent: bool = False
    """Whether what a call made is sound although it failed on other units."""
    is_in_order: bool = False
    """Whether the units are compiled one after the other, each after a line of its name, "/: " and
    a word of this call on standard error."""
    warm_up: Callable[[Path, Path], Path] | None = None
    """(folder for caches, harness folder) to the compiler's filled cache; None: it keeps none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples:
    """One small problem with answers whose outcomes are known."""

    tests: str
    passes: str
    fails: str
    loops: str
    exits: str
    """Ends its process with status 0 before the tests are done."""
    does_not_compile: str | None
    """None: every text is a program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Where a toolchain comes from."""

    debian: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    debian_browser: tuple[str, ...] = ()
    """What brings the browser, which is optional."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """What judges the pages whose tests ask what only a browser computes: styles, sizes, places.

    Such a problem says `"needs": "browser"` among its options.
    """

    tool: str
    """Optional: where it is absent those problems are not run."""
    judge: Callable[[Path], Invocation]
    """(harness folder) to the call of the process that holds the tests."""
    run: Callable[[], Invocation]
    """The call of the browser, in a sandbox of its own."""
    limits: Limits
    """Of the browser, for one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageSpec:
    """Everything the system knows of one language."""

    name: str
    title: str
    """As prose writes it: "C++"."""
    aliases: tuple[str, ...] = ()
    fence_tags: tuple[str, ...]
    """Info strings of a Markdown code fence, the usual one first."""
    extension: str
    """Of a source file, with its dot."""
    line_comment: str | None
    """None: the language has block comments only."""
    block_comment: tuple[str, str] | None
    tools: tuple[str, ...]
    """Names that `toolchain.find` knows."""
    installation: Installation
    version_commands: tuple[tuple[str, ...], ...]
    """Each opens with the name of a tool."""
    limits: Limits = field(default_factory=Limits)
    stop: tuple[str, ...] = ()
    """Strings that end a completion-style answer."""
    process_layout: ProcessLayout
    assemble: Callable[[Unit], Mapping[str, str]]
    """The files of one program, by path in its folder. Its docstring says what `tests` must be."""
    build: Build | None = None
    run: Callable[[Unit, Path], Invocation]
    """(unit, harness folder) to the call that runs the program, or the judge of a pair."""
    is_judge_resident: bool = False
    """Whether the judge of a pair stays for many answers, as `codem_ray.sandbox.resident` says; its
    folder is then that of all units."""
    run_answer: Callable[[Unit, Path], Invocation] | None = None
    """The other process of a pair; its folder is `answer/` of the unit, the judge's `judge/`."""
    browser: Browser | None = None
    samples: Samples
    group: str = ""
    """A family of similar languages; empty: none."""
    grammar: str | None = None
    """`module:function` of the tree-sitter grammar that parses it; None: it is told by `signs`."""
    snippet_frame: tuple[str, str] | None = None
    """What goes around statements to make them a program for a grammar that takes none alone."""
    signs: re.Pattern[str] | None = None
    """What gives its code away where nothing names the language."""
    superset_of: str | None = None
    """A language nearly all of whose programs are programs of this one too."""

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
        """What opens a comment."""
        if self.line_comment is not None:
            return self.line_comment
        return self.block_comment[0] if self.block_comment else ""
