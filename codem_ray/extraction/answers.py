"""Extracts the answer, a complete source unit, from a completion."""

from __future__ import annotations

import re

from codem_ray.extraction.chat_markup import (
    CODE_LINE,
    FENCE,
    PROSE_IMPORT,
    Block,
    fenced_blocks,
    looks_like_code,
    strip_chat_markup,
)
from codem_ray.extraction.masking import is_indented, mask
from codem_ray.extraction.python_dependencies import (
    add_needed_statements,
    needed_statements,
    transcript_input,
)
from codem_ray.extraction.statements import nesting, split_statements
from codem_ray.extraction.supplied_context import add_supplied_context, defined_name, may_define
from codem_ray.extraction.trimming import find_entry_point, trim
from codem_ray.languages import language
from codem_ray.records import Problem, PromptStyle

# First lines of a program that is not in a fence.
_CODE_STARTS = {
    "python": r"from\s+\S+\s+import\b|import\s+\w|def\s|async\s+def\s|class\s+\w+.*:|@\w|#"
    r"|\"\"\"|'''|[A-Za-z_]\w*(?:\s*:\s*[\w\[\], .]+)?\s*=\s*\S",
    "javascript": r"(?:function|const|let|var|class|async|export|import)\b.*[({=*]|//|/\*"
    r"|[\"']use ",
    "typescript": r"(?:function|const|let|var|class|async|export|import|type|interface|enum"
    r"|declare)\b.*[({=:*]|//|/\*|[\"']use ",
    "c": r"#|//|/\*|(?:typedef|struct|enum|union|static|extern|const|unsigned)\b"
    r"|[A-Za-z_][\w\s*]*\(",
    "cpp": r"#|//|/\*|(?:using|typedef|struct|class|enum|static|template|namespace|const|inline)\b"
    r"|[A-Za-z_][\w:<>,\s*&]*\(",
    "java": r"\s*(?:(?:import|package)\s+\S+;|@\w|//|/\*|(?:public|class|private|protected|static"
    r"|final|abstract|interface|enum|record)\s)",
    "go": r"(?:package|import|func|type|var|const)\s|//|/\*",
}
# For languages of other packages: a line that opens a block, ends in a semicolon or assigns.
_ANY_START = r"[^\n]*[;{(]\s*$|[a-z]+\s+\w+\s*\(|[$@%]?\w+\s*=\s*\S"
# Paragraphs without any tag, before the first tag or after the last.
_PROSE_BEFORE_PAGE = re.compile(r"\A\s*(?:[^<\s][^<\n]*\n)+[ \t]*\n+(?=\s*<)")
_PROSE_AFTER_PAGE = re.compile(r"(?<=>)[ \t]*\n[ \t]*\n[^<]*\Z")
_BRACE = re.compile(r"[{}]")
_WORD = re.compile(r"\w+")
_DEFINITION = re.compile(
    r"^\s*(?:async\s+)?(?:def|class|func|function|public|private|package|#\s*include|import|export)\b",
    re.M,
)


def extract_answer(problem: Problem, completion: str, style: PromptStyle) -> str | None:
    """Return a complete source unit, or None if nothing in the completion looks like code.

    A completion-style text continues the prompt up to the end of the function. A text that holds a
    fence or defines the entry point itself is a whole program, as answers to instructions are.
    Context that the benchmark supplies is added; a main program and example calls are removed.
    Code in the wrong language also counts as an answer; it fails to compile.
    """
    text = strip_chat_markup(completion)
    if problem.language == "html":
        return _page(problem, text, style)
    if style is PromptStyle.COMPLETION:
        code = _continuation(problem, _without_prompt(problem.prompt, text))
    else:
        code = _whole_program(problem, text)
    if code is None:
        return None
    return add_supplied_context(problem, trim(problem, code))


def whole_answer(problem: Problem, continuation: str) -> str:
    """Return the answer made of a prompt and the reference or control that follows it."""
    code = problem.prompt + continuation
    if problem.language == "html":
        return code
    return add_supplied_context(problem, trim(problem, code))


def stop_strings(problem: Problem, style: PromptStyle) -> tuple[str, ...]:
    """Return the strings that end generation; the text from the first of them on is cut off.

    An answer to an instruction may begin with prose and a fence, so no part of a program ends it.
    """
    if style is PromptStyle.COMPLETION:
        return tuple(dict.fromkeys((*problem.stop, *language(problem.language).stop, "\n```")))
    return ("\n### Instruction", "\n### Response")


def _from_fences(problem: Problem, text: str) -> str | None:
    """Return the best fenced block, preferably a block that defines the entry point."""
    found = fenced_blocks(text)
    tagged = [b for b in found if b.tag in language(problem.language).fence_tags]
    for pool in (tagged, found):
        for block in pool:
            if find_entry_point(problem, mask(block.text, problem.language)) is not None:
                return _with_other_blocks(problem, block, pool)
    for block in found:
        if (code := _transcript(problem, block.text)) is not None:
            return code
    return next((b.text for b in [*tagged, *found] if looks_like_code(b.text)), None)


