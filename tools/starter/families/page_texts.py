"""Families of pages with headings, paragraphs, links and pictures."""

from __future__ import annotations

from tools.starter.families.domains import COLOURS, FOODS, PHRASES, THINGS, Choice
from tools.starter.families.page_family import PageFamily

_LEVELS = ("1", "2", "3")
_MARKS = (Choice("important", "strong"), Choice("stressed", "em"), Choice("small", "small"))
_WIDTHS = tuple(str(100 * n) for n in range(1, 10))

FAMILIES = (
    PageFamily(
        name="heading",
        domains={"k": _LEVELS, "a": PHRASES, "b": PHRASES},
        wordings=(
            'Show a level {k} heading "{a}" and a paragraph "{b}".',
            'The page has a heading of level {k} with the text "{a}", then a paragraph "{b}".',
            'Write "{a}" as a level {k} heading, and below it "{b}" as a paragraph.',
        ),
        body="""
            <h{k}>{a}</h{k}>
            <p>{b}</p>
        """,
        checks=("h1, h2, h3[] = {a}", "h{k} = {a}", "p[] = {b}"),
    ),
    PageFamily(
        name="marked_word",
        domains={"m": _MARKS, "a": COLOURS, "b": THINGS},
        wordings=(
            'Show a paragraph "{a} {b}" where the word "{b}" is {m}.',
            'The page has a paragraph with the text "{a} {b}"; its last word is {m}.',
            'Write "{a} {b}" as a paragraph and make "{b}" {m}.',
        ),
        body="""
            <p>{a} <{m}>{b}</{m}></p>
        """,
        checks=("p = {a} {b}", "p > {m}[] = {b}"),
    ),
    PageFamily(
        name="two_paragraphs",
        domains={"i": THINGS, "a": PHRASES, "b": FOODS},
        wordings=(
            'Show a paragraph "{a}" with the id "{i}" and a second paragraph "{b}".',
            'The page has two paragraphs: "{a}", whose id is "{i}", and "{b}".',
            'Write "{a}" as a paragraph with id "{i}", then "{b}" as another paragraph.',
        ),
        body="""
            <p id="{i}">{a}</p>
            <p>{b}</p>
        """,
        checks=("p[] = {a} | {b}", "p@id = {i}"),
    ),
    PageFamily(
        name="link",
        domains={"i": (*THINGS, *FOODS), "a": PHRASES},
        wordings=(
            'Show a paragraph with a link "{a}" to "/{i}".',
            'The page has a link to "/{i}" with the text "{a}" inside a paragraph.',
            'Write a paragraph that holds the link "{a}"; it leads to "/{i}".',
        ),
        body="""
            <p><a href="/{i}">{a}</a></p>
        """,
        checks=("p > a[] = {a}", "a@href = /{i}"),
    ),
    PageFamily(
        name="picture",
        domains={"i": THINGS, "a": PHRASES, "w": _WIDTHS},
        wordings=(
            'Show the image "{i}.png" with the alternative text "{a}" and width {w}.',
            'The page has an image of width {w} from "{i}.png"; its alternative text is "{a}".',
            'Write an image: file "{i}.png", alternative text "{a}", width {w}.',
        ),
        body="""
            <img src="{i}.png" alt="{a}" width="{w}">
        """,
        checks=("img# = 1", "img@src = {i}.png", "img@alt = {a}", "img@width = {w}"),
    ),
    PageFamily(
        name="two_headings",
        domains={"a": PHRASES, "k": ("2", "3"), "b": PHRASES, "c": FOODS},
        wordings=(
            'Put "{a}" in a level 1 heading, "{b}" in a level {k} heading, "{c}" in a paragraph.',
            'On the page: heading 1 "{a}", heading {k} "{b}" and a paragraph "{c}".',
            'Give the page a level 1 heading "{a}", one of level {k} "{b}", and the text "{c}".',
        ),
        body="""
            <h1>{a}</h1>
            <h{k}>{b}</h{k}>
            <p>{c}</p>
        """,
        checks=("h1[] = {a}", "h{k}[] = {b}", "h2, h3# = 1", "p[] = {c}"),
    ),
    PageFamily(
        name="quote",
        domains={"a": PHRASES, "b": FOODS},
        wordings=(
            'Put the quote "{a}" on the page, and "{b}" below it as a cite in a paragraph.',
            'On the page: a block quote "{a}", then a paragraph with the cite "{b}".',
            'Give the page a block quote with the text "{a}"; a paragraph cites "{b}".',
        ),
        body="""
            <blockquote>{a}</blockquote>
            <p><cite>{b}</cite></p>
        """,
        checks=("blockquote[] = {a}", "p > cite[] = {b}"),
    ),
    PageFamily(
        name="picture_link",
        domains={"i": THINGS, "j": FOODS, "a": PHRASES},
        wordings=(
            'Put a link to "/{j}" on the page; inside is the image "{i}.png", alternative "{a}".',
            'On the page: the image "{i}.png" with alternative text "{a}" as a link to "/{j}".',
            'Give the page an image "{i}.png" that links to "/{j}"; its alternative is "{a}".',
        ),
        body="""
            <a href="/{j}"><img src="{i}.png" alt="{a}"></a>
        """,
        checks=("a@href = /{j}", "a > img@src = {i}.png", "a > img@alt = {a}"),
    ),
    PageFamily(
        name="figure",
        domains={"i": THINGS, "a": COLOURS, "b": PHRASES},
        wordings=(
            'Put a figure on the page: image "{i}.png", alternative "{a}", caption "{b}".',
            'On the page: a figure of the image "{i}.png" ("{a}") with the caption "{b}".',
            'Give the page a figure with caption "{b}" and image "{i}.png", alternative "{a}".',
        ),
        body="""
            <figure>
                <img src="{i}.png" alt="{a}">
                <figcaption>{b}</figcaption>
            </figure>
        """,
        checks=(
            "figure > img@src = {i}.png",
            "figure > img@alt = {a}",
            "figure > figcaption[] = {b}",
        ),
    ),
)
