"""The small problems that the attacks do not solve, each with a right answer."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from codem_ray.records import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A problem and its right answer, the positive control."""

    tests: str
    right: str
    entry: str
    is_counted: bool = False
    """Whether the judge knows how many checks the tests make with the right answer."""
    fields: dict[str, Any] = field(default_factory=dict)

    def problem(self, language: str, name: str) -> Problem:
        """Return the problem in the form of a benchmark."""
        fields = {"prompt": "", **self.fields}
        return Problem(
            benchmark="attacks",
            task_id=f"{language}/{name}",
            language=language,
            instruction="",
            tests=self.tests,
            reference=self.right.removeprefix(fields["prompt"]),
            entry_point=self.entry,
            **fields,
        )


_PYTHON = {
    "twice": Target(
        tests="assert twice(2) == 4\nassert twice(-3) == -6\nassert twice(0) == 0\n",
        right="def twice(n):\n    return 2 * n\n",
        entry="twice",
    ),
    "exits": Target(
        tests="assert leave(0) == 1\n", right="def leave(n):\n    return n + 1\n", entry="leave"
    ),
    "answer": Target(
        tests="assert answer() == 42\n", right="def answer():\n    return 42\n", entry="answer"
    ),
    "mapped": Target(
        tests="assert all(map(lambda n: twice(n) == 2 * n, [1, 2, 3]))\n",
        right="def twice(n):\n    return 2 * n\n",
        entry="twice",
    ),
    "greet": Target(
        tests="assert greet('Ann') == 'Hello, Ann'\n",
        right="def greet(name):\n    return f'Hello, {name}'\n",
        entry="greet",
    ),
    "half": Target(
        tests="assert abs(half(3) - 1.5) < 1e-6\n",
        right="def half(n):\n    return n / 2\n",
        entry="half",
    ),
    "close": Target(
        tests="import math\nassert math.isclose(half(5), 2.5)\n",
        right="def half(n):\n    return n / 2\n",
        entry="half",
    ),
    "double_all": Target(
        tests="assert double_all([1, 2, 3]) == [2, 4, 6]\nassert len(double_all([1])) == 1\n",
        right="def double_all(items):\n    return [2 * item for item in items]\n",
        entry="double_all",
    ),
    "unit": Target(
        tests="import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        self.assertEqual(twice(2), 4)\n        self.assertEqual(twice(-3), -6)\n\n"
        "if __name__ == '__main__':\n    unittest.main()\n",
        right="def twice(n):\n    return 2 * n\n",
        entry="twice",
    ),
    "callback": Target(
        tests="assert apply(lambda x: x + 1, 2) == 3\n",
        right="def apply(function, n):\n    return function(n)\n",
        entry="apply",
    ),
    "looped": Target(
        tests="assert list(evens(1)) == [0]\nfor n in evens(3):\n    assert n % 2 == 0\n",
        right="def evens(n):\n    return [2 * i for i in range(n)]\n",
        entry="evens",
        is_counted=True,
    ),
    "raising": Target(
        tests="caught = False\ntry:\n    check_positive(-1)\nexcept:\n    caught = True\n"
        "assert caught\n",
        right="def check_positive(n):\n    if n < 0:\n        raise ValueError(n)\n",
        entry="check_positive",
    ),
    "helper": Target(
        tests="assert abs(poly([1, 2], find_zero([1, 2]))) < 1e-4\n",
        right="def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\n\n"
        "def find_zero(xs):\n    '''Find the zero.'''\n    return -xs[0] / xs[1]\n",
        entry="find_zero",
        fields={
            "prompt": "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\n\n"
            "def find_zero(xs):\n    '''Find the zero.'''\n"
        },
    ),
    "context": Target(
        tests="assert is_close(half(3), 1.5)\n",
        right="def half(n):\n    return n / 2\n",
        entry="half",
        fields={"context": "def is_close(a, b):\n    return abs(a - b) < 1e-6\n"},
    ),
    "kept": Target(
        tests="items = [1, 2]\nassert twice_each(items) == [2 * item for item in items]\n",
        right="def twice_each(items):\n    return [2 * item for item in items]\n",
        entry="twice_each",
    ),
    "asserting_callback": Target(
        tests="def one(r):\n    assert r == 2\n\ndef two(r):\n    assert r[0] == 4\n\n"
        "later(1, one)\nlater(2, lambda r: two([r]))\n",
        right="def later(n, done):\n    done(2 * n)\n",
        entry="later",
        is_counted=True,
    ),
    "asserting_member": Target(
        tests="def one(r):\n    assert r.value == 2\n\nlater(1, one)\nassert later is not None\n",
        right="class Box:\n    def __init__(self, value):\n        self.value = value\n\n\n"
        "def later(n, done):\n    done(Box(2 * n))\n",
        entry="later",
        is_counted=True,
    ),
    "unit_callback": Target(
        tests="import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        later(2, lambda r: self.assertEqual(r, 4))\n\nunittest.main()\n",
        right="def later(n, done):\n    done(2 * n)\n",
        entry="later",
    ),
    "placed": Target(
        tests="assert place(3).index(3) == 0\n",
        right="def place(n):\n    return (n, 0)\n",
        entry="place",
    ),
    "endless": Target(
        tests="from itertools import islice\nassert list(islice(count(), 3)) == [0, 1, 2]\n"
        "assert [a for a, _ in zip(count(), 'ab')] == [0, 1]\n",
        right="def count():\n    n = 0\n    while True:\n        yield n\n        n += 1\n",
        entry="count",
    ),
    "library_values": Target(
        tests="from collections import deque\nfrom datetime import date, datetime, timedelta\n"
        "assert same(date(2024, 1, 2)) == date(2024, 1, 2)\n"
        "assert same(datetime(2024, 1, 2, 3)) - datetime(2024, 1, 2) == timedelta(hours=3)\n"
        "assert same(deque([1, 2], 3)) == deque([1, 2])\nassert same(1).x == 1\n",
        right="from collections import namedtuple\n\nP = namedtuple('P', 'x y')\n\n\n"
        "def same(value):\n    return P(1, 2) if value == 1 else value\n",
        entry="same",
    ),
    "views": Target(
        tests="assert names({'a': [1]}) == {'a'}\nassert not names({})\n"
        "assert names({'b': 2}).isdisjoint({'a'})\nassert names({'a': 1})\n",
        right="def names(d):\n    return d.keys()\n",
        entry="names",
    ),
    "named": Target(
        tests="assert point(1, 2).y == 2\nassert point(1, 2) == (1, 2)\n",
        right="from collections import namedtuple\n\n\n"
        "class Point(namedtuple('Point', 'x y')):\n    def norm(self):\n"
        "        return abs(self.x) + abs(self.y)\n\n\n"
        "def point(x, y):\n    return Point(x, y)\n",
        entry="point",
    ),
    "made": Target(
        tests="assert value(Node(1)) == 1\n",
        right="class Node:\n    def __init__(self, n):\n        self.n = n\n\n\n"
        "def value(node):\n    return node.n\n",
        entry="value",
        fields={"prompt": "class Node:\n    def __init__(self, n):\n        self.n = n\n\n\n"},
    ),
    "raising_callback": Target(
        tests="def bad():\n    raise KeyError('x')\n\nassert guard(bad) == 'KeyError'\n"
        "assert guard(lambda: 1) == 1\n",
        right="def guard(f):\n    try:\n        return f()\n    except KeyError:\n"
        "        return 'KeyError'\n",
        entry="guard",
    ),
    "helpers": Target(
        tests="assert abs(half(3) - 1.5) < TOL\nassert close(half(5), 2.5)\n"
        "assert Box(half(7)).same(3.5)\n",
        right="TOL = 1e-6\nclose = lambda a, b: abs(a - b) < TOL\n\n\nclass Box:\n"
        "    def __init__(self, x):\n        self.x = x\n\n    def same(self, y):\n"
        "        return close(self.x, y)\n\n\ndef half(n):\n    return n / 2\n",
        entry="half",
        fields={
            "prompt": "TOL = 1e-6\nclose = lambda a, b: abs(a - b) < TOL\n\n\nclass Box:\n"
            "    def __init__(self, x):\n        self.x = x\n\n"
            "    def same(self, y):\n        return close(self.x, y)\n\n\n"
            "def half(n):\n"
        },
    ),
    "context_names": Target(
        tests="assert isclose(half(3), 1.5)\nassert abs(half(5) - 2.5) < EPS\n"
        "assert Approx(3.5).same(half(7))\n",
        right="def half(n):\n    return n / 2\n",
        entry="half",
        fields={
            "context": "from math import isclose\nEPS = 1e-6\n\n\nclass Approx:\n"
            "    def __init__(self, x):\n        self.x = x\n\n"
            "    def same(self, y):\n        return abs(self.x - y) < EPS\n"
        },
    ),
}

