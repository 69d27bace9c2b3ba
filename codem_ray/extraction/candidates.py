"""Reads a completion as programs, in all ways that it may be meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from textwrap import dedent

from codem_ray.extraction.continuation import block_ends, continue_prompt, end_with
from codem_ray.extraction.needed import needed_statements
from codem_ray.extraction.prose import cut_to_code, is_idle, is_only_prose, without_prose
from codem_ray.languages.function_bodies import is_stub
from codem_ray.languages.markdown_fences import (
    Block,
    blocks_after_first_fence,
    fenced_blocks,
    text_before_fences,
    text_between_fences,
)
from codem_ray.languages.source_code import (
    Definition,
    ParsedSource,
    defined_names,
    rules_of,
    source_of,
)
from codem_ray.languages.syntax_trees import is_comment
from codem_ray.records import Problem, PromptStyle

MAX_BLOCKS = 40
"""Largest number of fenced blocks that are read."""

MAX_ENDS = 6
"""Largest number of block ends that are tried if a text does not parse as a whole."""


@dataclass(frozen=True)
class Candidate:
    """One reading of a completion: a program."""

    problem: Problem
    code: str
    is_foreign: bool = False
    """Whether its fence has the tag of another language."""
    is_continuation: bool = False
    """Whether it is the prompt with a body from the completion."""
    added_braces: int = 0

    @cached_property
    def source(self) -> ParsedSource:
        """The code with its syntax tree."""
        return source_of(self.code, self.problem.language)

    @cached_property
    def entry(self) -> Definition | None:
        """The definition of the entry point, if it has a body."""
        return entry_of(self.problem, self.source)

    @property
    def is_complete(self) -> bool:
        """Whether it defines what the problem asks for."""
        if self.problem.entry_point is None:
            return bool(self.source.definitions)
        if self.is_continuation and self.entry is not None:
            # A body belongs to the definition that the prompt begins.
            return self.entry.node.start_byte < len(self.problem.prompt.encode())
        return self.entry is not None

    @property
    def flaws(self) -> int:
        """Number of bytes in syntax errors, and of braces that had to be added."""
        return self.source.error_bytes + self.added_braces


def entry_of(problem: Problem, source: ParsedSource) -> Definition | None:
    """Return the first definition of the entry point that has a body, or None."""
    found = entries_of(problem, source)
    return next((entry for entry in found if not is_stub(source, entry.node)), None)


def entries_of(problem: Problem, source: ParsedSource) -> list[Definition]:
    """Return the definitions of the entry point.

    Code with a `return` outside of functions is a body, not a program, and defines nothing.
    """
    if any(node.type == "return_statement" for node in source.statements):
        return []
    rules, name = source.rules, problem.entry_point
    return [d for d in source.definitions if d.name == name and d.node.type not in rules.imports]


def is_only_a_stub(problem: Problem, code: str) -> bool:
    """Return whether code defines the entry point, but with an empty body only."""
    source = source_of(code, problem.language)
    entries = entries_of(problem, source)
    return bool(entries) and all(is_stub(source, entry.node) for entry in entries)


def candidates(problem: Problem, text: str, style: PromptStyle) -> Iterator[Candidate]:
    """Yield the readings of a completion: first the likeliest, then in the order of the text.

    - text up to the first fence, or all of it, as a continuation of the prompt or as a program;
    - each fenced block as a program, with what it needs from the others of its tag;
    - all between the first and the last fence as a program;
    - each fenced block as a continuation of the prompt;
    - all of the text as a program.
    """
    lead = text_before_fences(text)
    blocks = fenced_blocks(text)[:MAX_BLOCKS] + blocks_after_first_fence(text)[:MAX_BLOCKS]
    foreign = [block.languages != () and not block.is_of(problem.language) for block in blocks]
    if style is PromptStyle.COMPLETION:
        yield from _continuations(problem, lead)
    yield from _plain_programs(problem, lead)
    for block, is_foreign in zip(blocks, foreign, strict=True):
        yield from _marked(_programs(problem, block, blocks), is_foreign)
    if len(blocks) > 1:
        # A fence may be the text of a comment or a string, like a usage example.
        yield Candidate(problem, text_between_fences(text))
    if style is PromptStyle.INSTRUCTION:
        yield from _continuations(problem, lead)
    for block, is_foreign in zip(blocks, foreign, strict=True):
        yield from _marked(_continuations(problem, block.text), is_foreign)
    if blocks:
        # The fences may be inside of a comment.
        yield from _marked(_plain_programs(problem, text), True)


def _marked(readings: Iterator[Candidate], is_foreign: bool) -> Iterator[Candidate]:
    return (replace(one, is_foreign=True) for one in readings) if is_foreign else readings


def _plain_programs(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield the program in text without fences, without the sentences around it.

    Something that no tree accepts may follow, such as a truncated line; then the program may also
    end with the entry point.
    """
    typed = _transcript_input(problem, text)
    # A whole program may be an indented block of Markdown.
    code = dedent(without_prose(text, problem.language)) if typed is None else typed
    found = Candidate(problem, code)
    if found.entry is not None and typed is None:
        code = dedent(cut_to_code(found.source, found.entry.node)).strip("\n") + "\n"
        found = Candidate(problem, code)
    yield found
    if found.entry is not None and found.flaws:
        yield Candidate(problem, end_with(found.source, found.entry.node))
    elif found.flaws:
        for end in reversed(list(islice(block_ends(found.source), MAX_ENDS))):
            yield Candidate(problem, found.source.slice(0, end) + "\n")