def _with_other_blocks(problem: Problem, chosen: Block, pool: list[Block]) -> str:
    """Return the chosen block with the statements that it needs from blocks of the same tag."""
    if problem.language != "python":
        return chosen.text
    others = [
        block.text
        for block in pool
        if block is not chosen
        and block.tag == chosen.tag
        and find_entry_point(problem, mask(block.text, "python")) is None
    ]
    return add_needed_statements(chosen.text, others, problem.prompt)


def _transcript(problem: Problem, text: str) -> str | None:
    """Return the input of an interactive Python session that defines the entry point, or None."""
    if problem.language != "python" or not text.lstrip().startswith(">>>"):
        return None
    code = transcript_input(text)
    return code if find_entry_point(problem, mask(code, "python")) is not None else None


def _without_prompt(prompt: str, text: str) -> str:
    """Remove a repeated prompt from the start."""
    wanted = prompt.strip()
    start = text.lstrip()
    return start[len(wanted) :] if wanted and start.startswith(wanted) else text


def _continuation(problem: Problem, text: str) -> str | None:
    """Return the prompt continued by a text up to the end of the function."""
    if (fence := FENCE.search(text)) is not None:
        text = _from_fences(problem, text) or text[: fence.start()]
    if not text.strip():
        return None
    if is_indented(problem.language):
        return _continue_indented(problem, text)
    if not looks_like_code(text):
        return None
    return _continue_braces(problem, text)


def _continue_indented(problem: Problem, text: str) -> str | None:
    """Continue the prompt in a language whose blocks are indented."""
    first = next(line for line in text.split("\n") if line.strip())
    if not first[0].isspace() and problem.prompt.endswith("\n"):
        if find_entry_point(problem, mask(text, problem.language)) is not None:
            return _whole_program(problem, text)
        if not looks_like_code(text):
            return None
        text = _indented_like(problem.prompt, text)
    text = _cut_at_stops(problem, _indented_by_spaces(problem, text))
    whole = problem.prompt + text
    masked = mask(whole, problem.language)
    end = _indented_end(masked, len(problem.prompt))
    kept = whole[:end].rstrip() + "\n"
    return kept + _used_definitions(problem, kept, whole[end:])


def _cut_at_stops(problem: Problem, text: str) -> str:
    """Cut a text before the first stop string of the benchmark."""
    for stop in problem.stop:
        text = text.partition(stop)[0]
    return text


def _indented_like(prompt: str, text: str) -> str:
    """Restore the indentation of a body whose first line, or every line, lost it."""
    last = next((ln for ln in reversed(prompt.split("\n")) if ln.strip()), "")
    unit = last[: len(last) - len(last.lstrip())] or "    "
    lines = text.split("\n")
    code = [i for i, line in enumerate(lines) if line.strip()]
    following = lines[code[1]] if len(code) > 1 else unit
    depth = len(following) - len(following.lstrip())
    opens = lines[code[0]].rstrip().endswith(":")
    if depth > len(unit) or (depth == len(unit) and not opens):
        lines[code[0]] = unit + lines[code[0]]
        return "\n".join(lines)
    for i in code:
        if re.match(r"def |class |if __name__|@", lines[i]):
            break
        lines[i] = unit + lines[i]
    return "\n".join(lines)


def _indented_by_spaces(problem: Problem, text: str) -> str:
    """Replace the tabs that indent a body if the prompt is indented by spaces."""
    if re.search(r"^\t", problem.prompt, re.M) or not re.search(r"^ ", problem.prompt, re.M):
        return text
    if not re.search(r"^\t", text, re.M):
        return text
    # Tabs inside strings are masked, so they stay.
    masked = mask(problem.prompt + text, problem.language)[len(problem.prompt) :].split("\n")
    lines = text.split("\n")
    for at, line in enumerate(masked):
        tabs = len(line) - len(line.lstrip("\t"))
        lines[at] = "    " * tabs + lines[at][tabs:]
    return "\n".join(lines)


def _indented_end(masked: str, start: int) -> int:
    """Return the position where the indented body that begins at `start` ends."""
    depth, offset = 0, 0
    is_joined = False
    for line in masked.splitlines(keepends=True):
        if offset >= start and line[0].strip() and depth == 0 and not is_joined:
            return offset
        depth = max(0, depth + nesting(line))
        is_joined = "\\" in line and line.rstrip().endswith("\\")
        offset += len(line)
    return len(masked)


