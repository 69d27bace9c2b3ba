"""A small problem in each language, for tests of extraction."""

from __future__ import annotations

from codem_ray.languages.source_code import mask
from codem_ray.records import Problem, PromptStyle

COMPLETION, INSTRUCTION = PromptStyle.COMPLETION, PromptStyle.INSTRUCTION


def problem(
    language: str,
    prompt: str,
    *,
    entry: str | None = "add",
    context: str = "",
    stop: tuple[str, ...] = (),
) -> Problem:
    return Problem(
        benchmark="toy",
        task_id="toy/0",
        language=language,
        prompt=prompt,
        instruction="",
        tests="",
        entry_point=entry,
        context=context,
        stop=stop,
    )


PY = problem(
    "python",
    'def add(a, b):\n    """ Add. """\n',
    context="import math\nfrom typing import List, Tuple\n",
)

JS = problem("javascript", "/* Add. */\nconst add = (a, b) => {\n")

TS = problem(
    "typescript",
    "// Add.\nfunction add(a: number, b: number): number {\n",
    stop=("\nfunction ", "\n/*", "\n//", "\nclass"),
)

C = problem(
    "c", "#include <math.h>\n\n/* Add. */\nint add(int a, int b) {\n", context="#include <math.h>\n"
)

CPP = problem(
    "cpp",
    "#include <vector>\nusing namespace std;\nint add(vector<int> v){\n",
    context="#include<algorithm>\n#include<vector>\nusing namespace std;\n",
)

JAVA = problem(
    "java",
    "import java.util.*;\n\nclass Solution {\n    // Add.\n    public int add(int a, int b) {\n",
    context="import java.util.*;\n",
)

GO = problem(
    "go",
    'import (\n    "math"\n)\n\n// Add.\nfunc add(a int, b int) int {\n',
    context='import (\n    "fmt"\n    "math"\n)\n',
)

HTML = problem("html", "<!-- A title. -->\n", entry=None)


def squeezed(text: str | None) -> str:
    return "".join((text or "NOTHING").split())


def bare(text: str | None, language: str) -> str:
    return squeezed(mask(text or "NOTHING", language, keep_strings=True))


PROGRAM = "def add(a, b):\n    return a + b\n"
