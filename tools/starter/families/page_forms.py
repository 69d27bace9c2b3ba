"""Families of pages with a form."""

from __future__ import annotations

from tools.starter.families.domains import DIGITS, FOODS, LABELS, PHRASES
from tools.starter.families.page_family import PageFamily

_TYPES = ("text", "email", "number", "password", "date")

FAMILIES = (
    PageFamily(
        name="field",
        domains={"t": _TYPES, "n": LABELS, "a": FOODS},
        wordings=(
            'Show a form with an input of type "{t}" named "{n}" and a button "{a}".',
            'The page has a form: an input named "{n}" of type "{t}", then a button "{a}".',
            'Write a form that holds an input (type "{t}", name "{n}") and the button "{a}".',
        ),
        body="""
            <form>
                <input type="{t}" name="{n}">
                <button>{a}</button>
            </form>
        """,
        checks=("form > input@type = {t}", "form > input@name = {n}", "form > button[] = {a}"),
    ),
    PageFamily(
        name="choice",
        domains={"n": LABELS, "a": FOODS, "b": FOODS},
        where=lambda n, a, b: a != b,
        wordings=(
            'Show a select named "{n}" with the options "{a}" and "{b}"; the second is selected.',
            'The page has a select named "{n}". Its options are "{a}" and the selected "{b}".',
            'Write a select with the name "{n}": option "{a}", then option "{b}", selected.',
        ),
        body="""
            <select name="{n}">
                <option>{a}</option>
                <option selected>{b}</option>
            </select>
        """,
        checks=(
            "select@name = {n}",
            "select > option[] = {a} | {b}",
            "option@selected = false",
            "option + option@selected = true",
        ),
    ),
    PageFamily(
        name="label",
        domains={"n": LABELS, "a": PHRASES},
        wordings=(
            'Show a label "{a}" for the input with the id "{n}", and that input.',
            'The page has an input whose id is "{n}", and before it its label "{a}".',
            'Write the label "{a}" and after it the input with id "{n}" that it is for.',
        ),
        body="""
            <label for="{n}">{a}</label>
            <input id="{n}">
        """,
        checks=("label[] = {a}", "label@for = {n}", "input@id = {n}"),
    ),
    PageFamily(
        name="range",
        domains={"n": LABELS, "a": DIGITS[:5], "b": DIGITS[5:]},
        wordings=(
            'Show an input of type "number" named "{n}" with minimum {a} and maximum {b}.',
            'The page has a number input named "{n}" that takes {a} to {b}.',
            'Write an input (type "number", name "{n}") from {a} to {b}.',
        ),
        body="""
            <input type="number" name="{n}" min="{a}" max="{b}">
        """,
        checks=(
            "input@type = number",
            "input@name = {n}",
            "input@min = {a}",
            "input@max = {b}",
        ),
    ),
    PageFamily(
        name="checkbox",
        domains={"n": LABELS, "a": PHRASES},
        wordings=(
            'Put a form on the page with a checked checkbox named "{n}" in the label "{a}".',
            'On the page: a form, in it a label "{a}" that holds a checkbox "{n}", checked.',
            'Give the page a form; its label "{a}" has a checked checkbox with name "{n}".',
        ),
        body="""
            <form>
                <label><input type="checkbox" name="{n}" checked> {a}</label>
            </form>
        """,
        checks=(
            "form > label = {a}",
            "label > input@type = checkbox",
            "label > input@name = {n}",
            "label > input@checked = true",
        ),
    ),
    PageFamily(
        name="text_area",
        domains={"n": LABELS, "r": DIGITS[2:], "a": PHRASES},
        wordings=(
            'Put a text area named "{n}" on the page, {r} rows high, with the text "{a}".',
            'On the page: a text area of {r} rows with name "{n}" that says "{a}".',
            'Give the page a text area: name "{n}", rows {r}, text "{a}".',
        ),
        body="""
            <textarea name="{n}" rows="{r}">{a}</textarea>
        """,
        checks=("textarea@name = {n}", "textarea@rows = {r}", "textarea[] = {a}"),
    ),
    PageFamily(
        name="radio",
        domains={"n": LABELS, "a": FOODS, "b": FOODS},
        where=lambda n, a, b: a != b,
        wordings=(
            'Put two radio buttons named "{n}" on the page, with the values "{a}" and "{b}".',
            'On the page: radio buttons with name "{n}", the first of value "{a}", then "{b}".',
            'Give the page a radio button "{n}" for "{a}" and one for "{b}".',
        ),
        body="""
            <input type="radio" name="{n}" value="{a}">
            <input type="radio" name="{n}" value="{b}">
        """,
        checks=(
            'input[type="radio"][name="{n}"]# = 2',
            "input@value = {a}",
            "input + input@value = {b}",
        ),
    ),
    PageFamily(
        name="button_form",
        domains={"i": FOODS, "m": ("get", "post"), "a": PHRASES},
        wordings=(
            'Put a form on the page that goes to "/{i}" by "{m}" and has a button "{a}".',
            'On the page: a form with action "/{i}" and method "{m}"; its button says "{a}".',
            'Give the page a form (method "{m}", action "/{i}") and in it the button "{a}".',
        ),
        body="""
            <form action="/{i}" method="{m}">
                <button>{a}</button>
            </form>
        """,
        checks=("form@action = /{i}", "form@method = {m}", "form > button[] = {a}"),
    ),
)
