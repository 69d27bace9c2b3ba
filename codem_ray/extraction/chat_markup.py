"""Removes what a chat model writes around an answer: reasoning, channels, tags, end tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from codem_ray.languages import LANGUAGES

TagPair = tuple[str, str]
_WORDS = ["think", "thinking", "thought", "thoughts", "reasoning", "cot"]
_REASONING_NAMES = [
    *_WORDS,
    *("thought_process", "thinking_process", "reasoning_process", "reason", "rationale"),
    *("chain_of_thought", "inner_thoughts", "internal_thoughts", "inner_monologue"),
    *("reflection", "self_reflection", "critique", "analysis", "plan", "planning", "brainstorm"),
    *("scratchpad", "scratch_pad", "deepthink", "antthinking", "antml:thinking", "思考"),
    *("seed:think", "mm:think", "ds_think", "longcat_think", "think_fast", "think_faster"),
]
_FRAMES: tuple[TagPair, ...] = (
    ("<|{}|>", "<|/{}|>"),
    ("<|{}_start|>", "<|{}_end|>"),
    ("<|start_{}|>", "<|end_{}|>"),
    ("<|begin_{}|>", "<|end_{}|>"),
    ("<|begin_of_{}|>", "<|end_of_{}|>"),
    ("<start_of_{}>", "<end_of_{}>"),
    ("<begin_of_{}>", "<end_of_{}>"),
)
REASONING_TAGS: tuple[TagPair, ...] = (
    *((f"<{name}>", f"</{name}>") for name in _REASONING_NAMES),
    *((f"[{name}]", f"[/{name}]") for name in ("THINK", "THINKING", "THOUGHT", "REASONING")),
    *((first.format(word), last.format(word)) for first, last in _FRAMES for word in _WORDS),
    ("<|channel>thought", "<channel|>"),
    ("◁think▷", "◁/think▷"),
    ("<unused94>", "<unused95>"),
)
"""Marks around reasoning, opening and closing; capitals do not matter."""
_LANGUAGE_TAGS = {
    name.upper() for spec in LANGUAGES.values() for name in (spec.name, *spec.fence_tags)
}
_ANSWER_NAMES = {"ANSWER", "CODE", "SOLUTION"}
HTML_TAGS = ("code", "output")
"""Marks around an answer that are also HTML elements."""
ANSWER_TAGS: tuple[TagPair, ...] = (
    *((f"<{name}>", f"</{name}>") for name in ("answer", "final_answer", "solution", "response")),
    *((f"[{name}]", f"[/{name}]") for name in sorted(_ANSWER_NAMES | _LANGUAGE_TAGS)),
    ("[BEGIN]", "[DONE]"),
    *((f"<{name}>", f"</{name}>") for name in HTML_TAGS),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|begin_of_box|>", "<|end_of_box|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
)
"""Marks around an answer."""
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|\w+\|>[^<]*)??<\|message\|>")
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>")
# The same channels, from a decoder that drops special tokens.
_PLAIN_CHANNEL = re.compile(r"\Aanalysis(?=[A-Z\s]).*?(?:assistantfinal|\Z)", re.DOTALL)
_ROLE = re.compile(
    r"\A\s*<\|(?:im_start|start_header_id|start)\|>\s*assistant\s*(?:<\|end_header_id\|>)?\s*\n?"
)
_END_TOKEN = re.compile(
    r"<\|(?:endoftext|im_end|eot_id|end_of_text|end|EOT|eom_id|return|END_OF_TURN_TOKEN)\|>"
    r"|<(?:end_of_turn|eos)>|<｜end▁of▁sentence｜>|\[EOS\]"
)
# Indentation that was copied from a page.
_HARD_SPACES = re.compile(r"^[ \t]*\xa0[ \t\xa0]*", re.MULTILINE)
_QUOTES = frozenset("\"'`")
_LAST_END_TOKEN = re.compile(r"</s>\s*\Z")
_QUOTED_FENCE = re.compile(r"^>[ \t]?(?:```|~~~)", re.MULTILINE)
_QUOTE = re.compile(r"^>(?!>>)[ ]?", re.MULTILINE)


def strip_chat_markup(
    completion: str, more_reasoning_tags: Iterable[TagPair] = (), *, is_page: bool = False
) -> str:
    """Return the text of a completion without reasoning, channels, answer tags and end tokens.

    Line ends are normalised. Reasoning without a closing mark is removed up to the end of the text.
    A closing mark without an opening one, which the prompt holds, removes the text before it.
    """
    text = completion.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    text = _HARD_SPACES.sub(lambda found: found[0].replace("\xa0", " "), text)
    text = _final_channel(_ROLE.sub("", text))
    text = _without_reasoning(text, (*REASONING_TAGS, *more_reasoning_tags))
    if (end := _END_TOKEN.search(text)) is not None:
        text = text[: end.start()]
    if "<s>" not in text:
        # With its opening tag, `</s>` is HTML (strikethrough) and stays.
        text = _LAST_END_TOKEN.sub("", text)
    text = _inside_answer_tags(text, is_page)
    if _QUOTED_FENCE.search(text) or (text.startswith("> ") and "\n> " in text):
        text = _QUOTE.sub("", text)
    return text


def _final_channel(text: str) -> str:
    """Return the last final channel of a text with channels; nothing if it has none."""
    channels = list(_CHANNEL.finditer(text))
    if not channels:
        return _PLAIN_CHANNEL.sub("", text)
    finals = [channel for channel in channels if channel[1] == "final"]
    if not finals:
        return ""
    start = finals[-1].end()
    end = _CHANNEL_END.search(text, start)
    return text[start : end.start() if end else len(text)]


def _without_reasoning(text: str, tags: tuple[TagPair, ...]) -> str:
    marks, closing_of = _marks(tags)
    kept: list[str] = []
    done = 0
    expected: str | None = None
    for mark in marks.finditer(text):
        around = text[max(0, mark.start() - 1) : mark.start()], text[mark.end() : mark.end() + 1]
        if _QUOTES.issuperset(around):
            # A sentence about the mark, or code that reads it.
            continue
        name = _plain(mark[0])
        if expected is None and name in closing_of:
            kept.append(text[done : mark.start()])
            expected = closing_of[name]
        elif name == expected or (expected is None and name not in closing_of):
            if expected is None:
                kept = []
            done = mark.end()
            expected = None
            if text.startswith("\n", done):
                done += 1
    return "".join(kept) if expected is not None else "".join((*kept, text[done:]))


@lru_cache(maxsize=16)
def _marks(tags: tuple[TagPair, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    def pattern(mark: str) -> str:
        if not re.fullmatch(r"</?[\w:]+>", mark):
            return re.escape(mark)
        # An opening tag may have attributes. `List<Plan>` is a type; this check comes second, so
        # that the search can look for the first characters of all marks.
        before = "" if mark.startswith("</") else r"(?<!\w<)"
        return rf"<{before}{re.escape(mark[1:-1])}(?:\s[^<>\n]{{0,200}})?>"

    marks = "|".join(pattern(mark) for pair in tags for mark in pair)
    return re.compile(marks, re.IGNORECASE), {_plain(a): _plain(b) for a, b in tags}


def _plain(mark: str) -> str:
    """Return a mark in lower case without attributes."""
    return re.sub(r"\s[^<>]*(?=>)", "", mark.lower())


def _inside_answer_tags(text: str, is_page: bool) -> str:
    """Return the text between the marks of an answer, or the whole text without any.

    The prompt may hold the opening mark; the budget may end before the closing one.
    """
    lower = text.lower()
    for opening, closing in ANSWER_TAGS:
        if is_page and opening.strip("<>") in HTML_TAGS:
            continue
        start, end = lower.rfind(opening.lower()), lower.rfind(closing.lower())
        after = start + len(opening)
        # `[c],` is a list; a tag in brackets is written in capitals and stands alone.
        is_tag = opening[0] != "[" or (
            text[start:after] == opening and text[after : after + 1].isspace()
        )
        if start >= 0 and is_tag and (end < 0 or end > start) and _is_line_start(text, start):
            inside = text[after : end if end >= 0 else len(text)]
            return inside.removeprefix("\n")
        if start < 0 <= end:
            return text[:end].rstrip(" \t").removesuffix("\n") + "\n"
    return text


def _is_line_start(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()
