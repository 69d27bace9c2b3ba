"""One problem in eight languages, with answers to it in the forms that models write."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass

from codem_ray.languages import LANGUAGES
from codem_ray.records import Problem


@dataclass(frozen=True, slots=True)
class ProblemParts:
    """A problem with the parts that answers are made of."""

    problem: Problem
    body: str
    """Follows the prompt."""
    bare: str
    """The whole function, without what the benchmark supplies."""
    whole: str
    """A complete program as a model writes it: imports, the function, a main or example calls."""
    example: str
    """An example call that a model shows in another fence."""


def _parts(
    language: str, prompt: str, body: str, bare: str, whole: str, example: str, tests: str,
    context: str = "", entry: str | None = "total",
) -> ProblemParts:  # fmt: skip
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
    return ProblemParts(problem, body, bare, whole, example)


PY = _parts(
    "python",
    'from typing import List\n\n\ndef total(numbers: List[int]) -> int:\n    """ Add up the whole '
    'roots.\n    >>> total([4, -1])\n    2\n    """\n',
    "    result = 0\n    for n in numbers:\n        if n > 0:\n"
    "            result += math.floor(math.sqrt(n))\n    return result\n",
    "def total(numbers: List[int]) -> int:\n    result = 0\n    for n in numbers:\n"
    "        if n > 0:\n            result += math.floor(math.sqrt(n))\n    return result\n",
    "import math\nfrom typing import List\n\ndef root(n):\n    return math.floor(math.sqrt(n))\n\n"
    "def total(numbers: List[int]) -> int:\n    return sum(root(n) for n in numbers if n > 0)\n\n"
    'if __name__ == "__main__":\n    print(total([4, 9]))\n',
    "print(total([4, 9]))\n",
    "assert total([4, 9, -1]) == 5\nassert total([]) == 0\nassert total([8]) == 2\n",
    context="import math\nfrom typing import List\n",
)
JS = _parts(
    "javascript",
    "/* Add up the whole roots.\n  >>> total([4, -1])\n  2\n  */\nconst total = (numbers) => {\n",
    "  let result = 0;\n  for (const n of numbers) {\n    if (n > 0) {\n"
    "      result += Math.floor(Math.sqrt(n));\n    }\n  }\n  return result;\n}\n",
    "function total(numbers) {\n  let result = 0;\n  for (const n of numbers) {\n"
    "    if (n > 0) {\n      result += Math.floor(Math.sqrt(n));\n    }\n  }\n"
    "  return result;\n}\n",
    "const root = (n) => Math.floor(Math.sqrt(n));\n\nexport const total = (numbers) => {\n"
    "  return numbers.filter(n => n > 0).map(root).reduce((a, b) => a + b, 0);\n};\n\n"
    "console.log(total([4, 9])); // 5\n",
    "console.log(total([4, 9]));\n",
    "const assert = require('node:assert');\nassert.deepStrictEqual(total([4, 9, -1]), 5);\n"
    "assert.deepStrictEqual(total([]), 0);\nassert.deepStrictEqual(total([8]), 2);\n",
)
TS = _parts(
    "typescript",
    "//Add up the whole roots.\n// >>> total([4, -1])\n// 2\n"
    "function total(numbers: number[]): number {\n",
    JS.body,
    JS.bare.replace("(numbers)", "(numbers: number[]): number"),
    "const root = (n: number): number => Math.floor(Math.sqrt(n));\n\n"
    "export function total(numbers: number[]): number {\n"
    "  return numbers.filter(n => n > 0).map(root).reduce((a, b) => a + b, 0);\n}\n\n"
    "console.log(total([4, 9])); // 5\n",
    "console.log(total([4, 9]));\n",
    "declare var require: any;\n" + JS.problem.tests,
)
C = _parts(
    "c",
    "#include <math.h>\n\n/* Add up the whole roots. */\nint total(int *numbers, int size) {\n",
    "    int result = 0;\n    for (int i = 0; i < size; i++) {\n        if (numbers[i] > 0) {\n"
    "            result += (int)floor(sqrt(numbers[i]));\n        }\n    }\n"
    "    return result;\n}\n",
    "int total(int *numbers, int size) {\n    int result = 0;\n    for (int i = 0; i < size; i++)\n"
    "        if (numbers[i] > 0)\n            result += (int)floor(sqrt(numbers[i]));\n"
    "    return result;\n}\n",
    "#include <stdio.h>\n#include <math.h>\n\nstatic int root(int n) {\n"
    "    return (int)floor(sqrt(n));\n}\n\nint total(int *numbers, int size) {\n"
    "    int result = 0;\n    for (int i = 0; i < size; i++)\n"
    "        if (numbers[i] > 0) result += root(numbers[i]);\n    return result;\n}\n\n"
    'int main(void) {\n    int n[] = {4, 9};\n    printf("%d\\n", total(n, 2));\n'
    "    return 0;\n}\n",
    "int n[] = {4, 9};\nint r = total(n, 2);\n",
    "#include <assert.h>\nint main(void) {\n    int a[] = {4, 9, -1};\n"
    "    assert(total(a, 3) == 5);\n    assert(total(a, 0) == 0);\n    assert(total(a, 1) == 2);\n"
    "    return 0;\n}\n",
    context="#include <math.h>\n",
)
CPP = _parts(
    "cpp",
    "/*\nAdd up the whole roots.\n*/\n#include<vector>\n#include<cmath>\nusing namespace std;\n"
    "int total(vector<int> numbers){\n",
    "    int result = 0;\n    for (int n : numbers) {\n        if (n > 0) {\n"
    "            result += (int)floor(sqrt(n));\n        }\n    }\n    return result;\n}\n",
    "int total(vector<int> numbers) {\n    int result = 0;\n    for (int n : numbers)\n"
    "        if (n > 0) result += (int)floor(sqrt(n));\n    return result;\n}\n",
    "#include <iostream>\n#include <vector>\n#include <cmath>\n\nstatic int root(int n) {\n"
    "    return (int)std::floor(std::sqrt(n));\n}\n\nint total(std::vector<int> numbers) {\n"
    "    int result = 0;\n    for (int n : numbers)\n        if (n > 0) result += root(n);\n"
    "    return result;\n}\n\nint main() {\n"
    "    std::cout << total({4, 9}) << std::endl;\n    return 0;\n}\n",
    "std::cout << total({4, 9});\n",
    "#undef NDEBUG\n#include<assert.h>\nint main(){\n    assert (total({4, 9, -1}) == 5);\n"
    "    assert (total({}) == 0);\n    assert (total({8}) == 2);\n}\n",
    context="#include<vector>\n#include<cmath>\nusing namespace std;\n",
)
JAVA = _parts(
    "java",
    "import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n    /**\n"
    "    Add up the whole roots.\n     */\n    public int total(List<Integer> numbers) {\n",
    "        int result = 0;\n        for (int n : numbers) {\n            if (n > 0) {\n"
    "                result += (int) Math.floor(Math.sqrt(n));\n            }\n        }\n"
    "        return result;\n    }\n}\n",
    "public int total(List<Integer> numbers) {\n    int result = 0;\n    for (int n : numbers) {\n"
    "        if (n > 0) {\n            result += (int) Math.floor(Math.sqrt(n));\n        }\n"
    "    }\n    return result;\n}\n",
    "import java.util.List;\nimport java.util.Arrays;\n\npublic class Solution {\n"
    "    private static int root(int n) {\n        return (int) Math.floor(Math.sqrt(n));\n"
    "    }\n\n"
    "    public int total(List<Integer> numbers) {\n        int result = 0;\n"
    "        for (int n : numbers) if (n > 0) result += root(n);\n        return result;\n    }\n\n"
    "    public static void main(String[] args) {\n"
    "        System.out.println(new Solution().total(Arrays.asList(4, 9)));\n    }\n}\n",
    "System.out.println(new Solution().total(Arrays.asList(4, 9)));\n",
    "public class Main {\n    public static void main(String[] args) {\n"
    "        Solution s = new Solution();\n        List<Boolean> correct = Arrays.asList(\n"
    "                s.total(Arrays.asList(4, 9, -1)) == 5,\n"
    "                s.total(new ArrayList<>()) == 0,\n"
    "                s.total(Arrays.asList(8)) == 2\n        );\n"
    "        if (correct.contains(false)) {\n            throw new AssertionError();\n        }\n"
    "    }\n}\n",
    context="import java.util.*;\nimport java.lang.*;\n",
)
JAVA = ProblemParts(
    Problem(
        benchmark="forms",
        task_id="java",
        language="java",
        prompt=JAVA.problem.prompt,
        instruction="",
        tests=JAVA.problem.context + JAVA.problem.tests,
        entry_point="total",
        context=JAVA.problem.context,
        reference=JAVA.body,
    ),
    JAVA.body,
    JAVA.bare,
    JAVA.whole,
    JAVA.example,
)
GO = _parts(
    "go",
    'import (\n    "math"\n)\n\n// Add up the whole roots.\n// >>> total([4, -1])\n// 2\n'
    "func total(numbers []int) int {\n",
    "    result := 0\n    for _, n := range numbers {\n        if n > 0 {\n"
    "            result += int(math.Floor(math.Sqrt(float64(n))))\n        }\n    }\n"
    "    return result\n}\n",
    "func total(numbers []int) int {\n\tresult := 0\n\tfor _, n := range numbers {\n"
    "\t\tif n > 0 {\n\t\t\tresult += int(math.Floor(math.Sqrt(float64(n))))\n\t\t}\n\t}\n"
    "\treturn result\n}\n",
    'package main\n\nimport (\n\t"fmt"\n\t"math"\n)\n\nfunc root(n int) int {\n'
    "\treturn int(math.Floor(math.Sqrt(float64(n))))\n}\n\nfunc total(numbers []int) int {\n"
    "\tresult := 0\n\tfor _, n := range numbers {\n\t\tif n > 0 {\n\t\t\tresult += root(n)\n"
    "\t\t}\n\t}\n\treturn result\n}\n\nfunc main() {\n\tfmt.Println(total([]int{4, 9}))\n}\n",
    "fmt.Println(total([]int{4, 9}))\n",
    'import (\n\t"testing"\n)\n\nfunc TestTotal(t *testing.T) {\n'
    '\tif total([]int{4, 9, -1}) != 5 {\n\t\tt.Fatal("a")\n\t}\n'
    '\tif total([]int{}) != 0 {\n\t\tt.Fatal("b")\n\t}\n'
    '\tif total([]int{8}) != 2 {\n\t\tt.Fatal("c")\n\t}\n}\n',
    context='import (\n    "fmt"\n    "math"\n    "sort"\n)\n',
)
_PAGE = '<!DOCTYPE html>\n<html lang="en">\n<body>\n'
HTML = _parts(
    "html",
    f'<!-- The page has a heading "red" and a paragraph "blue". -->\n{_PAGE}',
    "    <h1>red</h1>\n    <p>blue</p>\n</body>\n</html>\n",
    "<h1>red</h1>\n<p>blue</p>\n",
    f"{_PAGE}<h1>red</h1>\n<p>blue</p>\n<script>\n  console.log('a');\n</script>\n"
    "</body>\n</html>\n",
    "open page.html\n",
    json.dumps(
        {
            "kind": "dom",
            "script": "assert.strictEqual(document.querySelectorAll('h1').length, 1);\n"
            "assert.strictEqual(document.querySelector('h1').textContent, 'red');\n"
            "assert.strictEqual(document.querySelector('p').textContent, 'blue');\n"
            "assert.ok(!document.body.textContent.includes('```'));\n"
            "assert.ok(!/sure|hope/i.test(document.body.textContent));\n",
        }
    ),
    entry=None,
)
PROBLEMS = {one.problem.language: one for one in (PY, JS, TS, C, CPP, JAVA, GO, HTML)}