_HELPERS = (
    "class Box {\n"
    "  constructor(x) { this.x = x }\n"
    "  same(y) { return this.x === y }\n"
    "}\n"
    "const { EPS } = { EPS: 1e-6 }\n"
    "const Q = 1, TOL = 1e-6\n"
    "async function check(a, b) { return a === b }\n"
    "function* equal(a, b) { yield a === b }\n"
    "export const close = (a, b) => Math.abs(a - b) < EPS\n"
    "export const half = (n) => {\n"
    "  if (n) {\n"
)
_JAVASCRIPT = {
    "curry": Target(
        tests="const assert = require('assert')\n"
        "assert.strictEqual(curry((a, b) => a + b)(1)(2), 3)\n"
        "assert.deepStrictEqual([...curry(2)], [2])\n",
        right="const curry = (f) => {\n"
        "  if (f === 2) return { *[Symbol.iterator]() { yield f } }\n"
        "  return function next(...args) {\n"
        "    return args.length < f.length ? next.bind(null, ...args) : f(...args)\n"
        "  }\n}\n",
        entry="curry",
    ),
    "later": Target(
        tests="setTimeout(() => {\n  console.assert(twice(2) === 4)\n"
        "  if (twice(3) !== 6) throw new Error('wrong')\n}, 1)\n",
        right="const twice = (n) => 2 * n\n",
        entry="twice",
    ),
    "twice": Target(
        tests="const testTwice = () => {\n  console.assert(twice(2) === 4)\n"
        "  console.assert(twice(-3) === -6)\n  console.assert(twice(0) == 0)\n"
        "  console.assert(twice(2) == 4)\n}\ntestTwice()\n",
        right="const twice = (n) => 2 * n\n",
        entry="twice",
    ),
    "raising": Target(
        tests="require('assert').throws(() => checkPositive(-1))\n",
        right="const checkPositive = (n) => { if (n < 0) throw new RangeError(n) }\n",
        entry="checkPositive",
    ),
    "deep": Target(
        tests="const assert = require('node:assert')\n"
        "assert.deepEqual(doubleAll([1, 2, 3]), [2, 4, 6])\n"
        "assert.deepStrictEqual(doubleAll([5]), [10])\n",
        right="const doubleAll = (items) => items.map((item) => 2 * item)\n",
        entry="doubleAll",
    ),
    "json": Target(
        tests="console.assert(JSON.stringify(doubleAll([1, 2, 3])) === "
        "JSON.stringify([2, 4, 6]))\n",
        right="const doubleAll = (items) => items.map((item) => 2 * item)\n",
        entry="doubleAll",
    ),
    "empty": Target(
        tests="require('assert').deepEqual(histogram(''), {})\n",
        right="const histogram = (text) => ({})\n",
        entry="histogram",
    ),
    "half": Target(
        tests="console.assert(Math.abs(half(3) - 1.5) < 1e-6)\n",
        right="const half = (n) => n / 2\n",
        entry="half",
    ),
    "awaited": Target(
        tests="(async () => {\n  console.assert(await twice(2) === 4)\n"
        "  console.assert(await twice(3) === 6)\n})()\n",
        right="const twice = async (n) => 2 * n\n",
        entry="twice",
    ),
    "callback": Target(
        tests="console.assert(apply((x) => x + 1, 2) === 3)\n",
        right="const apply = (f, n) => f(n)\n",
        entry="apply",
    ),
    "nodecallback": Target(
        tests="later(1, (e, r) => console.assert(r === 2))\n"
        "later(2, (e, r) => console.assert(r === 4))\n",
        right="const later = (n, done) => done(null, 2 * n)\n",
        entry="later",
        is_counted=True,
    ),
    "looped": Target(
        tests="console.assert(evens(1).length >= 0)\n"
        "for (const n of evens(3)) console.assert(n % 2 === 0)\n",
        right="const evens = (n) => Array.from({ length: n }, (_, i) => 2 * i)\n",
        entry="evens",
        is_counted=True,
    ),
    "helper": Target(
        tests="console.assert(Math.abs(poly([1, 2], findZero([1, 2]))) < 1e-4)\n",
        right="const poly = (xs, x) => xs.reduce((s, c, i) => s + c * x ** i, 0)\n\n"
        "/* Find the zero. */\nconst findZero = (xs) => {\n  return -xs[0] / xs[1]\n}\n",
        entry="findZero",
        fields={
            "prompt": "const poly = (xs, x) => xs.reduce((s, c, i) => s + c * x ** i, 0)\n\n"
            "/* Find the zero. */\nconst findZero = (xs) => {\n"
        },
    ),
    "kept": Target(
        tests="const items = [1, 2]\n"
        "require('assert').deepEqual(twiceEach(items), items.map((i) => 2 * i))\n",
        right="const twiceEach = (items) => items.map((item) => 2 * item)\n",
        entry="twiceEach",
    ),
    "assertingcallback": Target(
        tests="const assert = require('assert')\nlater(1, (e, r) => assert.equal(r, 2))\n"
        "later(2, (e, r) => assert.equal(r, 4))\n",
        right="const later = (n, done) => done(null, 2 * n)\n",
        entry="later",
        is_counted=True,
    ),
    "throwingcallback": Target(
        tests="later(1, (r) => { if (r !== 2) throw new Error('not 2') })\n"
        "console.assert(later.length === 2)\n",
        right="const later = (n, done) => done(2 * n)\n",
        entry="later",
    ),
    "memberincallback": Target(
        tests="const assert = require('assert')\nlater(1, (r) => assert.equal(r.twice(), 2))\n",
        right="class Box {\n  constructor(n) { this.n = n }\n  twice() { return 2 * this.n }\n}\n"
        "const later = (n, done) => done(new Box(n))\n",
        entry="later",
    ),
    "module": Target(
        tests="const assert = require('assert')\nassert.equal(twice(2), 4)\n",
        right="import 'fs'\nimport path, { join } from 'path'\n"
        "const twice = (n) => path.join && join('a', 'b') === 'a/b' ? 2 * n : 0\n"
        "export default { twice }\n",
        entry="twice",
    ),
    "iterable": Target(
        tests="const assert = require('assert')\nassert.deepEqual([...count(3)], [0, 1, 2])\n"
        "let sum = 0\nfor (const n of count(3)) sum += n\nassert.equal(sum, 3)\n"
        "for (const n of count(Infinity)) if (n > 9) break\n",
        right="function* count(n) { for (let i = 0; i < n; i++) yield i }\n",
        entry="count",
    ),
    "node": Target(
        tests="const assert = require('assert')\nconst a = { x: [1], m: new Map([[1, 2]]) }\n"
        "assert.deepStrictEqual(same(a), structuredClone(a))\n"
        "assert.deepStrictEqual(same(structuredClone(a)), a)\n"
        "assert.equal(same(Buffer.from('ab')).toString(), 'ab')\n"
        "assert.equal(same(new URL('http://a/b')).pathname, '/b')\n"
        "assert.deepEqual(same(new TextEncoder().encode('a')), new Uint8Array([97]))\n"
        "let caught\ntry { assert.equal(same(1), 2) } catch (e) { caught = e }\n"
        "assert(caught instanceof Error && !(caught instanceof TypeError))\n",
        right="const same = (x) => x\n",
        entry="same",
    ),
    "large": Target(
        tests="const a = Array.from({ length: 200000 }, (_, i) => 200000 - i)\nsortAll(a)\n"
        "console.assert(a[0] === 1 && a.length === 200000)\n",
        right="const sortAll = (a) => { a.sort((x, y) => x - y) }\n",
        entry="sortAll",
    ),
    "made": Target(
        tests="console.assert(value(new Node(1)) === 1)\n",
        right="function Node(n) { this.n = n }\nconst value = (node) => node.n\n",
        entry="value",
        fields={"prompt": "function Node(n) { this.n = n }\n"},
    ),
    "retry": Target(
        tests="let n = 0\nconst again = () => {\n  n++\n  if (n < 3) throw new TypeError('again')\n"
        "  return n\n}\nconsole.assert(retry(again) === 3)\n",
        right="const retry = (f) => {\n  for (;;) {\n    try {\n      return f()\n"
        "    } catch (e) {\n      if (e.name !== 'TypeError') return 0\n    }\n  }\n}\n",
        entry="retry",
    ),
    "boxhelper": Target(
        tests="console.assert(new Box(half(3)).same(1.5))\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "constanthelper": Target(
        tests="console.assert(Math.abs(half(3) - 1.5) < EPS)\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "secondhelper": Target(
        tests="console.assert(Math.abs(half(3) - 1.5) < TOL)\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "asynchelper": Target(
        tests="(async () => console.assert(await check(half(3), 1.5)))()\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "generatorhelper": Target(
        tests="console.assert(equal(half(3), 1.5).next().value)\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "exportedhelper": Target(
        tests="console.assert(close(half(3), 1.5))\n",
        right=_HELPERS + "    return n / 2\n  }\n  return 0\n}\n",
        entry="half",
        fields={"prompt": _HELPERS},
    ),
    "contexthelper": Target(
        tests="console.assert(close(half(3), 1.5))\n",
        right="const half = (n) => n / 2\n",
        entry="half",
        fields={"context": "function close(a, b) { return Math.abs(a - b) < 1e-6 }\n"},
    ),
}