def _continue_braces(problem: Problem, text: str) -> str | None:
    """Continue the prompt in a language whose blocks have braces."""
    whole, start = problem.prompt + text, len(problem.prompt)
    masked = mask(whole, problem.language)
    depth = masked[:start].count("{") - masked[:start].count("}")
    inside = depth - 1 if masked[:start].rstrip().endswith("{") else depth
    ends: list[int] = []
    closes = False
    for brace in _BRACE.finditer(masked, start):
        i = brace.start()
        if brace.group() == "{":
            depth += 1
        else:
            depth -= 1
            closes = closes or depth <= inside
            if closes and depth <= inside:
                ends.append(i + 1)
            if depth <= 0 and closes:
                break
    entry = find_entry_point(problem, masked[start:])
    if entry is not None and (not ends or start + entry.start() < ends[0] - 1):
        return _whole_program(problem, text)
    if (stopped := _cut_at_stops(problem, text)) != text:
        return _continue_braces(problem, stopped) if stopped.strip() else None
    if not ends:
        return whole
    end = ends[-1]
    if depth > 0:
        # The class is still open, for example because a truncated method follows: close it.
        return whole[:end] + "\n" + "}\n" * inside
    if whole[end:].lstrip(" \t").startswith(";"):
        end = whole.index(";", end) + 1
    kept = whole[:end] + "\n"
    return kept + _used_definitions(problem, kept, whole[end:])


def _used_definitions(problem: Problem, kept: str, rest: str) -> str:
    """Return the later definitions that the answer uses."""
    if problem.language == "python":
        statements = [statement.code for statement in split_statements(rest, "python")]
        found = needed_statements(kept, statements, without=problem.entry_point)
        return "".join(f"\n{statement}\n" for statement in found)
    result = ""
    if not may_define(rest):
        return result
    words = set(_WORD.findall(mask(kept, problem.language)))
    for statement in split_statements(rest, problem.language):
        name = defined_name(statement.code, problem.language)
        is_complete = is_indented(problem.language) or statement.code.rstrip("; \n").endswith("}")
        is_used = name in words and name not in (problem.entry_point, "main")
        if is_used and is_complete:
            result += f"\n{statement.code}\n"
            words.update(_WORD.findall(mask(statement.code, problem.language)))
    return result


def _whole_program(problem: Problem, text: str) -> str | None:
    """Return the program in a text, or the prompt and the text if the text is only a body."""
    block = _from_fences(problem, text) or _transcript(problem, text)
    if block is None and FENCE.search(text):
        text = FENCE.sub("", text)
    code = text if block is None else block
    if not looks_like_code(code):
        return None
    masked = mask(code, problem.language)
    entry = find_entry_point(problem, masked)
    if entry is None:
        if (
            problem.entry_point
            and re.search(r"\breturn\b", masked)
            and not _DEFINITION.search(masked)
            and looks_like_code(code.strip().partition("\n")[0])
        ):
            return _continuation(problem, code)
        return code.strip("\n") + "\n"
    if block is None:
        code = _without_prose(problem, code, entry.start())
    return code.strip("\n") + "\n"


def _without_prose(problem: Problem, text: str, entry: int) -> str:
    """Cut prose before and after a program whose entry point is defined at `entry`."""
    starts = re.compile(_CODE_STARTS.get(problem.language, _ANY_START))
    offset, begin = 0, None
    for line in text.splitlines(keepends=True):
        if offset > entry:
            break
        if begin is None and starts.match(line) and not PROSE_IMPORT.match(line):
            begin = offset
        offset += len(line)
    code = text[begin if begin is not None else entry :]
    found = find_entry_point(problem, mask(code, problem.language))
    name_at = found.end() if found else 0
    end = 0
    for statement in split_statements(code, problem.language):
        is_code = starts.match(statement.code) or CODE_LINE.match(statement.code)
        if statement.start >= name_at and not is_code and not statement.code.endswith("}"):
            break
        end = statement.end
    return code[: end or len(code)]


def _page(problem: Problem, text: str, style: PromptStyle) -> str | None:
    """Return the HTML page in a text, or None."""
    pages = [block for block in fenced_blocks(text) if re.search(r"<[!a-zA-Z]", block.text)]
    tags = language("html").fence_tags
    chosen = next((page for page in pages if page.tag in tags), next(iter(pages), None))
    if chosen is not None:
        text = chosen.text
    elif (fence := FENCE.search(text)) is not None:
        text = text[: fence.start()]
    else:
        text = _PROSE_BEFORE_PAGE.sub("", _PROSE_AFTER_PAGE.sub("\n", text))
    if not re.search(r"<[!/a-zA-Z]", text):
        return None
    end = re.search(r"</html\s*>", text, re.I)
    if end is not None:
        text = text[: end.end()] + "\n"
    is_whole = re.search(r"<!doctype\b|<html\b", text, re.I)
    if style is PromptStyle.COMPLETION and is_whole is None:
        return problem.prompt + text
    if is_whole is not None:
        return text[is_whole.start() :]
    start = re.search(r"<[!a-zA-Z]", text)
    if start is None:
        return None
    last = text.rfind(">")
    return text[start.start() : last + 1] + "\n" if chosen is None else text.strip() + "\n"
