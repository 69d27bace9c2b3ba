"""Removes the text that a chat model writes around code: reasoning, end tokens, tags, fences."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>```+|~~~+)[ \t]*(?P<tag>[\w+#.-]*)[^\n]*$", re.M)
CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*(?:return|pass|raise|break|continue)\b(?!.*[.]\s*$)|^\s*(?:def|class|func)\s+\w+"
    r".*[:{(]|^\s*(?:import\s+[\w.*{\"']+|from\s+\S+\s+import|package\s+\w+)\s*|^\s*#\s*include"
    r"|^\s*(?:function|const|let|var|public|private|static)\s.*[({=]"
    r"|^\s*(?:if|for|while|else|elif|try|with|switch)\b.*[:{]\s*$|^\s*[\w.\[\]]+\s*(?:[-+*/]|:)?="
    r"\s*\S|^\s*[\w.]+\(.*\)\s*$|^\s*<[!/a-zA-Z]",
    re.M,
)
PROSE_IMPORT = re.compile(r"^(?:import|from|package)\s+(?:\w+\s+){2,}")
_END_TOKEN = re.compile(
    r"<\|(?:endoftext|im_end|eot_id|end_of_text|end|EOT|eom_id)\|>|<(?:end_of_turn|eos)>"
    r"|<｜end▁of▁sentence｜>"
)
"""End tokens that generation left in the text."""
_LAST_END_TOKEN = re.compile(r"</s>\s*\Z")
_REASONING = re.compile(
    r"\A\s*<(?P<name>think|thinking|thought|reasoning|reflection)>.*?(?:</(?P=name)>|\Z)",
    re.S | re.I,
)
_ANSWER_OPENS = re.compile(r"^[ \t]*<(?:final_)?(?:answer|solution)>(?:[ \t]*\n)?", re.M | re.I)
_ANSWER_ENDS = re.compile(r"\n?[ \t]*</(?:final_)?(?:answer|solution)>[ \t]*$", re.M | re.I)
_END_OF_REASONING = re.compile(
    r"^[ \t]*</(?:think|thinking|thought|reasoning)>[ \t]*\n?", re.M | re.I
)


def strip_chat_markup(completion: str) -> str:
    """Remove end tokens, reasoning and answer tags, and normalise line ends.

    Reasoning that never ends leaves an empty text.
    """
    text = completion.replace("\r\n", "\n")
    if (end := _END_TOKEN.search(text)) is not None:
        text = text[: end.start()]
    if "<s>" not in text:
        # With its opening tag, `</s>` is HTML (strikethrough) and stays.
        text = _LAST_END_TOKEN.sub("", text)
    while (reasoning := _REASONING.match(text)) is not None:
        text = text[reasoning.end() :].removeprefix("\n")
    # The prompt may hold the opening tag; then only the closing tag is written.
    ends = list(_END_OF_REASONING.finditer(text))
    return _inside_answer_tags(text[ends[-1].end() :] if ends else text)


def _inside_answer_tags(text: str) -> str:
    """Return the text between `<answer>` or similar tags, or the whole text if there are none."""
    opening = _ANSWER_OPENS.search(text)
    if opening is not None and not looks_like_code(text[: opening.start()]):
        text = text[opening.end() :]
    # The prompt may hold the opening tag.
    end = _ANSWER_ENDS.search(text)
    return text if end is None else text[: end.start()]


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced code block."""

    tag: str
    text: str


def fenced_blocks(text: str) -> list[Block]:
    """Return the fenced code blocks.

    Code before a first bare fence counts as a block: the prompt opened its fence.
    """
    fences = deque(FENCE.finditer(text))
    found: list[Block] = []
    if fences and not fences[0]["tag"] and looks_like_code(lead := text[: fences[0].start()]):
        is_opening = len(fences) % 2 == 0 and fences[1]["tag"] == ""
        if not is_opening or looks_like_code(lead.strip().rpartition("\n")[2]):
            found.append(Block("", lead))
            fences.popleft()
    while fences:
        opening = fences.popleft()
        while fences and not _ends(fences[0], opening):
            fences.popleft()
        end = fences[0].start() if fences else len(text)
        if fences and not fences[0]["tag"]:
            # A fence with a tag also opens the next block, so it stays in the queue.
            fences.popleft()
        body = text[opening.end() + 1 : end]
        indent = opening["indent"]
        if indent:
            body = re.sub(rf"^{indent}", "", body, flags=re.M)
        found.append(Block(opening["tag"].lower(), body))
    return found


def _ends(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """Return whether a fence closes the block; a deeper or other fence is text of the block."""
    inside = len(fence["indent"].expandtabs(4)) - len(opening["indent"].expandtabs(4))
    return inside < 4 and fence["marks"].startswith(opening["marks"])


def looks_like_code(text: str) -> bool:
    """Return whether some line looks like code."""
    return any(
        CODE_LINE.search(line) and not PROSE_IMPORT.match(line) for line in text.splitlines()
    )
