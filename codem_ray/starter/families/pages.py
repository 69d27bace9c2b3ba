"""Families of HTML pages: what stands between the tags of `body`, and checks on the document."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from random import Random

COLOURS = ("red", "green", "blue", "white", "black", "brown", "golden", "silver")
THINGS = ("garden", "river", "house", "forest", "mountain", "market", "school", "harbor")
FOODS = ("bread", "cheese", "apple", "lemon", "honey", "rice", "tea", "soup")
FIELDS = ("email", "name", "city", "phone", "age", "street", "country", "code")

Parameters = tuple[str, ...]


def _phrase(rng: Random) -> str:
    return f"{rng.choice(COLOURS)} {rng.choice(THINGS)}"


def _changed_phrase(rng: Random, phrase: str) -> str:
    colour, thing = phrase.split()
    if rng.random() < 0.5:
        return f"{rng.choice([c for c in COLOURS if c != colour])} {thing}"
    return f"{colour} {rng.choice([t for t in THINGS if t != thing])}"


def _other(rng: Random, choices: tuple[str, ...], value: str) -> str:
    return rng.choice([choice for choice in choices if choice != value])


def _text_is(selector: str, text: str) -> str:
    return (
        f"assert.strictEqual(document.querySelector({json.dumps(selector)})"
        f".textContent.trim(), {json.dumps(text)});"
    )


def _attribute_is(selector: str, name: str, value: str) -> str:
    return (
        f"assert.strictEqual(document.querySelector({json.dumps(selector)})"
        f".getAttribute({json.dumps(name)}), {json.dumps(value)});"
    )


def _texts_are(selector: str, texts: list[str]) -> str:
    return (
        f"assert.deepStrictEqual(Array.from(document.querySelectorAll({json.dumps(selector)}), "
        f"(node) => node.textContent.trim()), {json.dumps(texts)});"
    )


class PageFamily(ABC):
    """Pages that differ in their words, tags and attributes."""

    name: str

    @abstractmethod
    def draw(self, rng: Random) -> Parameters:
        """Draw parameters."""

    @abstractmethod
    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Describe the page in each of the family's wordings."""

    @abstractmethod
    def body(self, parameters: Parameters) -> list[str]:
        """Write the lines between the tags of `body`."""

    @abstractmethod
    def checks(self, parameters: Parameters) -> list[str]:
        """Write assertions on the document, one a line."""

    @abstractmethod
    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change one word, tag or attribute."""

    def mutants(self, parameters: Parameters, rng: Random, count: int) -> list[Parameters]:
        """Choose `count` changed pages; the checks look at everything that can be changed."""
        found: list[Parameters] = []
        while len(found) < count:
            changed = self.mutate(parameters, rng)
            if changed != parameters and changed not in found:
                found.append(changed)
        return found


class Heading(PageFamily):
    """A heading of some level, a paragraph below it."""

    name = "heading"

    def draw(self, rng: Random) -> Parameters:
        """Draw the level and both texts."""
        return rng.choice("123"), _phrase(rng), _phrase(rng)

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the heading, then the paragraph."""
        level, title, text = parameters
        return (
            f'Show a level {level} heading "{title}" and a paragraph "{text}".',
            (
                f'The page has a heading of level {level} with the text "{title}", then a '
                f'paragraph with the text "{text}".'
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write both elements."""
        level, title, text = parameters
        return [f"<h{level}>{title}</h{level}>", f"<p>{text}</p>"]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at both texts."""
        level, title, text = parameters
        return [
            _texts_are("h1, h2, h3", [title]),
            _text_is(f"h{level}", title),
            _text_is("p", text),
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the level or the title."""
        level, title, text = parameters
        if rng.random() < 0.5:
            return _other(rng, tuple("123"), level), title, text
        return level, _changed_phrase(rng, title), text


class ItemList(PageFamily):
    """A numbered or bulleted list of three items."""

    name = "item_list"

    def draw(self, rng: Random) -> Parameters:
        """Draw the kind and the items."""
        return (rng.choice(("ol", "ul")), *rng.sample(FOODS, 3))

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the items in their order."""
        kind, first, second, third = parameters
        said = {"ol": "a numbered list", "ul": "a bulleted list"}[kind]
        return (
            f'Show {said} with the items "{first}", "{second}" and "{third}".',
            f'The page holds {said}: "{first}", "{second}", "{third}".',
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write an item a line."""
        kind, *items = parameters
        return [f"<{kind}>", *(f"\t<li>{item}</li>" for item in items), f"</{kind}>"]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the items in their order."""
        kind, *items = parameters
        return [_texts_are(f"{kind} > li", items), _texts_are("li", items)]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the kind, or the order of the items."""
        kind, first, second, third = parameters
        if rng.random() < 0.5:
            return {"ol": "ul", "ul": "ol"}[kind], first, second, third
        return (kind, *rng.choice(((second, first, third), (first, third, second))))


class Table(PageFamily):
    """A table of one row below its header cells."""

    name = "table"

    def draw(self, rng: Random) -> Parameters:
        """Draw two header cells and two cells."""
        heads = rng.sample(FIELDS, 2)
        return (*heads, rng.choice(FOODS), str(rng.randint(2, 9)))

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the header cells, then the cells."""
        left, right, word, number = parameters
        return (
            (
                f'Show a table with the header cells "{left}" and "{right}" and one '
                f'row "{word}" and "{number}".'
            ),
            (
                f'The page has a table. Its header row is "{left}", "{right}"; its other row is '
                f'"{word}", "{number}".'
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write a row a line."""
        left, right, word, number = parameters
        return [
            "<table>",
            f"\t<tr><th>{left}</th><th>{right}</th></tr>",
            f"\t<tr><td>{word}</td><td>{number}</td></tr>",
            "</table>",
        ]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the cells and at the rows."""
        return [
            _texts_are("table th", list(parameters[:2])),
            _texts_are("table td", list(parameters[2:])),
            'assert.strictEqual(document.querySelectorAll("table tr").length, 2);',
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change a cell, or swap the header cells."""
        left, right, word, number = parameters
        part = rng.randrange(3)
        if part == 0:
            return right, left, word, number
        if part == 1:
            return left, right, _other(rng, FOODS, word), number
        return left, right, word, str(int(number) + 1)


_TYPES = ("text", "email", "number", "password", "date")


class Field(PageFamily):
    """A form with one input and a button."""

    name = "field"

    def draw(self, rng: Random) -> Parameters:
        """Draw the input's type and name, and the button's text."""
        return rng.choice(_TYPES), rng.choice(FIELDS), rng.choice(FOODS)

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the input, then the button."""
        kind, name, text = parameters
        return (
            f'Show a form with an input of type "{kind}" named "{name}" and a button "{text}".',
            (
                f'The page has a form: an input named "{name}" of type "{kind}", then a button '
                f'with the text "{text}".'
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write both inside a form."""
        kind, name, text = parameters
        return [
            "<form>",
            f'\t<input type="{kind}" name="{name}">',
            f"\t<button>{text}</button>",
            "</form>",
        ]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the attributes and at the button."""
        kind, name, text = parameters
        return [
            _attribute_is("form input", "type", kind),
            _attribute_is("form input", "name", name),
            _text_is("form button", text),
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the type, the name or the button."""
        kind, name, text = parameters
        part = rng.randrange(3)
        if part == 0:
            return _other(rng, _TYPES, kind), name, text
        if part == 1:
            return kind, _other(rng, FIELDS, name), text
        return kind, name, _other(rng, FOODS, text)


class Link(PageFamily):
    """A paragraph that holds a link."""

    name = "link"

    def draw(self, rng: Random) -> Parameters:
        """Draw the address and the text."""
        return rng.choice(THINGS + FOODS), _phrase(rng)

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the text and the address in either order."""
        address, text = parameters
        return (
            f'Show a paragraph with a link "{text}" to "/{address}".',
            f'The page has a link to "/{address}" with the text "{text}" inside a paragraph.',
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write the link inside its paragraph."""
        address, text = parameters
        return [f'<p><a href="/{address}">{text}</a></p>']

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the address and at the text."""
        address, text = parameters
        return [_attribute_is("p a", "href", f"/{address}"), _texts_are("a", [text])]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the address or the text."""
        address, text = parameters
        if rng.random() < 0.5:
            return _other(rng, THINGS + FOODS, address), text
        return address, _changed_phrase(rng, text)


class Picture(PageFamily):
    """An image with an alternative text and a width."""

    name = "picture"

    def draw(self, rng: Random) -> Parameters:
        """Draw the file, the alternative text and the width."""
        return rng.choice(THINGS), _phrase(rng), str(rng.randint(1, 9) * 100)

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the file, then the attributes."""
        source, text, width = parameters
        return (
            f'Show the image "{source}.png" with the alternative text "{text}" and width {width}.',
            (
                f'The page has an image of width {width} from the file "{source}.png"; its '
                f'alternative text is "{text}".'
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write one element."""
        source, text, width = parameters
        return [f'<img src="{source}.png" alt="{text}" width="{width}">']

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the three attributes."""
        source, text, width = parameters
        return [
            _attribute_is("img", "src", f"{source}.png"),
            _attribute_is("img", "alt", text),
            _attribute_is("img", "width", width),
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the file, the text or the width."""
        source, text, width = parameters
        part = rng.randrange(3)
        if part == 0:
            return _other(rng, THINGS, source), text, width
        if part == 1:
            return source, _changed_phrase(rng, text), width
        return source, text, str(int(width) + 50)


class Section(PageFamily):
    """A section with an id, a heading and a paragraph."""

    name = "section"

    def draw(self, rng: Random) -> Parameters:
        """Draw the id and both texts."""
        return rng.choice(THINGS), rng.choice(FOODS), _phrase(rng)

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the section, then what is inside."""
        identity, title, text = parameters
        return (
            (
                f'Show a section with the id "{identity}" that holds a level 2 heading "{title}" '
                f'and a paragraph "{text}".'
            ),
            (
                f'The page has a section, id "{identity}". Inside: a level 2 heading "{title}", a '
                f'paragraph "{text}".'
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write the elements inside the section."""
        identity, title, text = parameters
        return [
            f'<section id="{identity}">',
            f"\t<h2>{title}</h2>",
            f"\t<p>{text}</p>",
            "</section>",
        ]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look inside the section of that id."""
        identity, title, text = parameters
        return [
            _text_is(f"section#{identity} > h2", title),
            _text_is(f"section#{identity} > p", text),
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the id or a text."""
        identity, title, text = parameters
        part = rng.randrange(3)
        if part == 0:
            return _other(rng, THINGS, identity), title, text
        if part == 1:
            return identity, _other(rng, FOODS, title), text
        return identity, title, _changed_phrase(rng, text)


class Choice(PageFamily):
    """A drop-down list of two options, one of them chosen."""

    name = "choice"

    def draw(self, rng: Random) -> Parameters:
        """Draw the name, the options and which is chosen."""
        first, second = rng.sample(FOODS, 2)
        return rng.choice(FIELDS), first, second, rng.choice(("first", "second"))

    def wordings(self, parameters: Parameters) -> tuple[str, ...]:
        """Name the options, then the chosen one."""
        name, first, second, chosen = parameters
        return (
            (
                f'Show a select named "{name}" with the options "{first}" and "{second}"; the '
                f"{chosen} is selected."
            ),
            (
                f'The page has a select named "{name}". Its options are "{first}" and "{second}", '
                f"and the {chosen} one is selected."
            ),
        )

    def body(self, parameters: Parameters) -> list[str]:
        """Write an option a line."""
        name, first, second, chosen = parameters
        options = (("first", first), ("second", second))
        return [
            f'<select name="{name}">',
            *(
                f"\t<option{' selected' if place == chosen else ''}>{text}</option>"
                for place, text in options
            ),
            "</select>",
        ]

    def checks(self, parameters: Parameters) -> list[str]:
        """Look at the name, the options and the chosen one."""
        name, first, second, chosen = parameters
        index = {"first": 0, "second": 1}[chosen]
        return [
            _attribute_is("select", "name", name),
            _texts_are("select option", [first, second]),
            (
                'assert.deepStrictEqual(Array.from(document.querySelectorAll("option"), '
                f'(node) => node.hasAttribute("selected")), [{str(index == 0).lower()}, '
                f"{str(index == 1).lower()}]);"
            ),
        ]

    def mutate(self, parameters: Parameters, rng: Random) -> Parameters:
        """Change the name, the order or the chosen one."""
        name, first, second, chosen = parameters
        part = rng.randrange(3)
        if part == 0:
            return _other(rng, FIELDS, name), first, second, chosen
        if part == 1:
            return name, second, first, chosen
        return name, first, second, {"first": "second", "second": "first"}[chosen]


PAGE_OPENING = '<!DOCTYPE html>\n<html lang="en">\n<body>\n'


def page_head(description: str | None) -> str:
    """Write all that stands before the content of `body`."""
    return ("" if description is None else f"<!-- {description} -->\n") + PAGE_OPENING


def page_tail(lines: list[str]) -> str:
    """Write the content of `body` and what closes the page."""
    content = [
        "    " * (1 + len(line) - len(line.lstrip("\t"))) + line.lstrip("\t") for line in lines
    ]
    return "\n".join([*content, "</body>", "</html>", ""])