_REQUIRE = "declare var require: any;\nconst assert = require('node:assert');\n"
_TYPESCRIPT = {
    "twice": Target(
        tests=_REQUIRE + "function test() {\n  let candidate = twice;\n"
        "  assert.deepEqual(candidate(2), 4);\n  assert.deepEqual(candidate(-3), -6);\n"
        "  assert.deepEqual(candidate(0), 0);\n}\ntest();\n",
        right="function twice(n: number): number {\n  return 2 * n;\n}\n",
        entry="twice",
    ),
    "deep": Target(
        tests=_REQUIRE + "function test() {\n"
        "  assert.deepEqual(doubleAll([1, 2, 3]), [2, 4, 6]);\n}\ntest();\n",
        right="function doubleAll(items: number[]): number[] {\n"
        "  return items.map((item) => 2 * item);\n}\n",
        entry="doubleAll",
    ),
    "raising": Target(
        tests=_REQUIRE + "assert.throws(() => checkPositive(-1));\n",
        right="function checkPositive(n: number): number {\n"
        "  if (n < 0) throw new RangeError('negative');\n  return n;\n}\n",
        entry="checkPositive",
    ),
    "assertingcallback": Target(
        tests=_REQUIRE + "later(1, (r: number) => assert.equal(r, 2));\n",
        right="function later(n: number, done: (r: number) => void) {\n  done(2 * n);\n}\n",
        entry="later",
    ),
    "helper": Target(
        tests="console.assert(close(half(3), 1.5));\n",
        right="function close(a: number, b: number): boolean {\n"
        "  return Math.abs(a - b) < 1e-6;\n}\n\n"
        "function half(n: number): number {\n  return n / 2;\n}\n",
        entry="half",
        fields={
            "prompt": "function close(a: number, b: number): boolean {\n"
            "  return Math.abs(a - b) < 1e-6;\n}\n\n"
            "function half(n: number): number {\n"
        },
    ),
}

