"""Problems in MultiPL-E's form, written anew, with completions in each language."""

from __future__ import annotations

from typing import Any

_JAVA_IMPORTS = (
    "import java.util.*;\nimport java.lang.reflect.*;\nimport org.javatuples.*;\n"
    "import java.security.*;\nimport java.math.*;\nimport java.io.*;\nimport java.util.stream.*;\n"
)
_NODE_TESTS = """\
const assert = require('node:assert');


function test() {
  let candidate = sum_product;
  assert.deepEqual(candidate([]),[0, 1]);
  assert.deepEqual(candidate([1, 2, 4]),[7, 8]);
}

test();"""


def _row(suffix: str, prompt: str, tests: str, stop: list[str]) -> dict[str, Any]:
    return {
        "name": "HumanEval_8_sum_product",
        "language": suffix,
        "prompt": prompt,
        "doctests": "transform",
        "original": "/datasets/HumanEval_8_sum_product.py",
        "prompt_terminology": "reworded",
        "tests": tests,
        "stop_tokens": stop,
    }


ROWS = {
    "python": _row(
        "py",
        "from typing import List, Tuple\n\n"
        "def sum_product(numbers: List[int]) -> Tuple[int, int]:\n"
        '    """Return the sum and the product of a list.\n    >>> sum_product([])\n    (0, 1)\n'
        '    """\n',
        "def check(candidate):\n    assert candidate([]) == (0, 1)\n"
        "    assert candidate([1, 2, 4]) == (7, 8)\n\ndef test_check():\n    check(sum_product)\n\n"
        "test_check()\n",
        ["\ndef", "\n#", "\nif", "\nclass"],
    ),
    "javascript": _row(
        "js",
        "//Return the sum and the product of an array.\n// >>> sum_product([])\n// [0, 1]\n"
        "function sum_product(numbers){\n",
        _NODE_TESTS,
        ["\nfunction ", "\n/*", "\n//", "\nconsole.log"],
    ),
    "typescript": _row(
        "ts",
        "//Return the sum and the product of an array.\n// >>> sum_product([])\n// [0, 1]\n"
        "function sum_product(numbers: number[]): [number, number] {\n",
        f"declare var require: any;\n{_NODE_TESTS}",
        ["\nfunction ", "\n/*", "\n//", "\nclass"],
    ),
    "java": _row(
        "java",
        f"{_JAVA_IMPORTS}class Problem {{\n    // Return the sum and the product of a list.\n"
        "    // >>> sumProduct((new ArrayList<Long>(Arrays.asList())))\n"
        "    // (Pair.with(0l, 1l))\n"
        "    public static Pair<Long, Long> sumProduct(ArrayList<Long> numbers) {\n",
        "    }\n    public static void main(String[] args) {\n"
        "    assert(sumProduct((new ArrayList<Long>(Arrays.asList())))"
        ".equals((Pair.with(0l, 1l))));\n"
        "    assert(sumProduct((new ArrayList<Long>(Arrays.asList((long)1l, (long)2l, (long)4l))))"
        ".equals((Pair.with(7l, 8l))));\n    }\n\n}\n",
        ["\n    }\n"],
    ),
    "cpp": _row(
        "cpp",
        "#include<assert.h>\n#include<bits/stdc++.h>\n"
        "// Return the sum and the product of a vector.\n"
        "// >>> sum_product((std::vector<long>()))\n// (std::make_tuple(0, 1))\n"
        "std::tuple<long, long> sum_product(std::vector<long> numbers) {\n",
        "}\nint main() {\n    auto candidate = sum_product;\n"
        "    assert(candidate((std::vector<long>())) == (std::make_tuple(0, 1)));\n"
        "    assert(candidate((std::vector<long>({(long)1, (long)2, (long)4}))) "
        "== (std::make_tuple(7, 8)));\n}\n",
        ["\n}"],
    ),
    "go": _row(
        "go_test.go",
        'package sum_product_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n'
        "// Return the sum and the product of a list.\n// >>> sum_product([]int{})\n"
        "// []interface{}{0, 1}\nfunc sum_product(numbers []int) []interface{} {\n",
        "func TestSum_Product(t *testing.T) {\n  candidate := sum_product\n\ttype test struct {\n"
        "\t\tactual   interface{}\n\t\texpected interface{}\n\t}\n   tests := []test{\n"
        "     { actual: candidate([]int{}), expected: []interface{}{0, 1} },\n"
        "     { actual: candidate([]int{1, 2, 4}), expected: []interface{}{7, 8} },\n   }\n\n"
        "\tfor i, tc := range tests {\n"
        '\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
        '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
        "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n"
        "\t\t\t}\n\t\t})\n\t}\n}\n",
        ["\nfunc", "struct", "\n// "],
    ),
}
"""By language. Completions end before a stop token, so some lack the last brace."""

_NODE_BODY = (
    "  return [numbers.reduce((a, b) => a + b, START), numbers.reduce((a, b) => a * b, 1)];\n}\n"
)
_BODIES = {
    "python": "    total, product = START, 1\n    for number in numbers:\n        total += number\n"
    "        product *= number\n    return total, product\n",
    "javascript": _NODE_BODY,
    # Array.prototype.at came after ES2020.
    "typescript": _NODE_BODY.replace("  return [", "  numbers.at(-1);\n  return ["),
    "java": "        long total = START, product = 1;\n        for (long number : numbers) {\n"
    "            total += number;\n            product *= number;\n        }\n"
    "        return Pair.with(total, product);",
    "cpp": "    long total = START, product = 1;\n    for (long number : numbers) {\n"
    "        total += number;\n        product *= number;\n    }\n"
    "    return std::make_tuple(total, product);",
    "go": "    total, product := START, 1\n    for _, number := range numbers {\n"
    "        total += number\n        product *= number\n    }\n"
    "    return []interface{}{total, product}\n}",
}


def completion(language: str, *, is_right: bool) -> str:
    """Return a completion of the row of a language, cut off as MultiPL-E does."""
    return _BODIES[language].replace("START", "0" if is_right else "5")
