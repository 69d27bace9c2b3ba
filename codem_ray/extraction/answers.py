"""Takes the answer out of what a model wrote."""

from __future__ import annotations

import re

from codem_ray.extraction.fences import (
    CODE_LINE,
    FENCE,
    PROSE_IMPORT,
    Block,
    blocks,
    looks_like_code,
    spoken,
)
from codem_ray.extraction.joining import joined, needed, typed
from codem_ray.extraction.lexis import chunks, is_indented, mask, nesting
from codem_ray.extraction.supply import defined_name, may_define, supply
from codem_ray.extraction.tidying import entry_of, tidied
from codem_ray.languages import language
from codem_ray.records import Problem, PromptStyle

_STARTS = {
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
# Of a language that comes from outside: a statement that opens a block or ends in a semicolon.
_ANY_START = r"[^\n]*[;{(]\s*$|[a-z]+\s+\w+\s*\(|[$@%]?\w+\s*=\s*\S"
# Paragraphs without any tag, before the first or after the last.
_PROSE_BEFORE_PAGE = re.compile(r"\A\s*(?:[^<\s][^<\n]*\n)+[ \t]*\n+(?=\s*<)")
_PROSE_AFTER_PAGE = re.compile(r"(?<=>)[ \t]*\n[ \t]*\n[^<]*\Z")
_BRACE = re.compile(r"[{}]")
_WORD = re.compile(r"\w+")
_DEFINITION = re.compile(
    r"^\s*(?:async\s+)?(?:def|class|func|function|public|private|package|#\s*include|import|export)\b",
    re.M,
)


def extract_answer(problem: Problem, completion: str, style: PromptStyle) -> str | None:
    """Return a complete source unit; None: nothing in the completion looks like code.

    A completion continues the prompt up to the end of the function; where it holds a fence or
    defines the entry point anew it is read as a whole answer, as one to an instruction is. What the
    benchmark supplies is added, a main program or example calls that would disturb the tests are
    dropped. Code in the wrong language is an answer too: it will not compile.
    """
    text = spoken(completion)
    if problem.language == "html":
        return _page(problem, text, style)
    if style is PromptStyle.COMPLETION:
        code = _continued(problem, _without_prompt(problem.prompt, text))
    else:
        code = _written(problem, text)
    if code is None:
        return None
    return supply(problem, tidied(problem, code))


def whole_answer(problem: Problem, continuation: str) -> str:
    """Return the answer that a text known to follow the prompt makes: a reference or a control."""
    code = problem.prompt + continuation
    if problem.language == "html":
        return code
    return supply(problem, tidied(problem, code))


def stop_strings(problem: Problem, style: PromptStyle) -> tuple[str, ...]:
    """Return strings that end generation; the answer ends before them.

    An instruction's answer may open with prose and a fence, so nothing inside it can be a stop.
    """
    if style is PromptStyle.COMPLETION:
        return tuple(dict.fromkeys((*problem.stop, *language(problem.language).stop, "\n```")))
    return ("\n### Instruction", "\n### Response")


def _fenced(problem: Problem, text: str) -> str | None:
    found = blocks(text)
    tagged = [b for b in found if b.tag in language(problem.language).fence_tags]
    for pool in (tagged, found):
        for block in pool:
            if entry_of(problem, mask(block.text, problem.language)) is not None:
                return _with_other_blocks(problem, block, pool)
    for block in found:
        if (code := _transcript(problem, block.text)) is not None:
            return code
    return next((b.text for b in [*tagged, *found] if looks_like_code(b.text)), None)


def _with_other_blocks(problem: Problem, chosen: Block, pool: list[Block]) -> str:
    if problem.language != "python":
        return chosen.text
    others = [
        block.text
        for block in pool
        if block is not chosen
        and block.tag == chosen.tag
        and entry_of(problem, mask(block.text, "python")) is None
    ]
    return joined(chosen.text, others, problem.prompt)


def _transcript(problem: Problem, text: str) -> str | None:
    """Return the code of a transcript of Python's prompt that defines what is asked for."""
    if problem.language != "python" or not text.lstrip().startswith(">>>"):
        return None
    code = typed(text)
    return code if entry_of(problem, mask(code, "python")) is not None else None


def _without_prompt(prompt: str, text: str) -> str:
    """Take a repeated prompt off the start."""
    wanted = prompt.strip()
    start = text.lstrip()
    return start[len(wanted) :] if wanted and start.startswith(wanted) else text


def _continued(problem: Problem, text: str) -> str | None:
    if (fence := FENCE.search(text)) is not None:
        text = _fenced(problem, text) or text[: fence.start()]
    if not text.strip():
        return None
    if is_indented(problem.language):
        return _continued_indented(problem, text)
    if not looks_like_code(text):
        return None
    return _continued_braces(problem, text)


def _continued_indented(problem: Problem, text: str) -> str | None:
    first = next(line for line in text.split("\n") if line.strip())
    if not first[0].isspace() and problem.prompt.endswith("\n"):
        if entry_of(problem, mask(text, problem.language)) is not None:
            return _written(problem, text)
        if not looks_like_code(text):
            return None
        text = _indented_like(problem.prompt, text)
    text = _stopped(problem, _indented_by_spaces(problem, text))
    whole = problem.prompt + text
    masked = mask(whole, problem.language)
    end = _indented_end(masked, len(problem.prompt))
    kept = whole[:end].rstrip() + "\n"
    return kept + _used_definitions(problem, kept, whole[end:])


def _stopped(problem: Problem, text: str) -> str:
    for stop in problem.stop:
        text = text.partition(stop)[0]
    return text


def _indented_like(prompt: str, text: str) -> str:
    """Give a body that lost its indentation, whole or in its first line, that of the prompt."""
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
    """Put spaces for the tabs that indent a body, where the prompt is indented by spaces."""
    if re.search(r"^\t", problem.prompt, re.M) or not re.search(r"^ ", problem.prompt, re.M):
        return text
    if not re.search(r"^\t", text, re.M):
        return text
    # Tabs inside of strings are masked, and stay.
    masked = mask(problem.prompt + text, problem.language)[len(problem.prompt) :].split("\n")
    lines = text.split("\n")
    for at, line in enumerate(masked):
        tabs = len(line) - len(line.lstrip("\t"))
        lines[at] = "    " * tabs + lines[at][tabs:]
    return "\n".join(lines)


def _indented_end(masked: str, start: int) -> int:
    depth, offset = 0, 0
    is_joined = False
    for line in masked.splitlines(keepends=True):
        if offset >= start and line[0].strip() and depth == 0 and not is_joined:
            return offset
        depth = max(0, depth + nesting(line))
        is_joined = "\\" in line and line.rstrip().endswith("\\")
        offset += len(line)
    return len(masked)


def _continued_braces(problem: Problem, text: str) -> str | None:
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
    entry = entry_of(problem, masked[start:])
    if entry is not None and (not ends or start + entry.start() < ends[0] - 1):
        return _written(problem, text)
    if (stopped := _stopped(problem, text)) != text:
        return _continued_braces(problem, stopped) if stopped.strip() else None
    if not ends:
        return whole
    end = ends[-1]
    if depth > 0:
        # The class was left open (a truncated method behind the answer, say): close it.
        return whole[:end] + "\n" + "}\n" * inside
    if whole[end:].lstrip(" \t").startswith(";"):
        end = whole.index(";", end) + 1
    kept = whole[:end] + "\n"
    return kept + _used_definitions(problem, kept, whole[end:])


def _used_definitions(problem: Problem, kept: str, rest: str) -> str:
    """Return those later definitions that the answer uses."""
    if problem.language == "python":
        statements = [chunk.code for chunk in chunks(rest, "python")]
        found = needed(kept, statements, without=problem.entry_point)
        return "".join(f"\n{one}\n" for one in found)
    result = ""
    if not may_define(rest):
        return result
    words = set(_WORD.findall(mask(kept, problem.language)))
    for chunk in chunks(rest, problem.language):
        name = defined_name(chunk.code, problem.language)
        is_complete = is_indented(problem.language) or chunk.code.rstrip("; \n").endswith("}")
        is_used = name in words and name not in (problem.entry_point, "main")
        if is_used and is_complete:
            result += f"\n{chunk.code}\n"
            words.update(_WORD.findall(mask(chunk.code, problem.language)))
    return result


def _written(problem: Problem, text: str) -> str | None:
    block = _fenced(problem, text) or _transcript(problem, text)
    if block is None and FENCE.search(text):
        text = FENCE.sub("", text)
    code = text if block is None else block
    if not looks_like_code(code):
        return None
    masked = mask(code, problem.language)
    entry = entry_of(problem, masked)
    if entry is None:
        if (
            problem.entry_point
            and re.search(r"\breturn\b", masked)
            and not _DEFINITION.search(masked)
            and looks_like_code(code.strip().partition("\n")[0])
        ):
            return _continued(problem, code)
        return code.strip("\n") + "\n"
    if block is None:
        code = _without_prose(problem, code, entry.start())
    return code.strip("\n") + "\n"


def _without_prose(problem: Problem, text: str, entry: int) -> str:
    starts = re.compile(_STARTS.get(problem.language, _ANY_START))
    offset, begin = 0, None
    for line in text.splitlines(keepends=True):
        if offset > entry:
            break
        if begin is None and starts.match(line) and not PROSE_IMPORT.match(line):
            begin = offset
        offset += len(line)
    code = text[begin if begin is not None else entry :]
    found = entry_of(problem, mask(code, problem.language))
    name_at = found.end() if found else 0
    end = 0
    for chunk in chunks(code, problem.language):
        is_code = starts.match(chunk.code) or CODE_LINE.match(chunk.code)
        if chunk.start >= name_at and not is_code and not chunk.code.endswith("}"):
            break
        end = chunk.end
    return code[: end or len(code)]


def _page(problem: Problem, text: str, style: PromptStyle) -> str | None:
    pages = [block for block in blocks(text) if re.search(r"<[!a-zA-Z]", block.text)]
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
