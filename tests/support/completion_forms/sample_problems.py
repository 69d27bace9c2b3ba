"""One small problem in every language, with a solution: needs no data from outside."""

from __future__ import annotations

import json

from codem_ray.records import Problem
from completion_forms.solved import Solved


def _solved(
    language: str,
    prompt: str,
    body: str,
    tests: str,
    context: str = "",
    entry: str | None = "total",
) -> Solved:
    problem = Problem(
        benchmark="forms",
        task_id=language,
        language=language,
        prompt=prompt,
        instruction="",
        tests=tests,
        entry_point=entry,
        context=context,
        reference=body,
    )
    return Solved(problem, body)


_SCRIPT = (
    "assert.strictEqual(document.querySelectorAll('h1').length, 1);\n"
    "assert.strictEqual(document.querySelector('h1').textContent, 'red');\n"
    "assert.strictEqual(document.querySelector('p').textContent, 'blue');\n"
    "assert.ok(!document.body.textContent.includes('```'));\n"
    "assert.ok(!/sure|hope/i.test(document.body.textContent));\n"
)
SAMPLE_PROBLEMS: dict[str, Solved] = {
    "python": _solved(
        "python",
        "from typing import List\n"
        "\n"
        "\n"
        "def total(numbers: List[int]) -> int:\n"
        '    """ Add up the whole roots.\n'
        "    >>> total([4, -1])\n"
        "    2\n"
        '    """\n',
        "    result = 0\n"
        "    for n in numbers:\n"
        "        if n > 0:\n"
        "            result += math.floor(math.sqrt(n))\n"
        "    return result\n",
        "assert total([4, 9, -1]) == 5\nassert total([]) == 0\nassert total([8]) == 2\n",
        "import math\nfrom typing import List\n",
    ),
    "javascript": _solved(
        "javascript",
        "/* Add up the whole roots.\n"
        "  >>> total([4, -1])\n"
        "  2\n"
        "  */\n"
        "const total = (numbers) => {\n",
        "  let result = 0;\n"
        "  for (const n of numbers) {\n"
        "    if (n > 0) {\n"
        "      result += Math.floor(Math.sqrt(n));\n"
        "    }\n"
        "  }\n"
        "  return result;\n"
        "}\n",
        "const assert = require('node:assert');\n"
        "assert.deepStrictEqual(total([4, 9, -1]), 5);\n"
        "assert.deepStrictEqual(total([]), 0);\n"
        "assert.deepStrictEqual(total([8]), 2);\n",
    ),
    "typescript": _solved(
        "typescript",
        "//Add up the whole roots.\n"
        "// >>> total([4, -1])\n"
        "// 2\n"
        "function total(numbers: number[]): number {\n",
        "  let result = 0;\n"
        "  for (const n of numbers) {\n"
        "    if (n > 0) {\n"
        "      result += Math.floor(Math.sqrt(n));\n"
        "    }\n"
        "  }\n"
        "  return result;\n"
        "}\n",
        "declare var require: any;\n"
        "const assert = require('node:assert');\n"
        "assert.deepStrictEqual(total([4, 9, -1]), 5);\n"
        "assert.deepStrictEqual(total([]), 0);\n"
        "assert.deepStrictEqual(total([8]), 2);\n",
    ),
    "c": _solved(
        "c",
        "#include <math.h>\n\n/* Add up the whole roots. */\nint total(int *numbers, int size) {\n",
        "    int result = 0;\n"
        "    for (int i = 0; i < size; i++) {\n"
        "        if (numbers[i] > 0) {\n"
        "            result += (int)floor(sqrt(numbers[i]));\n"
        "        }\n"
        "    }\n"
        "    return result;\n"
        "}\n",
        "#include <assert.h>\n"
        "int main(void) {\n"
        "    int a[] = {4, 9, -1};\n"
        "    assert(total(a, 3) == 5);\n"
        "    assert(total(a, 0) == 0);\n"
        "    assert(total(a, 1) == 2);\n"
        "    return 0;\n"
        "}\n",
        "#include <math.h>\n",
    ),
    "cpp": _solved(
        "cpp",
        "/*\n"
        "Add up the whole roots.\n"
        "*/\n"
        "#include<vector>\n"
        "#include<cmath>\n"
        "using namespace std;\n"
        "int total(vector<int> numbers){\n",
        "    int result = 0;\n"
        "    for (int n : numbers) {\n"
        "        if (n > 0) {\n"
        "            result += (int)floor(sqrt(n));\n"
        "        }\n"
        "    }\n"
        "    return result;\n"
        "}\n",
        "#undef NDEBUG\n"
        "#include<assert.h>\n"
        "int main(){\n"
        "    assert (total({4, 9, -1}) == 5);\n"
        "    assert (total({}) == 0);\n"
        "    assert (total({8}) == 2);\n"
        "}\n",
        "#include<vector>\n#include<cmath>\nusing namespace std;\n",
    ),
    "java": _solved(
        "java",
        "import java.util.*;\n"
        "import java.lang.*;\n"
        "\n"
        "class Solution {\n"
        "    /**\n"
        "    Add up the whole roots.\n"
        "     */\n"
        "    public int total(List<Integer> numbers) {\n",
        "        int result = 0;\n"
        "        for (int n : numbers) {\n"
        "            if (n > 0) {\n"
        "                result += (int) Math.floor(Math.sqrt(n));\n"
        "            }\n"
        "        }\n"
        "        return result;\n"
        "    }\n"
        "}\n",
        "import java.util.*;\n"
        "import java.lang.*;\n"
        "public class Main {\n"
        "    public static void main(String[] args) {\n"
        "        Solution s = new Solution();\n"
        "        List<Boolean> correct = Arrays.asList(\n"
        "                s.total(Arrays.asList(4, 9, -1)) == 5,\n"
        "                s.total(new ArrayList<>()) == 0,\n"
        "                s.total(Arrays.asList(8)) == 2\n"
        "        );\n"
        "        if (correct.contains(false)) {\n"
        "            throw new AssertionError();\n"
        "        }\n"
        "    }\n"
        "}\n",
        "import java.util.*;\nimport java.lang.*;\n",
    ),
    "go": _solved(
        "go",
        "import (\n"
        '    "math"\n'
        ")\n"
        "\n"
        "// Add up the whole roots.\n"
        "// >>> total([4, -1])\n"
        "// 2\n"
        "func total(numbers []int) int {\n",
        "    result := 0\n"
        "    for _, n := range numbers {\n"
        "        if n > 0 {\n"
        "            result += int(math.Floor(math.Sqrt(float64(n))))\n"
        "        }\n"
        "    }\n"
        "    return result\n"
        "}\n",
        "import (\n"
        '\t"testing"\n'
        ")\n"
        "\n"
        "func TestTotal(t *testing.T) {\n"
        "\tif total([]int{4, 9, -1}) != 5 {\n"
        '\t\tt.Fatal("a")\n'
        "\t}\n"
        "\tif total([]int{}) != 0 {\n"
        '\t\tt.Fatal("b")\n'
        "\t}\n"
        "\tif total([]int{8}) != 2 {\n"
        '\t\tt.Fatal("c")\n'
        "\t}\n"
        "}\n",
        'import (\n    "fmt"\n    "math"\n    "sort"\n)\n',
    ),
    "html": _solved(
        "html",
        '<!-- The page has a heading "red" and a paragraph "blue". -->\n'
        "<!DOCTYPE html>\n"
        '<html lang="en">\n'
        "<body>\n",
        "    <h1>red</h1>\n    <p>blue</p>\n</body>\n</html>\n",
        json.dumps({"kind": "dom", "script": _SCRIPT}),
        entry=None,
    ),
}
