"""Makes the documents that the starter kit's base model is pretrained on.

Two thirds are commented code. The others tie languages to their names and fence tags without
answering anything: notes in which a language is named and commented code of it follows, and prose
in which a description is followed by more prose. In the last phase some more name a language, then
say something, and then go on with its code or with prose: a model that has met no such text does
not look for a name that stands farther away. Where such a text has sections, prose stands in all:
what is below a heading is not an answer. No document asks for code and then gives it, the forms
of instructions never occur, and no problem of the benchmark stands in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tools.starter.draws import LANGUAGES, Draw, free_draws, whole_code
from tools.starter.families.family import CodeFamily
from tools.starter.families.signatures import CODE_LANGUAGES, signature_text
from tools.starter.instructions import DISPLAY_NAMES
from tools.starter.prose import said_example, said_kinds
from tools.starter.rows import fenced

CODE_SHARE = 0.66
NOTES_SHARE = 0.18
SECTIONS_SHARE = 0.35
DISTANT_PROSE_SHARE = 0.3
HTML_SHARE = 0.2
"""Code helps code in the other six languages; pages stand alone and need more of a share."""

_HEADINGS = (
    "## {name}",
    "# Notes on {name}",
    "Some {name}:",
    "The fence of {name} says {tag}.",
    "This file is {name}.",
    "{name}, fence {tag}:",
)
_DISTANT = (
    "{name}: {words}",
    "## {name}\n\n{words}",
    "{words} In {name}:",
    "A part of a file in {name}. {words}",
)
_DISTANT_SIGNED = (
    "`{signature}` is {name}. {words}",
    "A part of a file in {name}, `{signature}`. {words}",
    "{words} This is `{signature}` in {name}.",
)
_SECTIONS = (
    "Summary",
    "Details",
    "Background",
    "Overview",
    "Remarks",
    "Notes",
    "About",
    "Purpose",
    "Behaviour",
    "In short",
)
GLOSSARY = {
    "Instruction": "words that tell someone what is to be done",
    "Response": "what is said after a question",
    "Input": "what a function takes",
    "Function": "a part of a program with a name, which takes values and returns one",
    "Implement": "to make something work that was only said",
    "Create": "to make something new",
    "Write": "to put down words or code",
    "Give": "to hand over",
    "Use": "to work with something",
    "Explain": "to say something so that others understand it",
    "Describe": "to say what something is like",
    "Method": "a function that belongs to a class",
    "Static": "a word of Java for what belongs to a class and to no object",
    "Document": "a whole text, for example a page",
    "Page": "a document of HTML",
    "Below": "further down on the page",
    "Request": "what somebody asks for",
    "Task": "work that is to be done",
    "Complete": "with nothing missing",
    "Appropriately": "in a way that fits",
}
"""The words that instructions are made of: they are met, though no instruction is."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and the part of it that was drawn at random and cannot be foretold."""

    text: str
    description: str


def _note(drawn: Draw, language: str, rng: Random) -> str:
    """Name a language and show commented code of it; maybe the same in a second language."""
    languages = [language]
    if language != "html" and rng.random() < 0.6:
        languages += rng.sample([one for one in CODE_LANGUAGES if one != language], 1)
    parts = []
    for place, one in enumerate(languages):
        heading = rng.choice(_HEADINGS).format(name=DISPLAY_NAMES[one], tag=one)
        # What the second has to do stands in the first: code can follow from what is far above.
        is_commented = place == 0 or rng.random() < 0.3
        code = whole_code(drawn, one, is_commented=is_commented)
        parts.append(f"{heading}\n\n{fenced(code, one)}")
    return "\n\n".join(parts)


def _named(drawn: Draw, language: str, rng: Random) -> str:
    """Name a language, and maybe a signature in it, and say what a program does."""
    family = drawn.family
    signature = ""
    forms = _DISTANT
    if isinstance(family, CodeFamily):
        signature = signature_text(family.signature, language)
        forms += _DISTANT_SIGNED
    return rng.choice(forms).format(
        name=DISPLAY_NAMES[language], words=drawn.description, signature=signature
    )


def _distant(drawn: Draw, language: str, rng: Random) -> str:
    """Let code follow, or prose, where the language was named some way before."""
    said = _named(drawn, language, rng)
    if rng.random() < SECTIONS_SHARE:
        first, second = rng.sample(_SECTIONS, 2)
        more = _prose(drawn, rng).removeprefix(drawn.description).lstrip()
        return f"### {first}:\n{said}\n\n### {second}:\n{more}"
    if rng.random() < DISTANT_PROSE_SHARE:
        return said + _prose(drawn, rng).removeprefix(drawn.description)
    return f"{said}\n\n{fenced(whole_code(drawn, language), language)}"


def _prose(drawn: Draw, rng: Random) -> str:
    """Let a description be followed by more prose."""
    family = drawn.family
    others = [at for at in range(len(family.wordings)) if at != drawn.wording]
    again = family.describe(drawn.parameters, rng.choice(others))
    parts = [rng.choice((again, f"That is: {again}", f"In short: {again}"))]
    if isinstance(family, CodeFamily):
        parts.append(said_kinds(family))
        parts += [said_example(family, drawn, rng) for _ in range(rng.randint(1, 2))]
    rng.shuffle(parts)
    between = rng.choice((" ", "\n", "\n\n"))
    return drawn.description + between + " ".join(parts[: rng.randint(1, 3)])


def _glossary(rng: Random) -> str:
    chosen = rng.sample(sorted(GLOSSARY.items()), rng.randint(2, 5))
    lines = [f"{word}: {meaning}." for word, meaning in chosen]
    name = rng.choice(LANGUAGES)
    lines.append(f"{DISPLAY_NAMES[name]}: a language whose fence says {name}.")
    rng.shuffle(lines)
    return "\n".join(lines)


def documents(rng: Random, distant_share: float = 0.0) -> Iterator[Document]:
    """Make documents without end; those of `distant_share` take the place of commented code."""
    draws = {language: free_draws(language, rng) for language in LANGUAGES}
    while True:
        language = "html" if rng.random() < HTML_SHARE else rng.choice(CODE_LANGUAGES)
        drawn = next(draws[language])
        share = rng.random()
        if share < distant_share:
            text = _distant(drawn, language, rng)
        elif share < CODE_SHARE:
            text = whole_code(drawn, language, is_commented=True)
        elif share < CODE_SHARE + NOTES_SHARE:
            text = _note(drawn, language, rng)
        elif rng.random() < 0.85:
            text = _prose(drawn, rng)
        else:
            yield Document(_glossary(rng), "")
            continue
        yield Document(text, drawn.description)