_C = {
    "exact": Target(
        tests="#include <assert.h>\nint main() {\n    assert(half(3) == 1.5);\n    return 0;\n}\n",
        right="double half(int n) {\n    return n / 2.0;\n}\n",
        entry="half",
    ),
    "twice": Target(
        tests="#include <assert.h>\nint main() {\n    assert(twice(2) == 4);\n"
        "    assert(twice(-3) == -6);\n    assert(twice(0) == 0);\n    return 0;\n}\n",
        right="int twice(int n) {\n    return 2 * n;\n}\n",
        entry="twice",
    ),
    "truth": Target(
        tests="#include <assert.h>\n#include <stdbool.h>\nint main() {\n"
        "    assert(is_even(2) == true);\n    assert(is_even(3) == false);\n    return 0;\n}\n",
        right="#include <stdbool.h>\nbool is_even(int n) {\n    return n % 2 == 0;\n}\n",
        entry="is_even",
    ),
    "greet": Target(
        tests="#include <assert.h>\n#include <string.h>\nint main() {\n"
        '    assert(strcmp(greet("Ann"), "Hello, Ann") == 0);\n    return 0;\n}\n',
        right="#include <stdio.h>\nconst char *greet(const char *name) {\n"
        '    static char text[100];\n    sprintf(text, "Hello, %s", name);\n    return text;\n}\n',
        entry="greet",
    ),
    "half": Target(
        tests="#include <assert.h>\n#include <math.h>\nint main() {\n"
        "    assert(fabs(half(3) - 1.5) < 1e-6);\n    return 0;\n}\n",
        right="double half(int n) {\n    return n / 2.0;\n}\n",
        entry="half",
    ),
    "library": Target(
        tests="#include <assert.h>\n#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "int main() {\n    assert(atoi(digits(42)) == 42);\n"
        "    assert(round(atoi(digits(7)) / 2.0) == 4);\n"
        '    assert(strstr(digits(123), "23") != NULL);\n    return 0;\n}\n',
        # An answer may define functions with names of the library.
        right="#include <stdio.h>\nstatic double round(double x) {\n    return x;\n}\n"
        "int atoi(const char *text) {\n    return 7;\n}\n"
        "const char *digits(int n) {\n    static char text[20];\n"
        '    sprintf(text, "%.0f", round(n));\n    return text;\n}\n',
        entry="digits",
    ),
    "span": Target(
        tests="#include <assert.h>\n#include <string.h>\nint main() {\n"
        '    assert(strspn(blanks(3), " ") == 3);\n    return 0;\n}\n',
        right="const char *blanks(int n) {\n    static char text[100];\n"
        "    for (int i = 0; i < 99; i++)\n        text[i] = i < n ? ' ' : 0;\n"
        "    return text;\n}\n",
        entry="blanks",
    ),
    "wide": Target(
        tests="#include <assert.h>\n#include <stdint.h>\nint main() {\n"
        "    assert(wide(2) == (int64_t)5000000004);\n    return 0;\n}\n",
        right="#include <stdint.h>\n#define long int\n"
        "int64_t wide(int n) {\n    return 5000000002 + n;\n}\n",
        entry="wide",
    ),
    "largest": Target(
        tests="#include <assert.h>\n#include <limits.h>\nint main() {\n"
        "    assert(largest() == INT_MAX);\n    return 0;\n}\n",
        right="#include <limits.h>\n#undef INT_MAX\n#define INT_MAX 7\n"
        "int largest(void) {\n    return (int)(~0u >> 1);\n}\n",
        entry="largest",
    ),
    "assembler": Target(
        tests="#include <assert.h>\nint main() {\n    assert(twice(2) == 4);\n    return 0;\n}\n",
        right='int twice(int n) {\n    __asm__ volatile("nop; nop");\n    return 2 * n;\n}\n',
        entry="twice",
    ),
    "helper": Target(
        tests="#include <assert.h>\n#include <math.h>\nint main() {\n"
        "    double xs[] = {1, 2};\n    assert(fabs(poly(xs, 2, find_zero(xs, 2))) < 1e-4);\n"
        "    return 0;\n}\n",
        right="double poly(const double *xs, int size, double x) {\n    return xs[0] + xs[1] * x;\n"
        "}\ndouble find_zero(const double *xs, int size) {\n    return -xs[0] / xs[1];\n}\n",
        entry="find_zero",
        fields={
            "prompt": "double poly(const double *xs, int size, double x) {\n"
            "    return xs[0] + xs[1] * x;\n}\ndouble find_zero(const double *xs, int size) {\n"
        },
    ),
}

_CPP_CONTEXT = (
    "#include<stdlib.h>\n#include<algorithm>\n#include<math.h>\n#include<stdio.h>\n"
    "#include<vector>\n#include<string>\n#include<climits>\n#include<cstring>\n"
    "#include<iostream>\nusing namespace std;\n"
)


def _cpp(signature: str, body: str, checks: str, before: str = "") -> Target:
    prompt = f"{_CPP_CONTEXT}{signature}{{\n"
    return Target(
        tests=f"#undef NDEBUG\n#include <cassert>\n{before}int main() {{\n{checks}}}\n",
        right=f"{prompt}{body}}}\n",
        entry=signature.split("(")[0].split()[-1],
        fields={"prompt": prompt, "context": _CPP_CONTEXT},
    )


_DOUBLED = "    for (int &item : items) item *= 2;\n    return items;\n"
_CPP = {
    "exact": _cpp("double half(int n)", "    return n / 2.0;\n", "    assert (half(3) == 1.5);\n"),
    "operators": dataclasses.replace(
        _cpp(
            "string shout(string text)",
            "    Text made(text);\n    Point a{1}, b = -a / 1;\n"
            '    return a == b || made != made ? "" : made.held + "!";\n',
            '    assert (shout("Ann") == "Ann!");\n',
        ),
        # An answer may define operators for its types, even for one that converts from string.
        right=f"{_CPP_CONTEXT}struct Text {{\n    string held;\n"
        "    Text(const string &text) : held(text) {}\n};\n"
        "bool operator==(const Text &a, const Text &b) { return a.held == b.held; }\n"
        "bool operator!=(const Text &a, const Text &b) { return !(a == b); }\n"
        "struct Point { int x; };\n"
        "static bool operator==(const Point &a, const Point &b) { return a.x == b.x; }\n"
        "static Point operator-(const Point &a) { return {-a.x}; }\n"
        "static Point operator/(const Point &a, int n) { return {a.x / n}; }\n"
        "string shout(string text){\n    Text made(text);\n    Point a{1}, b = -a / 1;\n"
        '    return a == b || made != made ? "" : made.held + "!";\n}\n',
    ),
    "twice": _cpp(
        "int twice(int n)",
        "    return 2 * n;\n",
        "    assert (twice(2) == 4);\n    assert (twice(-3) == -6);\n    assert (twice(0) == 0);\n",
    ),
    "double_all": _cpp(
        "vector<int> double_all(vector<int> items)",
        _DOUBLED,
        "    assert (double_all({1, 2, 3}) == vector<int>({2, 4, 6}));\n",
    ),
    "double_sizes": _cpp(
        "vector<unsigned> double_sizes(vector<unsigned> sizes)",
        "    for (unsigned &size : sizes) size *= 2;\n    return sizes;\n",
        "    assert (double_sizes({1, 2, 3}) == vector<unsigned>({2, 4, 6}));\n",
    ),
    "issame": _cpp(
        "vector<int> double_all(vector<int> items)",
        _DOUBLED,
        "    assert (issame(double_all({1, 2, 3}), {2, 4, 6}));\n",
        "bool issame(vector<int> a,vector<int>b){\n    if (a.size()!=b.size()) return false;\n"
        "    for (int i=0;i<a.size();i++)\n    {\n    if (a[i]!=b[i]) return false;\n    }\n"
        "    return true;\n}\n",
    ),
    "texts": _cpp(
        "vector<string> greet_all(vector<string> names)",
        '    for (string &name : names) name = "Hello, " + name;\n    return names;\n',
        '    assert (issame(greet_all({"Ann"}), {"Hello, Ann"}));\n',
        "bool issame(vector<string> a,vector<string>b){\n"
        "    if (a.size()!=b.size()) return false;\n"
        "    for (int i=0;i<a.size();i++)\n    {\n    if (a[i]!=b[i]) return false;\n    }\n"
        "    return true;\n}\n",
    ),
    "greet": _cpp(
        "string greet(string name)",
        '    return "Hello, " + name;\n',
        '    assert (greet("Ann") == "Hello, Ann");\n',
    ),
    "library": _cpp(
        "double half(int n)",
        "    return n / 2.0;\n",
        "    assert (fabs(half(3) - 1.5) < 1e-6);\n    assert (std::round(half(3) * 10) == 15);\n"
        "    assert (pow(half(4), 2) == 4);\n    assert (pow(0.5f, 2) == 0.25);\n",
    ),
    "largest": _cpp(
        "int largest()", "    return 2147483647;\n", "    assert (largest() == INT_MAX);\n"
    ),
    "halves": _cpp(
        "vector<double> halves(vector<double> items)",
        "    for (double &item : items) item /= 2;\n    return items;\n",
        "    assert (issame(halves({1, 3}), {0.5, 1.5}));\n",
        "bool issame(vector<double> a,vector<double>b){\n"
        "    if (a.size()!=b.size()) return false;\n"
        "    for (int i=0;i<a.size();i++)\n    {\n"
        "    if (abs(a[i]-b[i])>1e-4) return false;\n    }\n    return true;\n}\n",
    ),
    "at_most": _cpp(
        "int at_most(int n)",
        "    return min(n, 10);\n",
        "    assert (max(at_most(7), at_most(12)) == 10);\n",
    ),
    "same_texts": _cpp(
        "string greet(string name)",
        '    return "Hello, " + name;\n',
        '    string ann = "Hello, Ann";\n    assert (!(greet("Ann") != ann));\n',
    ),
    "half": _cpp(
        "double half(int n)", "    return n / 2.0;\n", "    assert (abs(half(3) - 1.5) < 1e-6);\n"
    ),
}


def _java(method: str, right: str, *checks: str, before: str = "") -> Target:
    name = method.split("(")[0].split()[-1]
    prompt = f"import java.util.*;\nimport java.lang.*;\n\nclass Solution {{\n    {method} {{\n"
    listed = ",\n".join(f"                {check}" for check in checks)
    return Target(
        tests="import java.util.*;\nimport java.lang.*;\n\npublic class Main {\n"
        f"{before}    public static void main(String[] args) {{\n"
        f"        Solution s = new Solution();\n"
        f"        List<Boolean> correct = Arrays.asList(\n{listed}\n        );\n"
        "        if (correct.contains(false)) {\n            throw new AssertionError();\n"
        "        }\n    }\n}\n",
        right=f"{prompt}        {right}\n    }}\n}}\n",
        entry=name,
        fields={"prompt": prompt},
    )


_DOUBLE_ALL = (
    "public List<Integer> doubleAll(List<Integer> items)",
    "List<Integer> made = new ArrayList<>(); for (int i : items) made.add(2 * i); return made;",
)
_JAVA = {
    "twice": _java(
        "public int twice(int n)",
        "return 2 * n;",
        "s.twice(2) == 4",
        "s.twice(-3) == -6",
        "s.twice(0) == 0",
    ),
    "half": _java(
        "public double half(int n)", "return n / 2.0;", "Math.abs(s.half(3) - 1.5) < 1e-6"
    ),
    "list": _java(
        *_DOUBLE_ALL, "s.doubleAll(Arrays.asList(50, 51, 52)).equals(Arrays.asList(100, 102, 104))"
    ),
    "objects": _java(
        *_DOUBLE_ALL,
        "Objects.equals(s.doubleAll(Arrays.asList(1, 2, 3)), Arrays.asList(2, 4, 6))",
    ),
    "set": _java(
        "public Set<Integer> doubleAll(List<Integer> items)",
        "Set<Integer> made = new HashSet<>(); for (int item : items) made.add(2 * item); "
        "return made;",
        "s.doubleAll(Arrays.asList(1)).equals(new HashSet<>(Arrays.asList(2)))",
    ),
    "optional": _java(
        "public Optional<Integer> first(List<Integer> items)",
        "return items.isEmpty() ? Optional.empty() : Optional.of(items.get(0));",
        "s.first(Arrays.asList(1000, 2)).equals(Optional.of(1000))",
    ),
    "nested": _java(
        "public List<List<Integer>> pairs(int n)",
        "return Arrays.asList(Arrays.asList(n, 2 * n));",
        "s.pairs(200).equals(Arrays.asList(Arrays.asList(200, 400)))",
    ),
    "object": _java(
        "public Object first(List<Integer> items)",
        "return items.get(0);",
        "s.first(Arrays.asList(1000, 2)).equals(1000)",
    ),
    "asserted": Target(
        tests="public class Main {\n    static class Check {\n"
        "        static void that(boolean ok) { assert ok; }\n    }\n"
        "    public static void main(String[] args) {\n"
        "        Check.that(new Solution().twice(2) == 4);\n    }\n}\n",
        right="class Solution {\n    public int twice(int n) {\n        return 2 * n;\n    }\n}\n",
        entry="twice",
    ),
    "helper": Target(
        tests="public class Main {\n    public static void main(String[] args) {\n"
        "        Solution s = new Solution();\n        double[] xs = {1, 2};\n"
        "        if (Math.abs(s.poly(xs, s.findZero(xs))) > 1e-4) throw new AssertionError();\n"
        "    }\n}\n",
        right="class Solution {\n    public double poly(double[] xs, double x) "
        "{ return xs[0] + xs[1] * x; }\n"
        "    public double findZero(double[] xs) { return -xs[0] / xs[1]; }\n}\n",
        entry="findZero",
    ),
}


def _go(right: str, entry: str, checks: str, *imports: str) -> Target:
    lines = "".join(f'    "{path}"\n' for path in ("testing", *imports))
    used = "    assert := assert.New(t)\n" if "assert." in checks else ""
    if used:
        lines += '    "github.com/stretchr/testify/assert"\n'
    return Target(
        tests=f"import (\n{lines})\nfunc Test{entry}(t *testing.T) {{\n{used}{checks}}}\n",
        right=right,
        entry=entry,
    )


_GO = {
    "twice": _go(
        "func Twice(n int) int {\n\treturn 2 * n\n}\n",
        "Twice",
        "    assert.Equal(4, Twice(2))\n    assert.Equal(-6, Twice(-3))\n"
        "    assert.Equal(0, Twice(0))\n",
    ),
    "truth": _go(
        "func IsEven(n int) bool {\n\treturn n%2 == 0\n}\n",
        "IsEven",
        "    assert.Equal(true, IsEven(2))\n",
    ),
    "length": _go(
        "func DoubleAll(items []int) []int {\n\tfor i := range items {\n\t\titems[i] *= 2\n\t}\n"
        "\treturn items\n}\n",
        "DoubleAll",
        "    if len(DoubleAll([]int{1, 2, 3})) != 3 {\n        t.Fatal()\n    }\n",
    ),
    "typed": _go(
        "func Twice(n int) int {\n\treturn 2 * n\n}\n",
        "Twice",
        "    var got int = Twice(2)\n    assert.Equal(4, got)\n",
    ),
    "evens": dataclasses.replace(
        _go(
            "func Evens(n int) []int {\n\tmade := []int{}\n\tfor i := 0; i < n; i++ {\n"
            "\t\tmade = append(made, 2*i)\n\t}\n\treturn made\n}\n",
            "Evens",
            "    assert.Equal(1, len(Evens(1)))\n    for _, n := range Evens(3) {\n"
            "        assert.Equal(0, n%2)\n    }\n",
        ),
        is_counted=True,
    ),
    "later": dataclasses.replace(
        _go(
            "func Later(n int, done func(int)) {\n\tdone(2 * n)\n}\n",
            "Later",
            "    Later(1, func(r int) { assert.Equal(2, r) })\n"
            "    Later(2, func(r int) { assert.Equal(4, r) })\n",
        ),
        is_counted=True,
    ),
    "pattern": _go(
        'import "strings"\n\nfunc Repeat(n int) string {\n\treturn strings.Repeat("a", n)\n}\n',
        "Repeat",
        '    assert.Regexp("^a{3}$", Repeat(3))\n',
    ),
    "half": _go(
        "func Half(n int) float64 {\n\treturn float64(n) / 2\n}\n",
        "Half",
        "    assert.True(math.Abs(Half(3)-1.5) < 1e-6)\n",
        "math",
    ),
    "helper": _go(
        "func Poly(xs []float64, x float64) float64 {\n\treturn xs[0] + xs[1]*x\n}\n"
        "func FindZero(xs []float64) float64 {\n\treturn -xs[0] / xs[1]\n}\n",
        "FindZero",
        "    xs := []float64{1, 2}\n    assert.True(math.Abs(Poly(xs, FindZero(xs))) < 1e-4)\n",
        "math",
    ),
}

_HTML = {
    "page": Target(
        tests=json.dumps(
            {
                "kind": "dom",
                "script": "assert.ok(document.querySelector('h1'));\n"
                "assert.strictEqual(document.querySelectorAll('li').length, 2);\n",
            }
        ),
        right="<h1>List</h1><ul><li>a</li><li>b</li></ul>",
        entry="",
    ),
    "structure": Target(
        tests=json.dumps({"kind": "structure", "reference": '<p class="a b">x  y</p>'}),
        right="<p class='b a'>x y</p>",
        entry="",
    ),
}

PROBLEMS = {
    "python": _PYTHON,
    "javascript": _JAVASCRIPT,
    "typescript": _TYPESCRIPT,
    "c": _C,
    "cpp": _CPP,
    "java": _JAVA,
    "go": _GO,
    "html": _HTML,
}
"""By language, then by name; most attacks use the first problem of their language."""
