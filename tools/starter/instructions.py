"""Forms of instructions: some for tuning, others for the benchmark."""

from __future__ import annotations

from random import Random

from tools.starter.draws import Draw
from tools.starter.families.page_family import PageFamily
from tools.starter.families.signatures import Signature, signature_text

DISPLAY_NAMES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "c": "C",
    "cpp": "C++",
    "java": "Java",
    "go": "Go",
    "html": "HTML",
}
TUNING_FORMS = (
    "Write a {name} function {wanted}. {words}",
    "In {name}, write the function {wanted}. {words}",
    "{words} Write this as the {name} function {wanted}.",
    "Give the {name} code of {wanted}. {words}",
    "{words} Use {name} and the function {wanted}.",
)
BENCHMARK_FORMS = (
    "Implement {wanted} in {name}. {words}",
    "{words} Implement this by the {name} function {wanted}.",
    "Create a function {wanted} with {name}. {words}",
)
TUNING_PAGE_FORMS = (
    "Write an {name} page. {words}",
    "In {name}, write a whole page. {words}",
    "{words} Write the page in {name}.",
    "Give the {name} code of a page. {words}",
)
BENCHMARK_PAGE_FORMS = (
    "Implement a page in {name}. {words}",
    "{words} Implement the page with {name}.",
    "Create an {name} document. {words}",
)
PROSE_FORMS = (
    "Explain in words, without code, what the {name} function {wanted} does. {words}",
    "Say in other words: {words}",
    "{words} Do not write code; explain what the function takes and returns.",
    "Describe in a sentence the {name} function {wanted}. {words}",
)
"""Forms of the control `prose`, which is answered without code."""


def wanted(signature: Signature, language: str) -> str:
    """Describe the requested function, with the details that a language needs."""
    text = f"`{signature_text(signature, language)}`"
    has_records = "items" in signature.all_types
    if language == "java":
        text += " as a public static method of the class Solution"
    if language == "c" and signature.returns == "list":
        text += " that fills out and returns its size"
    if language == "c" and signature.returns == "str":
        text += " that fills out"
    if has_records:
        text += " (an item has a price and a count)"
    return text


def instruction(drawn: Draw, language: str, rng: Random, *, is_benchmark: bool) -> str:
    """Return an instruction that asks for the solution in `language`."""
    family = drawn.family
    name, words = DISPLAY_NAMES[language], drawn.description
    if isinstance(family, PageFamily):
        page_forms = BENCHMARK_PAGE_FORMS if is_benchmark else TUNING_PAGE_FORMS
        return rng.choice(page_forms).format(name=name, words=words)
    forms = BENCHMARK_FORMS if is_benchmark else TUNING_FORMS
    asked = wanted(family.signature, language)
    return rng.choice(forms).format(name=name, words=words, wanted=asked)
