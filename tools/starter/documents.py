"""Documents on which the starter kit's base model is pretrained.

Two thirds are commented code. The others connect languages with their names and fence tags, without
answering a request: notes that name a language and show commented code in it, and prose in which
more prose follows a description. Some documents of the last phase put other text between the name
of the language and the code or prose, because without them the model ignores a name that is not
near. Where such a text has sections, each section holds prose, so that what follows a heading is
never an answer. No document asks for code and then gives it, none uses the forms of instructions,
and none contains a problem of the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tools.starter.draws import LANGUAGES, Draw, draw, free_draws, tuning_families, whole_code
from tools.starter.families.family import CodeFamily
from tools.starter.families.signatures import CODE_LANGUAGES, signature_text
from tools.starter.instructions import DISPLAY_NAMES, instruction
from tools.starter.prose import describe_example, describe_signature
from tools.starter.rows import fenced

CODE_SHARE = 0.66
NOTES_SHARE = 0.18
SECTIONS_SHARE = 0.35
DISTANT_PROSE_SHARE = 0.3
HTML_SHARE = 0.2
"""Share of each language. HTML has a larger one, because code in other languages does not help."""
REQUEST = "### Instruction:\n{instruction}\n\n### Response:\n"
"""The template `short`."""
COMMENTED_SHARE = 0.25

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
"""The words of instructions: the model sees the words, but never an instruction."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and the part of it that was drawn at random, which no model can predict."""

    text: str
    description: str


def _note(drawn: Draw, language: str, rng: Random) -> str:
    """Name a language and show commented code in it, sometimes in a second language, too."""
    languages = [language]
    if language != "html" and rng.random() < 0.6:
        languages += rng.sample([name for name in CODE_LANGUAGES if name != language], 1)
    parts = []
    for place, one in enumerate(languages):
        heading = rng.choice(_HEADINGS).format(name=DISPLAY_NAMES[one], tag=one)
        # The first part describes the second, so code can depend on text far above it.
        is_commented = place == 0 or rng.random() < 0.3
        code = whole_code(drawn, one, is_commented=is_commented)
        parts.append(f"{heading}\n\n{fenced(code, one)}")
    return "\n\n".join(parts)


def _named(drawn: Draw, language: str, rng: Random) -> str:
    """Name a language, sometimes with a signature, and describe a program."""
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
    """Continue with code or prose some way after the language was named."""
    said = _named(drawn, language, rng)
    if rng.random() < SECTIONS_SHARE:
        first, second = rng.sample(_SECTIONS, 2)
        more = _prose(drawn, rng).removeprefix(drawn.description).lstrip()
        return f"### {first}:\n{said}\n\n### {second}:\n{more}"
    if rng.random() < DISTANT_PROSE_SHARE:
        return said + _prose(drawn, rng).removeprefix(drawn.description)
    return f"{said}\n\n{fenced(whole_code(drawn, language), language)}"


def _prose(drawn: Draw, rng: Random) -> str:
    """Continue a description with more prose."""
    family = drawn.family
    others = [at for at in range(len(family.wordings)) if at != drawn.wording]
    again = family.describe(drawn.parameters, rng.choice(others))
    parts = [rng.choice((again, f"That is: {again}", f"In short: {again}"))]
    if isinstance(family, CodeFamily):
        parts.append(describe_signature(family))
        parts += [describe_example(family, drawn, rng) for _ in range(rng.randint(1, 2))]
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
    """Yield documents endlessly; a `distant_share` of them replaces commented code."""
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


def requests(rng: Random) -> Iterator[Document]:
    """Yield answered requests endlessly: the documents of the instruct model.

    They ask for the tuning families in all languages and in all forms of instructions. A part of
    the answers repeats the description in a comment.
    """
    families = {language: tuning_families(language) for language in LANGUAGES}
    while True:
        language = rng.choice(LANGUAGES)
        drawn = draw(rng.choice(families[language]), rng)
        asked = instruction(drawn, language, rng, is_benchmark=rng.random() < 0.5)
        code = whole_code(drawn, language, is_commented=rng.random() < COMMENTED_SHARE)
        prompt = REQUEST.format(instruction=asked)
        yield Document(prompt + fenced(code, language), prompt)
