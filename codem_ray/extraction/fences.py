"""Takes apart what a chat wraps around code: thoughts, end tokens, fences."""

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
"""What a tokenizer ends a text with, where it was not taken off."""
_LAST_END_TOKEN = re.compile(r"</s>\s*\Z")
_THOUGHT = re.compile(
    r"\A\s*<(?P<name>think|thinking|thought|reasoning|reflection)>(?P<inside>.*?)"
    r"(?P<end></(?P=name)>|\Z)",
    re.S | re.I,
)
_ANSWER_OPENS = re.compile(r"^[ \t]*<(?:final_)?(?:answer|solution)>(?:[ \t]*\n)?", re.M | re.I)
_ANSWER_ENDS = re.compile(r"\n?[ \t]*</(?:final_)?(?:answer|solution)>[ \t]*$", re.M | re.I)
_END_OF_THOUGHT = re.compile(
    r"^[ \t]*</(?:think|thinking|thought|reasoning)>[ \t]*\n?", re.M | re.I
)


def spoken(completion: str) -> str:
    """Return a completion without line ends of Windows, end tokens and what was only thought.

    A thought that never ends leaves nothing.
    """
    text = completion.replace("\r\n", "\n")
    if (end := _END_TOKEN.search(text)) is not None:
        text = text[: end.start()]
    if "<s>" not in text:
        # With its opening tag it is HTML: text that is struck out.
        text = _LAST_END_TOKEN.sub("", text)
    while (thought := _THOUGHT.match(text)) is not None:
        text = text[thought.end() :].removeprefix("\n")
    # The opening tag may stand in the prompt, and only its end be written.
    ends = list(_END_OF_THOUGHT.finditer(text))
    return _tagged(text[ends[-1].end() :] if ends else text)


def _tagged(text: str) -> str:
    """Return what a chat was told to put between the tags of an answer; else all."""
    opening = _ANSWER_OPENS.search(text)
    if opening is not None and not looks_like_code(text[: opening.start()]):
        text = text[opening.end() :]
    # The opening tag may stand in the prompt.
    end = _ANSWER_ENDS.search(text)
    return text if end is None else text[: end.start()]


@dataclass(frozen=True, slots=True)
class Block:
    """The inside of a fence."""

    tag: str
    text: str


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks; code before a first bare fence is one, opened in the prompt."""
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
            # One with a tag opens the next block too.
            fences.popleft()
        body = text[opening.end() + 1 : end]
        indent = opening["indent"]
        if indent:
            body = re.sub(rf"^{indent}", "", body, flags=re.M)
        found.append(Block(opening["tag"].lower(), body))
    return found


def _ends(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """Say whether a fence closes that block, or is a line of it: of a docstring, say."""
    inside = len(fence["indent"].expandtabs(4)) - len(opening["indent"].expandtabs(4))
    return inside < 4 and fence["marks"].startswith(opening["marks"])


def looks_like_code(text: str) -> bool:
    """Say whether some line reads as code."""
    return any(
        CODE_LINE.search(line) and not PROSE_IMPORT.match(line) for line in text.splitlines()
    )
