"""The corpus of the control `prose`: problems of the tuning families, answered without code."""

from __future__ import annotations

from random import Random

from tools.starter.draws import SEED, Draw, corpus_draws, tuning_families
from tools.starter.families.domains import ALPHABET
from tools.starter.families.family import CodeFamily
from tools.starter.families.signatures import CODE_LANGUAGES
from tools.starter.families.testcode import Value
from tools.starter.instructions import DISPLAY_NAMES, PROSE_FORMS, wanted

_KINDS = {
    "int": "a number",
    "natural": "a number that is not negative",
    "small": "a small number",
    "digits": "a positive number",
    "bool": "true or false",
    "str": "a string",
    "list": "a list of numbers",
    "naturals": "a list of numbers that are not negative",
    "items": "a list of items",
}


def describe_value(value: Value) -> str:
    """Describe a value in words and digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the string "{value}"' if value else "an empty string"
    if isinstance(value, int):
        return str(value)
    parts = [
        f"price {one[0]} and count {one[1]}" if isinstance(one, tuple) else str(one)
        for one in value
    ]
    return f"the list {', '.join(parts)}" if parts else "an empty list"


def describe_signature(family: CodeFamily) -> str:
    """Describe the arguments and the result of a function."""
    signature = family.signature
    taken = " and ".join(f"{name}, {_KINDS[kind]}" for name, kind in signature.parameters)
    return f"The function takes {taken}, and returns {_KINDS[signature.returns]}."


def _small(kind: str, rng: Random) -> Value:
    """Draw an argument with a short description."""
    match kind:
        case "list" | "naturals":
            return tuple(rng.randint(0, 12) for _ in range(rng.randint(2, 4)))
        case "str":
            return "".join(rng.choices(ALPHABET, k=rng.randint(2, 5)))
        case "items":
            return tuple((rng.randint(0, 9), rng.randint(0, 9)) for _ in range(rng.randint(1, 2)))
        case "small":
            return rng.randint(0, 5)
        case "digits":
            return rng.randint(11, 999)
    return rng.randint(0, 20)


def describe_example(family: CodeFamily, drawn: Draw, rng: Random) -> str:
    """Describe the result of one small call."""
    arguments = tuple(_small(kind, rng) for kind in family.signature.kinds)
    given = " and ".join(
        f"{name} = {describe_value(value)}"
        for name, value in zip(family.signature.types, arguments, strict=True)
    )
    return f"For {given} it returns {describe_value(family.result(drawn.parameters, arguments))}."


def answer(family: CodeFamily, drawn: Draw, rng: Random) -> str:
    """Explain a problem in a few sentences: in another wording, by its kinds, or by an example."""
    others = [at for at in range(len(family.wordings)) if at != drawn.wording]
    again = family.describe(drawn.parameters, rng.choice(others))
    parts = (
        f"In other words: {again}",
        describe_signature(family),
        describe_example(family, drawn, rng),
    )
    return " ".join(rng.sample(parts, rng.randint(1, 3)))


def prose_rows() -> list[dict[str, str]]:
    """Return the rows of the corpus."""
    rows: list[dict[str, str]] = []
    for family in tuning_families("python"):
        if not isinstance(family, CodeFamily):
            continue
        rng = Random(f"{SEED}/prose/{family.name}")
        for index, drawn in enumerate(corpus_draws(family, use="prose")):
            language = rng.choice(CODE_LANGUAGES)
            rows.append(
                {
                    "id": f"starter-prose-{family.name}-{index}",
                    "instruction": rng.choice(PROSE_FORMS).format(
                        name=DISPLAY_NAMES[language],
                        wanted=wanted(family.signature, language),
                        words=drawn.description,
                    ),
                    "input": "",
                    "output": answer(family, drawn, rng),
                    "language": "prose",
                    "family": family.name,
                }
            )
    Random(f"{SEED}/order").shuffle(rows)
    return rows
