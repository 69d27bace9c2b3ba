"""Extracts the answer, a complete source unit, from a completion."""

from __future__ import annotations

from collections.abc import Iterable

from codem_ray.extraction.candidates import Candidate, candidates, entry_of, is_only_a_stub
from codem_ray.extraction.chat_markup import strip_chat_markup
from codem_ray.extraction.html_page import page_of
from codem_ray.extraction.prose import is_only_prose
from codem_ray.extraction.supplied_context import add_supplied_context
from codem_ray.extraction.tidying import tidy
from codem_ray.languages import language
from codem_ray.languages.markdown_fences import Block, fenced_blocks, text_before_fences
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
    is_page = language(problem.language).group == "markup"
    text = strip_chat_markup(completion, options.reasoning_tags, is_page=is_page)
    if options.choice is not AnswerChoice.BEST:
        text = _block(text, options.choice)
    if is_page:
        return page_of(problem, text, style)
    if not has_rules(problem.language):
        return _without_tree(problem, text, style)
    chosen = _best(candidates(problem, text, style))
    code = chosen.code if chosen is not None else _fallback(problem, text, style)
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


def _fallback(problem: Problem, text: str, style: PromptStyle) -> str | None:
    """Return code that does not define the entry point, or None if there is only prose."""
    lead, blocks = text_before_fences(text), fenced_blocks(text)
    own = [b for b in blocks if b.is_of(problem.language)]
    for block in (*own, *blocks):
        code = block.text.strip()
        if code and not code.startswith(">>>") and not is_only_prose(code, problem.language):
            return block.text.strip("\n") + "\n"
    if is_only_prose(lead, problem.language) or lead.lstrip().startswith(">>>"):
        return None
    return problem.prompt + lead if style is PromptStyle.COMPLETION else lead


def _block(text: str, choice: AnswerChoice) -> str:
    blocks = fenced_blocks(text)
    if not blocks:
        return text
    return blocks[0 if choice is AnswerChoice.FIRST else -1].text


def _without_tree(problem: Problem, text: str, style: PromptStyle) -> str | None:
    """Return the first block of the language's tag, the first block, or the whole text."""
    lead, blocks = text_before_fences(text), fenced_blocks(text)
    own = [b for b in blocks if b.is_of(problem.language)]
    chosen: Block | None = next(iter([*own, *blocks]), None)
    if lead.strip() and style is PromptStyle.COMPLETION and not own:
        chosen = None
    code = chosen.text if chosen is not None else lead
    if is_only_prose(code, problem.language):
        return None
    is_program = problem.entry_point and chosen is not None and problem.entry_point in code
    if style is PromptStyle.COMPLETION and not is_program:
        for stop in problem.stop:
            code = code.partition(stop)[0]
        return problem.prompt + code
    return code.strip("\n") + "\n"