SURE = "Sure! Here is a solution that works for all lists (empty ones too):\n\n"
HOPE = "\nI hope this helps; let me know if you have any questions: I can explain more.\n"
_INPUT, _OUTPUT = "4 9\n", "5\n"
WRONG_DRAFT = {
    "python": "def total(numbers):\n    return -1\n",
    "javascript": "const total = (numbers) => {\n  return -1;\n}\n",
    "typescript": "function total(numbers: number[]): number {\n  return -1;\n}\n",
    "c": "int total(int *numbers, int size) {\n    return -1;\n}\n",
    "cpp": "int total(vector<int> numbers) {\n    return -1;\n}\n",
    "java": "public int total(List<Integer> numbers) {\n    return -1;\n}\n",
    "go": "func total(numbers []int) int {\n\treturn -1\n}\n",
    "html": "<h1>green</h1>\n",
}


def fenced(code: str, tag: str = "", mark: str = "```") -> str:
    return f"{mark}{tag}\n{code}{mark}\n"


def right_forms(parts: ProblemParts) -> dict[str, str]:
    """Return right answers by the name of their form."""
    spec, problem = LANGUAGES[parts.problem.language], parts.problem
    tag, prompt, draft = spec.fence_tags[0], problem.prompt, WRONG_DRAFT[problem.language]
    forms = {
        "body": parts.body,
        "body, run on": parts.body + "\n" + parts.example,
        "body, then an end token": parts.body + "<|endoftext|>",
        "body in a fence": fenced(parts.body, tag),
        "body after a preamble": f"Here is the completed function:\n\n{fenced(parts.body, tag)}",
        "body, then a closing fence": f"{parts.body}```\n{HOPE}",
        "body with tabs": parts.body.replace("    ", "\t"),
        "body with windows line ends": parts.body.replace("\n", "\r\n"),
        "body without its last line end": parts.body.rstrip("\n"),
        "prompt repeated": prompt + parts.body,
        "prompt repeated after blank lines": "\n\n" + prompt + parts.body,
        "prompt repeated in a fence": SURE + fenced(prompt + parts.body, tag) + HOPE,
        "prompt repeated with other white space": prompt.replace("\n\n", "\n") + parts.body,
        "fenced": fenced(parts.bare, tag),
        "fenced without a tag": fenced(parts.bare),
        "fenced, tag in capitals": fenced(parts.bare, tag.upper()),
        "fenced with another tag": fenced(parts.bare, "text"),
        "fenced with an info string": fenced(parts.bare, f'{tag} title="answer"'),
        "fenced by tildes": fenced(parts.bare, tag, "~~~"),
        "fenced by four marks": fenced(parts.bare, tag, "````"),
        "fence never closed": f"{SURE}```{tag}\n{parts.bare}",
        "fence never closed, end token": f"{SURE}```{tag}\n{parts.bare}<|im_end|>",
        "fence in a list": "1. The answer:\n" + textwrap.indent(fenced(parts.bare, tag), "   "),
        "windows line ends": (SURE + fenced(parts.bare, tag) + HOPE).replace("\n", "\r\n"),
        "prose around a fence": SURE + fenced(parts.bare, tag) + HOPE,
        "prose around plain code": SURE + parts.bare + HOPE,
        "plain code": parts.bare,
        "a program": parts.whole,
        "a program in a fence": SURE + fenced(parts.whole, tag) + HOPE,
        "a program, never closed": f"{SURE}```{tag}\n{parts.whole}",
        "input first": f"For input\n{fenced(_INPUT, 'text')}\nuse:\n{fenced(parts.bare, tag)}",
        "an example first": f"Usage:\n{fenced(parts.example, tag)}\n{fenced(parts.bare, tag)}",
        "an example after": f"{fenced(parts.bare, tag)}\nUsage:\n{fenced(parts.example, tag)}",
        "output after": f"{fenced(parts.bare, tag)}\nIt prints:\n{fenced(_OUTPUT)}",
        "thought before": f"<think>\nMaybe\n{fenced(draft, tag)}\nNo.\n</think>\n\n"
        + SURE
        + fenced(parts.bare, tag),
        "thought before, plain code": f"<think>\n{draft}\n</think>\n\n{parts.bare}",
        "thought opened by the prompt": f"Maybe\n{fenced(draft, tag)}\n</think>\n"
        + fenced(parts.bare, tag),
        "thought before a body": "<think>\nEasy; one loop (for each number).\n</think>\n"
        + parts.body,
    }
    for alias in spec.fence_tags[1:]:
        forms[f"fenced as {alias}"] = fenced(parts.bare, alias)
    if problem.language == "html":
        # The body of a page cannot be distinguished from a whole page.
        for name in ("body with tabs", "body, run on"):
            del forms[name]
    return forms


def wrong_forms(parts: ProblemParts) -> dict[str, str]:
    """Return wrong answers by the name of their form."""
    other = PROBLEMS["java" if parts.problem.language != "java" else "python"]
    tag = LANGUAGES[parts.problem.language].fence_tags[0]
    half = parts.body[: len(parts.body) // 2]
    return {
        "another language": other.bare,
        "another language in a fence": fenced(other.whole, other.problem.language),
        "cut off": half,
        "cut off in a fence": f"{SURE}```{tag}\n{parts.bare[: len(parts.bare) // 2]}",
        "a draft": fenced(WRONG_DRAFT[parts.problem.language], tag),
    }


NO_ANSWERS = {
    "nothing": "",
    "white space": "\n \n",
    "a refusal": "I'm sorry, but I cannot help with that request.",
    "thought without an end": "<think>\nLet me see. The function should add up the roots, so",
    "an end token": "<|endoftext|>",
}