def _programs(problem: Problem, block: Block, blocks: list[Block]) -> Iterator[Candidate]:
    """Yield the program in a fenced block."""
    if not block.is_closed:
        yield from _plain_programs(problem, block.text)
        return
    code = _transcript_input(problem, block.text) or block.text.strip("\n") + "\n"
    found = Candidate(problem, code)
    if found.entry is not None:
        found = Candidate(problem, _with_other_blocks(found.source, problem, block, blocks))
    yield found
    if found.entry is not None and found.flaws:
        # A line that is no code, such as a notebook's `!pip install`.
        yield from _plain_programs(problem, found.code)


def _with_other_blocks(
    program: ParsedSource, problem: Problem, chosen: Block, blocks: list[Block]
) -> str:
    """Return the code of a block with the definitions that it needs from blocks of its tag."""
    others = [
        source
        for block in blocks
        if block.languages == chosen.languages and block is not chosen and block.is_closed
        for source in [source_of(block.text, problem.language)]
        if entry_of(problem, source) is None
    ]
    given = defined_names(problem.prompt, problem.language)
    found = needed_statements(program, others, without=given, only_reusable=True)
    heads = [s.end_byte for s in program.statements if s.type == "future_import_statement"]
    cut = heads[-1] + 1 if heads else 0
    joined = "".join(f"{statement}\n\n" for statement in found)
    return program.slice(0, cut) + joined + program.slice(cut, len(program.code))


def _continuations(problem: Problem, text: str) -> Iterator[Candidate]:
    """Yield the prompt with a text as the rest of its function."""
    wanted, start = problem.prompt.strip(), text.lstrip()
    if wanted and start.startswith(wanted):
        # The prompt is repeated.
        text = start[len(wanted) :]
    elif is_only_prose(text, problem.language) or _transcript_input(problem, text) is not None:
        return
    source = source_of(text, problem.language)
    is_idle_text = all(is_idle(source, node) for node in source.statements)
    if is_idle_text or _is_program(source):
        return
    own = entries_of(problem, source)
    code = continue_prompt(problem, text, entry_at=own[0].node.start_byte if own else None)
    if code is not None:
        braces = code.count("}") - (problem.prompt + text).count("}")
        yield Candidate(problem, code, is_continuation=True, added_braces=max(0, braces))


def _is_program(source: ParsedSource) -> bool:
    """Return whether a text consists of imports, functions and classes."""
    nodes = [n for n in source.statements if n.is_named and not is_comment(n)]
    return not source.error_bytes and all(
        node.type in source.rules.imports or source.body_of_function(node) is not None
        for node in nodes
    )


def _transcript_input(problem: Problem, text: str) -> str | None:
    """Return the input of an interactive session, or None if the text is not one."""
    pattern = rules_of(problem.language).transcript
    if pattern is None or not text.lstrip().startswith(">>>"):
        return None
    return "".join(f"{line['code'] or ''}\n" for line in pattern.finditer(text))
