"""Rows in the format of HumanEvalPack: one problem in five languages and in Rust."""

from __future__ import annotations

from typing import Any

DOC = "Return the sum of the squares of the even numbers.\n>>> even_squares([1, 2, 4])\n20"
_CALLS = (("[1, 2, 4]", 20), ("[]", 0), ("[3, 5]", 0), ("[6, -2]", 40))


def _row(prefix: str, **fields: str) -> dict[str, Any]:
    return {
        "task_id": f"{prefix}/900",
        "bug_type": "missing logic",
        "failure_symptoms": "incorrect output",
        "import": "",
        "test_setup": "",
        "example_test": "",
        "docstring": DOC,
        "instruction": f"Write a function that does this:\n{DOC}",
        **fields,
    }


PYTHON = _row(
    "Python",
    prompt="from typing import List\n\n\ndef even_squares(numbers: List[int]) -> int:\n"
    '    """ Return the sum of the squares of the even numbers.\n    >>> even_squares([1, 2, 4])\n'
    '    20\n    """\n',
    declaration="from typing import List\n\n\ndef even_squares(numbers: List[int]) -> int:\n",
    canonical_solution="    return sum(n * n for n in numbers if n % 2 == 0)\n",
    buggy_solution="    return sum(n * n for n in numbers)\n",
    entry_point="even_squares",
    test="\n\n\n\n\ndef check(even_squares):\n"
    + "".join(f"    assert even_squares({given}) == {wanted}\n" for given, wanted in _CALLS)
    + "\ncheck(even_squares)",
    signature="even_squares(numbers: List[int]) -> int",
)
JS = _row(
    "JavaScript",
    prompt="/* Return the sum of the squares of the even numbers.\n  >>> evenSquares([1, 2, 4])\n"
    "  20\n  */\nconst evenSquares = (numbers) => {\n",
    declaration="\nconst evenSquares = (numbers) => {\n",
    canonical_solution="  const even = numbers.filter((n) => n % 2 === 0);\n"
    "  return even.reduce((s, n) => s + n * n, 0);\n"
    "}\n\n",
    buggy_solution="  return numbers.reduce((s, n) => s + n * n, 0);\n}\n\n",
    entry_point="evenSquares",
    test="const testEvenSquares = () => {\n"
    + "".join(f"  console.assert(evenSquares({given}) === {wanted})\n" for given, wanted in _CALLS)
    + "}\n\ntestEvenSquares()\n",
    signature="const evenSquares = (numbers)",
)
JAVA = _row(
    "Java",
    prompt="import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n    /**\n"
    "    Return the sum of the squares of the even numbers.\n"
    "    >>> evenSquares(Arrays.asList(1, 2, 4))\n    20\n     */\n"
    "    public int evenSquares(List<Integer> numbers) {\n",
    declaration="import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n"
    "    public int evenSquares(List<Integer> numbers) {\n",
    canonical_solution="        int sum = 0;\n        for (int n : numbers) {\n"
    "            if (n % 2 == 0) {\n                sum += n * n;\n            }\n        }\n"
    "        return sum;\n    }\n}",
    buggy_solution="        int sum = 0;\n        for (int n : numbers) {\n"
    "            sum += n * n;\n        }\n        return sum;\n    }\n}",
    entry_point="evenSquares",
    test="public class Main {\n    public static void main(String[] args) {\n"
    "        Solution s = new Solution();\n        List<Boolean> correct = Arrays.asList(\n"
    + ",\n".join(
        f"                s.evenSquares(Arrays.asList({given[1:-1]})) == {wanted}"
        for given, wanted in _CALLS
        if given != "[]"
    )
    + "\n        );\n        if (correct.contains(false)) {\n"
    "            throw new AssertionError();\n        }\n    }\n}",
    signature="int evenSquares(List<Integer> numbers)",
)
GO = _row(
    "Go",
    prompt='import (\n    "math"\n)\n\n// Return the sum of the squares of the even numbers.\n'
    "// >>> EvenSquares([]int{1, 2, 4})\n// 20\nfunc EvenSquares(numbers []int) int {\n",
    declaration='import (\n    "math"\n)\n\nfunc EvenSquares(numbers []int) int {\n',
    canonical_solution="    sum := 0.0\n    for _, n := range numbers {\n"
    "        if n % 2 == 0 {\n            sum += math.Pow(float64(n), 2)\n        }\n    }\n"
    "    return int(sum)\n}\n\n",
    buggy_solution="    sum := 0.0\n    for _, n := range numbers {\n"
    "        sum += math.Pow(float64(n), 2)\n    }\n    return int(sum)\n}\n\n",
    entry_point="EvenSquares",
    **{"import": 'import (\n    "math"\n)'},
    test_setup='package main\n\nimport (\n    "testing"\n'
    '    "github.com/stretchr/testify/assert"\n)\n',
    test="func TestEvenSquares(t *testing.T) {\n    assert := assert.New(t)\n"
    + "".join(
        f"    assert.Equal({wanted}, EvenSquares([]int{{{given[1:-1]}}}))\n"
        for given, wanted in _CALLS
    )
    + "}\n",
    signature="EvenSquares(numbers []int) int",
)
CPP = _row(
    "CPP",
    prompt="/*\nReturn the sum of the squares of the even numbers.\n>>> even_squares({1, 2, 4})\n"
    "20\n*/\n#include<stdio.h>\n#include<vector>\nusing namespace std;\n"
    "int even_squares(vector<int> numbers){\n",
    declaration="#include<stdio.h>\n#include<vector>\nusing namespace std;\n#include<algorithm>\n"
    "#include<stdlib.h>\nint even_squares(vector<int> numbers){\n",
    # accumulate is in a header that only the benchmark's harness includes
    canonical_solution="    return accumulate(numbers.begin(), numbers.end(), 0,\n"
    "                      [](int s, int n) { return n % 2 ? s : s + n * n; });\n}\n",
    buggy_solution="    return accumulate(numbers.begin(), numbers.end(), 0,\n"
    "                      [](int s, int n) { return s + n * n; });\n}\n",
    entry_point="even_squares",
    test="#undef NDEBUG\n#include<assert.h>\nint main(){\n"
    + "".join(
        f"    assert (even_squares({{{given[1:-1]}}}) == {wanted});\n" for given, wanted in _CALLS
    )
    + "}\n",
    signature="int even_squares(vector<int> numbers)",
)
RUST = _row(
    "Rust",
    prompt="/*\nReturn the sum of the squares of the even numbers.\n*/\n"
    "fn even_squares(numbers: Vec<i32>) -> i32 {\n",
    declaration="fn even_squares(numbers: Vec<i32>) -> i32 {\n",
    canonical_solution="    numbers.iter().filter(|n| *n % 2 == 0).map(|n| n * n).sum()\n}\n",
    buggy_solution="    numbers.iter().map(|n| n * n).sum()\n}\n",
    entry_point="even_squares",
    test="#[test]\nfn it_adds() {\n    assert_eq!(even_squares(vec![1, 2, 4]), 20);\n}\n",
    signature="even_squares(numbers: Vec<i32>) -> i32",
)
ROWS = {"python": PYTHON, "js": JS, "java": JAVA, "go": GO, "cpp": CPP}
