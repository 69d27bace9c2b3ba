"""Families of pages with lists, tables and sections."""

from __future__ import annotations

from tools.starter.families.domains import DIGITS, FOODS, LABELS, PHRASES, THINGS, Choice
from tools.starter.families.page_family import PageFamily

_LISTS = (Choice("a numbered list", "ol"), Choice("a bulleted list", "ul"))
_PARTS = (Choice("header", "header"), Choice("footer", "footer"), Choice("aside", "aside"))


def _differ(*values: object) -> bool:
    words = [value for value in values if isinstance(value, str)]
    return len(set(words)) == len(words)


FAMILIES = (
    PageFamily(
        name="item_list",
        domains={"m": _LISTS, "a": FOODS, "b": FOODS, "c": FOODS},
        where=_differ,
        wordings=(
            'Show {m} with the items "{a}", "{b}" and "{c}".',
            'The page has {m}: "{a}", "{b}", "{c}".',
            'Write {m} that holds the items "{a}", "{b}", "{c}".',
        ),
        body="""
            <{m}>
                <li>{a}</li>
                <li>{b}</li>
                <li>{c}</li>
            </{m}>
        """,
        checks=("{m} > li[] = {a} | {b} | {c}", "li# = 3"),
    ),
    PageFamily(
        name="headed_list",
        domains={"a": PHRASES, "m": _LISTS, "b": FOODS, "c": FOODS},
        where=_differ,
        wordings=(
            'Show a level 2 heading "{a}" and {m} with the items "{b}" and "{c}".',
            'The page has a level 2 heading with the text "{a}", then {m}: "{b}", "{c}".',
            'Write "{a}" as a level 2 heading, and below it {m} of "{b}" and "{c}".',
        ),
        body="""
            <h2>{a}</h2>
            <{m}>
                <li>{b}</li>
                <li>{c}</li>
            </{m}>
        """,
        checks=("h2[] = {a}", "h2 + {m} > li[] = {b} | {c}"),
    ),
    PageFamily(
        name="table",
        domains={"a": LABELS, "b": LABELS, "c": FOODS, "k": DIGITS},
        where=_differ,
        wordings=(
            'Show a table with the header cells "{a}" and "{b}" and one row "{c}" and "{k}".',
            'The page has a table. Its header row is "{a}", "{b}"; its other row "{c}", "{k}".',
            'Write a table that has the header cells "{a}", "{b}" and a row of "{c}", "{k}".',
        ),
        body="""
            <table>
                <tr><th>{a}</th><th>{b}</th></tr>
                <tr><td>{c}</td><td>{k}</td></tr>
            </table>
        """,
        checks=("table th[] = {a} | {b}", "table td[] = {c} | {k}", "table tr# = 2"),
    ),
    PageFamily(
        name="plain_table",
        domains={"a": FOODS, "k": DIGITS, "b": FOODS, "m": DIGITS},
        where=_differ,
        wordings=(
            'Show a table with the rows "{a}", "{k}" and "{b}", "{m}".',
            'The page has a table of two rows. The first is "{a}", "{k}"; the other "{b}", "{m}".',
            'Write a table that has a row of "{a}", "{k}" and a row of "{b}", "{m}".',
        ),
        body="""
            <table>
                <tr><td>{a}</td><td>{k}</td></tr>
                <tr><td>{b}</td><td>{m}</td></tr>
            </table>
        """,
        checks=("table td[] = {a} | {k} | {b} | {m}", "table tr# = 2"),
    ),
    PageFamily(
        name="section",
        domains={"i": THINGS, "a": FOODS, "b": PHRASES},
        wordings=(
            'Show a section with the id "{i}": a level 2 heading "{a}" and a paragraph "{b}".',
            'The page has a section, id "{i}". Inside: a level 2 heading "{a}", a paragraph "{b}".',
            'Write a section with id "{i}": "{a}" as a level 2 heading, the paragraph "{b}".',
        ),
        body="""
            <section id="{i}">
                <h2>{a}</h2>
                <p>{b}</p>
            </section>
        """,
        checks=("section@id = {i}", "section > h2[] = {a}", "section > p[] = {b}"),
    ),
    PageFamily(
        name="part",
        domains={"m": _PARTS, "a": PHRASES, "i": THINGS},
        wordings=(
            'Show the {m} of the page with the class "{i}" and in it a paragraph "{a}".',
            'The page has the {m} with class "{i}". Inside: a paragraph "{a}".',
            'Write the {m}, class "{i}", that holds "{a}" as a paragraph.',
        ),
        body="""
            <{m} class="{i}">
                <p>{a}</p>
            </{m}>
        """,
        checks=("{m}@class = {i}", "{m} > p[] = {a}"),
    ),
    PageFamily(
        name="menu",
        domains={"a": (*FOODS, *THINGS), "b": (*FOODS, *THINGS)},
        where=_differ,
        wordings=(
            'Show a nav with a link "{a}" to "/{a}" and a link "{b}" to "/{b}".',
            'The page has a nav. Inside: the link "{a}" to "/{a}" and the link "{b}" to "/{b}".',
            'Write a nav that holds the links "{a}" and "{b}"; they lead to "/{a}" and "/{b}".',
        ),
        body="""
            <nav>
                <a href="/{a}">{a}</a>
                <a href="/{b}">{b}</a>
            </nav>
        """,
        checks=("nav > a[] = {a} | {b}", "a@href = /{a}", "a + a@href = /{b}"),
    ),
    PageFamily(
        name="nested_list",
        domains={"a": FOODS, "b": THINGS, "c": THINGS},
        where=_differ,
        wordings=(
            'Put a bulleted list on the page: the item "{a}", in it a list of "{b}" and "{c}".',
            'On the page: a bulleted list whose item "{a}" has the items "{b}" and "{c}" below it.',
            'Give the page a bulleted list with "{a}", and inside that item a list "{b}", "{c}".',
        ),
        body="""
            <ul>
                <li>{a}
                    <ul>
                        <li>{b}</li>
                        <li>{c}</li>
                    </ul>
                </li>
            </ul>
        """,
        checks=("body > ul > li = {a} {b} {c}", "ul ul > li[] = {b} | {c}"),
    ),
    PageFamily(
        name="terms",
        domains={"a": FOODS, "b": PHRASES, "c": THINGS},
        wordings=(
            'Put a description list on the page: "{a}" is "{b}", and also "{c}".',
            'On the page: a description list with the term "{a}" and the texts "{b}", "{c}".',
            'Give the page a description list; its term "{a}" is described by "{b}" and "{c}".',
        ),
        body="""
            <dl>
                <dt>{a}</dt>
                <dd>{b}</dd>
                <dd>{c}</dd>
            </dl>
        """,
        checks=("dl > dt[] = {a}", "dl > dd[] = {b} | {c}"),
    ),
    PageFamily(
        name="captioned_table",
        domains={"a": PHRASES, "b": FOODS, "k": DIGITS},
        wordings=(
            'Put a table with the caption "{a}" on the page; its only row is "{b}", "{k}".',
            'On the page: a table, caption "{a}", with one row of "{b}" and "{k}".',
            'Give the page a table of one row, "{b}" and "{k}"; the caption says "{a}".',
        ),
        body="""
            <table>
                <caption>{a}</caption>
                <tr><td>{b}</td><td>{k}</td></tr>
            </table>
        """,
        checks=("table > caption[] = {a}", "table td[] = {b} | {k}", "table tr# = 1"),
    ),
    PageFamily(
        name="row_heads",
        domains={"a": LABELS, "b": FOODS, "c": LABELS, "d": FOODS},
        where=_differ,
        wordings=(
            'Put a table on the page; a header cell "{a}" leads to "{b}", another "{c}" to "{d}".',
            'On the page: a table of two rows, header cell "{a}" with "{b}" and "{c}" with "{d}".',
            'Give the page a table whose rows are: head "{a}", cell "{b}"; head "{c}", cell "{d}".',
        ),
        body="""
            <table>
                <tr><th>{a}</th><td>{b}</td></tr>
                <tr><th>{c}</th><td>{d}</td></tr>
            </table>
        """,
        checks=("table th[] = {a} | {c}", "table th + td[] = {b} | {d}", "table tr# = 2"),
    ),
    PageFamily(
        name="article",
        domains={"a": PHRASES, "b": FOODS, "c": THINGS},
        wordings=(
            'Put an article on the page: level 1 heading "{a}" in a header, then "{b}", "{c}".',
            'On the page: an article, its header has "{a}" as heading 1; then "{b}" and "{c}".',
            'Give the page an article: header with heading 1 "{a}", paragraphs "{b}", "{c}".',
        ),
        body="""
            <article>
                <header><h1>{a}</h1></header>
                <p>{b}</p>
                <p>{c}</p>
            </article>
        """,
        checks=("article > header > h1[] = {a}", "article > p[] = {b} | {c}"),
    ),
)
