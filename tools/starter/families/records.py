"""Families on simple records: items that have a price and a count."""

from __future__ import annotations

from typing import Any

from tools.starter.families.domains import (
    DIGITS,
    FIELDS,
    JOINTS,
    OPERATIONS,
    PREDICATES,
    THRESHOLDS,
)
from tools.starter.families.family import CodeFamily
from tools.starter.families.testcode import Item

Items = tuple[Item, ...]


def _field(field: Any, item: Item) -> int:
    return item[0] if field.text == "price" else item[1]


FAMILIES = (
    CodeFamily(
        name="total_value",
        takes="items: items -> int",
        domains={"a": FIELDS, "p": PREDICATES},
        wordings=(
            "Sum price times count over the items whose {a} is {p}.",
            "Add up price times count for every item with a {a} that is {p}.",
            "For each item which has a {a} {p}, add its price times its count to a total.",
        ),
        program="""
            total = 0
            for item in items:
                if {p:item.{a}}:
                    total += item.price * item.count
            return total
        """,
        meaning=lambda a, p, items: sum(x * y for x, y in items if p.holds(_field(a, (x, y)))),
    ),
    CodeFamily(
        name="best_item",
        takes="items: items -> int",
        domains={"a": FIELDS, "b": FIELDS, "p": PREDICATES},
        where=lambda a, b, p: a != b,
        wordings=(
            "Return the largest {a} of the items whose {b} is {p}, at least 0.",
            "Find the maximum of 0 and the {a} of all items with a {b} that is {p}.",
            "Start with 0 and return the biggest {a} of an item which has a {b} {p}.",
        ),
        program="""
            best = 0
            for item in items:
                if {p:item.{b}} and item.{a} > best:
                    best = item.{a}
            return best
        """,
        meaning=lambda a, b, p, items: max(
            (_field(a, item) for item in items if p.holds(_field(b, item))), default=0
        ),
    ),
    CodeFamily(
        name="any_item",
        takes="items: items -> bool",
        domains={"p": THRESHOLDS, "q": PREDICATES},
        wordings=(
            "Tell whether any item has a price {p} and a count {q}.",
            "Return true if the price of some item is {p} and its count {q}, else false.",
            "Check that there is an item whose price is {p} and count is {q}.",
        ),
        program="""
            for item in items:
                if {p:item.price} and {q:item.count}:
                    return True
            return False
        """,
        meaning=lambda p, q, items: any(p.holds(x) and q.holds(y) for x, y in items),
    ),
    CodeFamily(
        name="first_item",
        takes="items: items -> int",
        domains={"a": FIELDS, "b": FIELDS, "p": PREDICATES, "k": DIGITS},
        where=lambda a, b, p, k: a != b,
        wordings=(
            "Return the {a} of the first item whose {b} is {p}, or {k} if there is none.",
            "Find the first item with a {b} that is {p} and return its {a}, else {k}.",
            "Search items for one which has a {b} {p}: return its {a}, or {k} without one.",
        ),
        program="""
            for item in items:
                if {p:item.{b}}:
                    return item.{a}
            return {k}
        """,
        meaning=lambda a, b, p, k, items: [
            *(_field(a, item) for item in items if p.holds(_field(b, item))),
            k,
        ][0],
    ),
    CodeFamily(
        name="count_items",
        takes="items: items -> int",
        domains={"p": THRESHOLDS, "j": JOINTS, "q": PREDICATES},
        wordings=(
            "Count the items whose price is {p} {j} whose count is {q}.",
            "Return how many items have a price {p} {j} a count {q}.",
            "Find the number of items with a price that is {p} {j} a count that is {q}.",
        ),
        program="""
            count = 0
            for item in items:
                if {p:item.price} {j} {q:item.count}:
                    count += 1
            return count
        """,
        meaning=lambda p, j, q, items: sum(j.between(p.holds(x), q.holds(y)) for x, y in items),
    ),
    CodeFamily(
        name="list_items",
        takes="items: items -> list",
        domains={"a": FIELDS, "b": FIELDS, "p": PREDICATES},
        where=lambda a, b, p: a != b,
        wordings=(
            "List the {a} of each item whose {b} is {p}.",
            "Return a list of the {a} of all items with a {b} that is {p}.",
            "For every item which has a {b} {p}, put its {a} in the result.",
        ),
        program="""
            result = []
            for item in items:
                if {p:item.{b}}:
                    result.append(item.{a})
            return result
        """,
        meaning=lambda a, b, p, items: [
            _field(a, item) for item in filter(lambda item: p.holds(_field(b, item)), items)
        ],
    ),
    CodeFamily(
        name="changed_prices",
        takes="items: items -> int",
        domains={"p": PREDICATES, "f": OPERATIONS},
        wordings=(
            "Sum the prices of all items; where the count is {p}, {f} first.",
            "Add up the price of each item, but {f:the price} if its count is {p}.",
            "Return the total of all prices, with {f:the price} for items with a count {p}.",
        ),
        program="""
            total = 0
            for item in items:
                if {p:item.count}:
                    total += {f:item.price}
                else:
                    total += item.price
            return total
        """,
        meaning=lambda p, f, items: sum(f.of(x) if p.holds(y) else x for x, y in items),
    ),
)
