"""Extracts the answer, a complete source unit, from a completion."""

from __future__ import annotations

from collections.abc import Iterable

from codem_ray.extraction.candidates import Candidate, candidates, entry_of, is_only_a_stub
from codem_ray.extraction.chat_markup import strip_chat_markup
from codem_ray.extraction.continuation import cut_at_stops
from codem_ray.extraction.html_page import page_of
from codem_ray.extraction.prose import is_only_prose
from codem_ray.extraction.supplied_context import add_supplied_context
from codem_ray.extraction.tidying import tidy
from codem_ray.languages import PAGES, language
from codem_ray.languages.markdown_fences import fenced_blocks, text_before_fences
from codem_ray.languages.source_code import has_rules, source_of
from codem_ray.records import AnswerChoice, ExtractionOptions, Problem, PromptStyle

DEFAULT = ExtractionOptions()


def extract_answer(
    problem: Problem, completion: str, style: PromptStyle, options: ExtractionOptions = DEFAULT
) -> str | None:
    """Return a complete source unit, or None if nothing in the completion looks like code.

    Among the readings of the completion, those that define the entry point with a body come first,
    then those with the fewest syntax errors, then the first in the text: a first draft counts
    before a later correction. Context that the benchmark supplies is added; a main program, example
    calls and tests are removed. Code in the wrong language also counts as an answer; it fails.
    """
    # A lone surrogate cannot be written to a file.
    completion = completion.encode("utf-8", "replace").decode()
    if options.choice is AnswerChoice.RAW:
        is_body = style is PromptStyle.COMPLETION and not _defines_entry(problem, completion)
        return problem.prompt + completion if is_body else completion
    is_page = problem.language in PAGES
    text = strip_chat_markup(completion, options.reasoning_tags, is_page=is_page)
    if options.choice is not AnswerChoice.BEST:
        text = _block(text, options.choice)
    if is_page:
        return page_of(problem, text, style)
    if not has_rules(problem.language):
        return _by_fences(problem, text, style)
    chosen = _best(candidates(problem, text, style))
    code = chosen.code if chosen is not None else _by_fences(problem, text, style)
    if code is None or (chosen is None and is_only_a_stub(problem, code)):
        return None
    return _finished(problem, code)


def whole_answer(problem: Problem, continuation: str) -> str:
    """Return the answer made of a prompt and the reference or control that follows it."""
    code = problem.prompt + continuation
    return _finished(problem, code) if has_rules(problem.language) else code


def stop_strings(problem: Problem, style: PromptStyle) -> tuple[str, ...]:
    """Return the strings that end generation; the text from the first of them on is cut off.

    An answer to an instruction may begin with prose and a fence, so no part of a program ends it.
    """
    if style is PromptStyle.COMPLETION:
        return tuple(dict.fromkeys((*problem.stop, *language(problem.language).stop, "\n```")))
    return ("\n### Instruction", "\n### Response")


def _defines_entry(problem: Problem, code: str) -> bool:
    if not has_rules(problem.language):
        return False
    return entry_of(problem, source_of(code, problem.language)) is not None


def _finished(problem: Problem, code: str) -> str:
    return add_supplied_context(problem, tidy(problem, code))


def _best(readings: Iterable[Candidate]) -> Candidate | None:
    """Return the best reading that defines the entry point, or None."""
    best: tuple[tuple[bool, int], Candidate] | None = None
    for reading in readings:
        if not reading.is_complete:
            continue
        score = (reading.is_foreign, reading.flaws)
        if score == (False, 0):
            return reading
        if best is None or score < best[0]:
            best = score, reading
    return best[1] if best is not None else None


def _block(text: str, choice: AnswerChoice) -> str:
    blocks = fenced_blocks(text)
    if not blocks:
        return text
    return blocks[0 if choice is AnswerChoice.FIRST else -1].text


def _by_fences(problem: Problem, text: str, style: PromptStyle) -> str | None:
    """Return the text that is code by its fence alone, or None if there is only prose.

    This is the first block of the language's tag, or the first block, or the text before it. That
    text comes first if no tree has shown whether it continues the prompt.
    """
    lead, blocks = text_before_fences(text), fenced_blocks(text)
    own = [f"{block.code}\n" for block in blocks if block.is_of(problem.language)]
    others = [f"{block.code}\n" for block in blocks]
    is_body = style is PromptStyle.COMPLETION
    is_unread = is_body and not has_rules(problem.language)
    texts = [lead, *others] if is_unread and not own else [*own, *others, lead]
    code = next((text for text in texts if _may_be_code(problem, text)), None)
    if code is None:
        return None
    names_entry = problem.entry_point is not None and problem.entry_point in code
    if not is_body or (code != lead and (names_entry or not is_unread)):
        return code
    return problem.prompt + cut_at_stops(problem, code)


def _may_be_code(problem: Problem, text: str) -> bool:
    # The output of an interactive session is no program.
    is_session = text.lstrip().startswith(">>>")
    return bool(text.strip()) and not is_session and not is_only_prose(text, problem.language)
