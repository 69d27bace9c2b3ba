"""Takes the answer out of what a model wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codem_ray.benchmarks.lexis import chunks, closing, definition_pattern, is_indented, mask
from codem_ray.benchmarks.supply import (
    defined_name,
    go_import_block,
    go_imports,
    go_uses,
    supply,
    without_go_imports,
)
from codem_ray.languages import language
from codem_ray.records import Problem, PromptStyle

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?:```+|~~~+)[ \t]*(?P<tag>[\w+#.-]*)[^\n]*$", re.M)
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
_CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*(?:return|pass|raise|break|continue)\b(?!.*[.]\s*$)|^\s*(?:def|class|func)\s+\w+"
    r".*[:{(]|^\s*(?:import\s+[\w.*{\"']+|from\s+\S+\s+import|package\s+\w+)\s*|^\s*#\s*include"
    r"|^\s*(?:function|const|let|var|public|private|static)\s.*[({=]"
    r"|^\s*(?:if|for|while|else|elif|try|with|switch)\b.*[:{]\s*$|^\s*[\w.\[\]]+\s*(?:[-+*/]|:)?="
    r"\s*\S|^\s*[\w.]+\(.*\)\s*$|^\s*<[!/a-zA-Z]",
    re.M,
)
_EXPORT = re.compile(
    r"^export\s+(?:default\s+)?(?=(?:async\s+)?(?:function|class|const|let|var"
    r"|type|interface|enum|abstract)\b)",
    re.M,
)
_PROSE_IMPORT = re.compile(r"^(?:import|from|package)\s+(?:\w+\s+){2,}")
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
    text = completion.replace("\r\n", "\n")
    if problem.language == "html":
        return _page(problem, text, style)
    if style is PromptStyle.COMPLETION:
        code = _continued(problem, _without_prompt(problem.prompt, text))
    else:
        code = _written(problem, text)
    if code is None:
        return None
    return supply(problem, _tidied(problem, code))


def whole_answer(problem: Problem, continuation: str) -> str:
    """Return the answer that a text known to follow the prompt makes: a reference or a control."""
    code = problem.prompt + continuation
    if problem.language == "html":
        return code
    return supply(problem, _tidied(problem, code))


def stop_strings(problem: Problem, style: PromptStyle) -> tuple[str, ...]:
    """Return strings that end generation; the answer ends before them.

    An instruction's answer may open with prose and a fence, so nothing inside it can be a stop.
    """
    if style is PromptStyle.COMPLETION:
        return tuple(dict.fromkeys((*problem.stop, *language(problem.language).stop, "\n```")))
    return ("\n### Instruction", "\n### Response")


@dataclass(frozen=True, slots=True)
class _Block:
    tag: str
    text: str


def _blocks(text: str) -> list[_Block]:
    """Return the fenced blocks; code before a first bare fence is one, opened in the prompt."""
    fences = list(_FENCE.finditer(text))
    found: list[_Block] = []
    if fences and not fences[0]["tag"] and _looks_like_code(lead := text[: fences[0].start()]):
        is_opening = len(fences) % 2 == 0 and fences[1]["tag"] == ""
        if not is_opening or _looks_like_code(lead.strip().rpartition("\n")[2]):
            found.append(_Block("", lead))
            fences = fences[1:]
    while fences:
        opening = fences.pop(0)
        end = fences.pop(0).start() if fences else len(text)
        body = text[opening.end() + 1 : end]
        indent = opening["indent"]
        if indent:
            body = re.sub(rf"^{indent}", "", body, flags=re.M)
        found.append(_Block(opening["tag"].lower(), body))
    return found


def _fenced(problem: Problem, text: str) -> str | None:
    blocks = _blocks(text)
    tagged = [b for b in blocks if b.tag in language(problem.language).fence_tags]
    for pool in (tagged, blocks):
        for block in pool:
            if _entry(problem, mask(block.text, problem.language)) is not None:
                return block.text
    return next((b.text for b in [*tagged, *blocks] if _looks_like_code(b.text)), None)


def _entry(problem: Problem, masked: str) -> re.Match[str] | None:
    if not problem.entry_point:
        return None
    pattern = definition_pattern(problem.language, problem.entry_point, is_function=True)
    return pattern.search(masked)


def _looks_like_code(text: str) -> bool:
    return any(
        _CODE_LINE.search(line) and not _PROSE_IMPORT.match(line) for line in text.splitlines()
    )


def _without_prompt(prompt: str, text: str) -> str:
    """Take a repeated prompt off the start."""
    wanted = prompt.strip()
    start = text.lstrip()
    return start[len(wanted) :] if wanted and start.startswith(wanted) else text


def _continued(problem: Problem, text: str) -> str | None:
    if (fence := _FENCE.search(text)) is not None:
        text = _fenced(problem, text) or text[: fence.start()]
    if not text.strip():
        return None
    if is_indented(problem.language):
        return _continued_indented(problem, text)
    if not _looks_like_code(text):
        return None
    return _continued_braces(problem, text)


def _continued_indented(problem: Problem, text: str) -> str | None:
    first = next(line for line in text.split("\n") if line.strip())
    if not first[0].isspace() and problem.prompt.endswith("\n"):
        if _entry(problem, mask(text, problem.language)) is not None:
            return _written(problem, text)
        if not _looks_like_code(text):
            return None
        text = _indented_like(problem.prompt, text)
    text = _stopped(problem, text)
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


def _indented_end(masked: str, start: int) -> int:
    depth, offset = 0, 0
    is_joined = False
    for line in masked.splitlines(keepends=True):
        if offset >= start and line[0].strip() and depth == 0 and not is_joined:
            return offset
        depth = max(0, depth + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")))
        is_joined = line.rstrip().endswith("\\")
        offset += len(line)
    return len(masked)


def _continued_braces(problem: Problem, text: str) -> str | None:
    whole, start = problem.prompt + text, len(problem.prompt)
    masked = mask(whole, problem.language)
    depth = masked[:start].count("{") - masked[:start].count("}")
    inside = depth - 1 if masked[:start].rstrip().endswith("{") else depth
    ends: list[int] = []
    closes = False
    for i in range(start, len(masked)):
        if masked[i] == "{":
            depth += 1
        elif masked[i] == "}":
            depth -= 1
            closes = closes or depth <= inside
            if closes and depth <= inside:
                ends.append(i + 1)
            if depth <= 0 and closes:
                break
    entry = _entry(problem, masked[start:])
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
    result = ""
    for chunk in chunks(rest, problem.language):
        name = defined_name(chunk.code, problem.language)
        is_complete = is_indented(problem.language) or chunk.code.rstrip("; \n").endswith("}")
        is_used = (
            name is not None
            and name != problem.entry_point
            and re.search(rf"\b{name}\b", mask(kept + result, problem.language)) is not None
        )
        if is_used and is_complete and name != "main":
            result += f"\n{chunk.code}\n"
    return result


def _written(problem: Problem, text: str) -> str | None:
    block = _fenced(problem, text)
    if block is None and _FENCE.search(text):
        text = _FENCE.sub("", text)
    code = text if block is None else block
    if not _looks_like_code(code):
        return None
    masked = mask(code, problem.language)
    entry = _entry(problem, masked)
    if entry is None:
        if (
            problem.entry_point
            and re.search(r"\breturn\b", masked)
            and not _DEFINITION.search(masked)
            and _looks_like_code(code.strip().partition("\n")[0])
        ):
            return _continued(problem, code)
        return code.strip("\n") + "\n"
    if block is None:
        code = _without_prose(problem, code, entry.start())
    return code.strip("\n") + "\n"


def _without_prose(problem: Problem, text: str, entry: int) -> str:
    starts = re.compile(_STARTS[problem.language])
    offset, begin = 0, None
    for line in text.splitlines(keepends=True):
        if offset > entry:
            break
        if begin is None and starts.match(line) and not _PROSE_IMPORT.match(line):
            begin = offset
        offset += len(line)
    code = text[begin if begin is not None else entry :]
    found = _entry(problem, mask(code, problem.language))
    name_at = found.end() if found else 0
    end = 0
    for chunk in chunks(code, problem.language):
        is_code = starts.match(chunk.code) or _CODE_LINE.match(chunk.code)
        if chunk.start >= name_at and not is_code and not chunk.code.endswith("}"):
            break
        end = chunk.end
    return code[: end or len(code)]


def _tidied(problem: Problem, code: str) -> str:
    if problem.language == "java":
        return _java(problem, code)
    if problem.language == "go":
        return _go(code)
    if problem.language in ("python", "javascript", "typescript"):
        return _without_examples(problem, code)
    return code


def _without_examples(problem: Problem, code: str) -> str:
    entry = re.escape(problem.entry_point or "(?!)")
    call = re.compile(
        rf"(?:await\s+)?{entry}\s*\(|(?:(?:const|let|var)\s+)?\w+(?:\s*:\s*[^=]+)?\s*=\s*(?:await\s+)?"
        rf"{entry}\s*\(|(?:pp?rint|console\.\w+|alert)\s*\(|assert\b|module\.exports|exports\."
        r"|export\s*\{|export\s+default\s+\w+\s*;?\s*$"
    )
    if problem.language != "python":
        # The answer is run as a script: `export` would be a syntax error there.
        code = _EXPORT.sub("", code)
    for chunk in reversed(chunks(code, problem.language)):
        lead = code[chunk.start : chunk.end].index(chunk.code)
        if call.match(chunk.code):
            code = code[: chunk.start + lead] + code[chunk.end :]
    return code


def _go(code: str) -> str:
    masked = mask(code, "go")
    clause = re.search(r"^\s*package[ \t]+\w+[ \t]*;?\n?", masked, re.M)
    if clause is not None:
        code = code[: clause.start()] + code[clause.end() :]
        masked = mask(code, "go")
    main = re.search(r"^func\s+main\s*\(\s*\)\s*\{", masked, re.M)
    end = closing(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    remaining = code[: main.start()] + code[end + 1 :]
    left = mask(without_go_imports(remaining), "go")
    # What only main used would be an unused import, which is a compile error.
    imports = [
        (alias, path)
        for alias, path in go_imports(remaining)
        if alias or go_uses(left, path) or not go_uses(masked, path)
    ]
    return go_import_block(imports) + without_go_imports(remaining)


def _java(problem: Problem, code: str) -> str:
    code = re.sub(r"^\s*package\s+[\w.]+\s*;", "", code, flags=re.M)
    masked = mask(code, "java")
    if not re.search(r"\b(?:class|interface|enum|record)\s+\w+", masked):
        imports = [m.group() for m in re.finditer(r"^\s*import\b[^;\n]*;", code, re.M)]
        body = re.sub(r"^\s*import\b[^;\n]*;", "", code, flags=re.M).strip("\n")
        return "".join(f"{line.strip()}\n" for line in imports) + f"class Solution {{\n{body}\n}}\n"
    if not re.search(r"\bclass\s+Solution\b", masked):
        code = _renamed_class(problem, code, masked)
    else:
        code = _without_main_class(code)
    # Only the class of the tests may be public: a file has one.
    return re.sub(
        r"^(\s*)public\s+((?:final\s+|abstract\s+)*(?:class|interface|enum|record)\s)",
        r"\1\2",
        code,
        flags=re.M,
    )


def _renamed_class(problem: Problem, code: str, masked: str) -> str:
    """Call the class that holds the entry point `Solution`, as the tests do."""
    entry = _entry(problem, masked)
    if entry is None:
        return code
    holders = [
        m
        for m in re.finditer(r"\bclass\s+(\w+)[^{]*\{", masked)
        if m.start() < entry.start() < (closing(masked, m.end() - 1) or len(masked))
    ]
    return re.sub(rf"\b{holders[0][1]}\b", "Solution", code) if holders else code


def _without_main_class(code: str) -> str:
    masked = mask(code, "java")
    main = re.search(r"^(?:public\s+)?(?:final\s+)?class\s+Main\b[^{]*\{", masked, re.M)
    end = closing(masked, main.end() - 1) if main is not None else None
    if main is None or end is None:
        return code
    return code[: main.start()] + code[end + 1 :]


def _page(problem: Problem, text: str, style: PromptStyle) -> str | None:
    blocks = _blocks(text)
    chosen = next((b for b in blocks if b.tag in language("html").fence_tags), None) or next(
        (b for b in blocks if re.search(r"<[!a-zA-Z]", b.text)), None
    )
    if chosen is not None:
        text = chosen.text
    elif (fence := _FENCE.search(text)) is not None:
        text = text[: fence.start()]
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
