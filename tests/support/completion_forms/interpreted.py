"""Phrases of Python, JavaScript and TypeScript."""

from __future__ import annotations

from completion_forms.phrases import Extra, Phrases

PYTHON = Phrases(
    tags=("python", "py", "python3", "Python", "PYTHON", "py3", "python3.11"),
    comment="#",
    helper='def shorten_text(value):\n    """Return a short text from the value."""\n'
    "    return str(value)[:9]\n",
    use_helper='if shorten_text("abc") != "abc":\n    raise ValueError("lost")',
    extras={
        "from-import": Extra(
            imports="from decimal import Decimal\nfrom fractions import Fraction as Part\n",
            use="if Decimal(1) != Part(1):\n    raise ValueError",
        ),
        "import as": Extra(
            imports="import operator as op\nimport statistics\n",
            use="op.add(1, statistics.mean([1, 2]))",
        ),
        "import in parentheses": Extra(
            imports="from string import (\n    ascii_lowercase,\n    digits,\n)\n",
            use="ascii_lowercase + digits",
        ),
        "future import": Extra(
            imports="from __future__ import annotations\nfrom enum import Enum\n", use="Enum"
        ),
        "constants": Extra(
            before="LOW, HIGH = 3, 7\nNAMES: dict[str, int] = {\n    'low': LOW,\n}\n",
            use="if NAMES['low'] != LOW or HIGH != 7:\n    raise ValueError",
        ),
        "global": Extra(before="_calls = 0\n", use="global _calls\n_calls += 1"),
        "try import": Extra(
            before="try:\n    from itertools import pairwise\nexcept ImportError:\n"
            "    def pairwise(values):\n        return zip(values, values[1:])\n",
            use="list(pairwise([1, 2]))",
        ),
        "if first": Extra(
            before="if hasattr(int, 'bit_count'):\n    ones = int.bit_count\nelse:\n"
            "    def ones(n):\n        return bin(n).count('1')\n",
            use="ones(3)",
        ),
        "dataclass first": Extra(
            imports="from dataclasses import dataclass\n",
            before="@dataclass(frozen=True)\nclass Near:\n    size: float = 0.5\n",
            use="if Near().size != 0.5:\n    raise ValueError",
        ),
        "docstring first": Extra(
            before='"""Return the result from the list. Import nothing."""\nSTEP = 1\n', use="STEP"
        ),
        "loop first": Extra(
            before="SQUARES = []\nfor i in range(3):\n    SQUARES.append(i * i)\n",
            use="if SQUARES != [0, 1, 4]:\n    raise ValueError",
        ),
        "setting by call": Extra(
            imports="import sys\n",
            before="sys.setrecursionlimit(10000)\nshow = print\n",
            use="show",
        ),
        "lambda": Extra(before="twice = lambda x: 2 * x\n", use="twice(2)"),
    },
    demo=Extra(after='if __name__ == "__main__":\n    print(CALL)\n'),
    own_tests={
        "assert lines": Extra(after="assert CALL == CALL\nprint('All tests passed')\n"),
        "unittest": Extra(
            imports="import unittest\n",
            after="class TestSolution(unittest.TestCase):\n    def test_result(self):\n"
            "        self.assertEqual(CALL, CALL)\n\n\n"
            'if __name__ == "__main__":\n    unittest.main()\n',
        ),
        "unguarded unittest": Extra(
            imports="import unittest\n",
            after="class TestSolution(unittest.TestCase):\n    def test_result(self):\n"
            "        self.assertEqual(CALL, CALL)\n\nunittest.main()\n",
        ),
        "pytest": Extra(
            imports="import pytest\n", after="def test_ENTRY():\n    assert CALL == CALL\n"
        ),
        "doctest": Extra(
            imports="import doctest\n", after="if __name__ == '__main__':\n    doctest.testmod()\n"
        ),
        "unguarded input": Extra(
            after="n = int(input('Number: '))\nfor _ in range(n):\n    print(CALL)\n"
        ),
        "main function with input": Extra(
            after="def main():\n    text = input()\n    print(CALL, text)\n\n\nmain()\n"
        ),
        "check of the benchmark": Extra(
            after="def check(candidate):\n    assert candidate is None\n\n\ncheck(ENTRY)\n"
        ),
    },
    stubs=(
        "pass",
        "...",
        "raise NotImplementedError",
        '"""Return the result."""\npass',
        "# your code here\npass",
        "raise NotImplementedError('write this')",
    ),
    abort='raise ValueError("wrong")',
    other="def another_function(values):\n    return sorted(values)\n",
    mention="ENTRY.__name__",
)
_SCRIPT_TESTS = {
    "console.assert": Extra(after="console.assert(typeof ENTRY === 'function');\n"),
    "describe and it": Extra(
        after="describe('ENTRY', () => {\n  it('works', () => {\n"
        "    expect(CALL).toEqual(CALL);\n  });\n});\n"
    ),
    "console.log": Extra(after="console.log(CALL); // the result\nconsole.log('done');\n"),
    "test function": Extra(
        after="function runTests() {\n  console.log(CALL);\n  return true;\n}\n\nrunTests();\n"
    ),
}
JAVASCRIPT = Phrases(
    tags=("javascript", "js", "JavaScript", "node", "mjs", "ecmascript", "es6"),
    helper="function shortenText(value) {\n  return String(value).slice(0, 9);\n}\n",
    use_helper="if (shortenText('abc') !== 'abc') throw new Error('lost');",
    extras={
        "require": Extra(imports="const util = require('util');\n", use="util.inspect({ a: 1 });"),
        "destructured require": Extra(
            imports="const { inspect } = require('node:util');\n", use="inspect({ a: 1 });"
        ),
        "ES import": Extra(
            imports="import { inspect } from 'node:util';\nimport path from 'path';\n",
            use="inspect(path.sep);",
        ),
        "let": Extra(before="let calls;\n", use="calls = (calls || 0) + 1;"),
        "constants": Extra(
            before="const LOW = 3, HIGH = 7;\nconst NAMES = {\n  low: LOW,\n};\n",
            use="if (NAMES.low !== LOW || HIGH !== 7) throw new Error('lost');",
        ),
        "arrow helper": Extra(before="const twice = (x) => 2 * x;\n", use="twice(2);"),
        "if first": Extra(
            before="if (!Array.prototype.tail) {\n  Array.prototype.tail = function () {\n"
            "    return this.slice(1);\n  };\n"
            "  Object.defineProperty(Array.prototype, 'tail', { enumerable: false });\n}\n",
            use="[1].tail();",
        ),
        "class first": Extra(
            before="class Near {\n  constructor(size) {\n    this.size = size;\n  }\n}\n",
            use="if (new Near(2).size !== 2) throw new Error('lost');",
        ),
        "try first": Extra(
            before="let shown;\ntry {\n  shown = require('no-such-package');\n} catch (e) {\n"
            "  shown = (x) => x;\n}\n",
            use="shown(1);",
        ),
        "JSDoc": Extra(
            before="/**\n * Import the values from the list, then return them.\n */\n"
            "const STEP = 1;\n",
            use="if (!STEP) throw new Error('lost');",
        ),
    },
    demo=Extra(after="console.log(CALL);\n"),
    own_tests={
        **_SCRIPT_TESTS,
        "assert module": Extra(
            imports="const assert = require('assert');\n",
            after="assert.deepStrictEqual(CALL, CALL);\n",
        ),
        "module.exports": Extra(after="module.exports = { ENTRY };\n"),
        "named export": Extra(after="export { ENTRY };\n"),
        "default export": Extra(after="export default ENTRY;\n"),
        "require.main": Extra(
            after="if (require.main === module) {\n  console.log(CALL);\n  process.exit(3);\n}\n"
        ),
        "reading of stdin": Extra(
            after="const rl = require('readline').createInterface({ input: process.stdin });\n"
            "rl.question('n? ', (n) => {\n  console.log(n, CALL);\n  rl.close();\n});\n"
        ),
        "async main": Extra(
            after="(async () => {\n  for await (const chunk of process.stdin) {\n"
            "    console.log(String(chunk));\n  }\n})();\n"
        ),
    },
    stubs=("// your code here", "", "throw new Error('not implemented');", "return null; // TODO"),
    abort="throw new Error('wrong');",
    other="function anotherFunction(values) {\n  return [...values].sort();\n}\n",
    mention="typeof ENTRY",
)
TYPESCRIPT = Phrases(
    tags=("typescript", "ts", "TypeScript", "tsx", "mts"),
    helper="function shortenText(value: unknown): string {\n"
    "  return String(value).slice(0, 9);\n}\n",
    use_helper="if (shortenText('abc') !== 'abc') throw new Error('lost');",
    extras={
        "let": Extra(before="let calls: number = 0;\n", use="calls += 1;"),
        "constants": Extra(
            before="const LOW = 3, HIGH = 7;\nconst NAMES: Record<string, number> = {\n"
            "  low: LOW,\n};\n",
            use="if (NAMES['low'] !== LOW || HIGH !== 7) throw new Error('lost');",
        ),
        "arrow helper": Extra(
            before="const twice = (x: number): number => 2 * x;\n", use="twice(2);"
        ),
        "type first": Extra(
            before="type Amount = number | undefined;\n", use="const amount: Amount = 1;"
        ),
        "interface first": Extra(
            before="interface Near {\n  size: number;\n}\n", use="const near: Near = { size: 1 };"
        ),
        "enum first": Extra(
            before="enum Verdict { Near, Far }\n",
            use="if (Verdict.Far !== 1) throw new Error('lost');",
        ),
        "generic helper": Extra(
            before="function firstOf<T>(values: T[]): T | undefined {\n  return values[0];\n}\n",
            use="firstOf<number>([1]);",
        ),
        "class first": Extra(
            before="class Sized {\n  constructor(public readonly size: number) {}\n}\n",
            use="if (new Sized(2).size !== 2) throw new Error('lost');",
        ),
    },
    demo=Extra(after="console.log(CALL);\n"),
    own_tests={**_SCRIPT_TESTS, "named export": Extra(after="export { ENTRY };\n")},
    stubs=("// your code here", "throw new Error('not implemented');"),
    abort="throw new Error('wrong');",
    other="function anotherFunction(values: number[]): number[] {\n"
    "  return [...values].sort();\n}\n",
    mention="typeof ENTRY",
)
