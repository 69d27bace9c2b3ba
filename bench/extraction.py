"""Time the extraction of answers: per 1,000 completions of 2 KB, and for the worst long texts.

python bench/extraction.py [--bytes 50000]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from codem_ray.extraction.answers import extract_answer
from codem_ray.records import Problem, PromptStyle

PROBLEMS = {
    "python": ('def add(a, b):\n    """ Add. """\n', "    return a + b\n", "    c = a + b\n"),
    "javascript": ("const add = (a, b) => {\n", "  return a + b;\n}\n", "  a += b * 2;\n"),
    "typescript": (
        "function add(a: number, b: number): number {\n",
        "  return a + b;\n}\n",
        "  a += b * 2;\n",
    ),
    "c": ("int add(int a, int b) {\n", "    return a + b;\n}\n", "    a += b * 2;\n"),
    "cpp": ("int add(int a, int b) {\n", "    return a + b;\n}\n", "    a += b * 2;\n"),
    "java": (
        "class Solution {\n    public int add(int a, int b) {\n",
        "        return a + b;\n    }\n}\n",
        "        a += b * 2;\n",
    ),
    "go": ("func add(a int, b int) int {\n", "\treturn a + b\n}\n", "\ta += b * 2\n"),
}
PIECES = (
    *("(", "{", "[", "<", "}", "`${", '"', "'", " ", "\n", "```\n", "```python\nx\n```\n"),
    *("This adds the numbers, as said. ", "It returns the sum of both, so it is.\n", "f(", "a<"),
    *("x = 1\n", "lambda: ", "a,", ".a", "#if\n", "/*", "<div>", "a?b:", "a=>", '"""\n', "\\", "@"),
    *("(int)", "List<", "else ", "if (a) ", "not ", "* item: `x` is **y**\n", "\0", "é", "<think>"),
    *("def f(x):\n    return x\n", "int f(int a) {\n return a;\n}\n", '{"a": [1, 2]}, ', ">>> x\n"),
    *("import os\n", "class A {\n", "function f() {\n", "return x;\n", "> quote\n", "<answer>\n"),
    *("# filler line\n", "print(1)\n"),
)


def problem(language: str) -> Problem:
    """Return a small problem in a language."""
    return Problem(
        benchmark="bench",
        task_id=language,
        language=language,
        prompt=PROBLEMS[language][0],
        instruction="",
        tests="",
        entry_point="add",
    )


def seconds(language: str, text: str) -> float:
    """Return the CPU time of one extraction in each prompt style, as the longer of both."""
    asked = problem(language)
    times = []
    for style in PromptStyle:
        start = time.process_time()
        extract_answer(asked, text, style)
        times.append(time.process_time() - start)
    return max(times)


def usual(language: str) -> str:
    """Return a completion of 2 KB: prose, a fence, a program, and an example."""
    prompt, body, line = PROBLEMS[language]
    program = prompt + line * (1600 // len(line)) + body
    return (
        f"Here is a solution that adds both numbers:\n\n```{language}\n{program}```\n\n"
        f"It can be used like this:\n\n```{language}\nadd(1, 2)\n```\n"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=50_000, help="of the shorter long texts")
    size: int = parser.parse_args().bytes
    print("language     1,000 completions of 2 KB")
    for language in PROBLEMS:
        text = usual(language)
        spent = sum(seconds(language, text) for _ in range(50))
        print(f"{language:12s} {spent * 20:6.2f} s")
    print(f"\nlanguage     worst text           {size // 1000} KB  {size // 500} KB  growth")
    for language in PROBLEMS:
        body = PROBLEMS[language][1]
        times = {p: seconds(language, body + p * (size // len(p))) for p in PIECES}
        worst = max(times, key=lambda piece: times[piece])
        short = times[worst]
        long = seconds(language, body + worst * (2 * size // len(worst)))
        print(f"{language:12s} {worst[:18]!r:20s} {short:6.2f}  {long:6.2f}  {long / short:5.2f}")


if __name__ == "__main__":
    main()
