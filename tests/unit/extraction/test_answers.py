"""Answers are extracted from completions of many forms, in eight languages."""

from __future__ import annotations

import dataclasses

import pytest

from codem_ray.benchmarks import load
from codem_ray.extraction.answers import extract_answer, stop_strings, whole_answer
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


BODY = [
    (PY, "    return a + b\n", 'def add(a, b):\n"return a + b'),
    (JS, "  return a + b;\n}\n", "const add = (a, b) => { return a + b; }"),
    (TS, "  return a + b;\n}\n", "function add(a: number, b: number): number { return a + b; }"),
    (C, "    return a + b;\n}\n", "#include <math.h> int add(int a, int b) { return a + b; }"),
    (
        CPP,
        "    return v[0];\n}\n",
        ("#include <vector> using namespace std; int add(vector<int> v){ return v[0]; }"),
    ),
    (
        JAVA,
        "        return a + b;\n    }\n}\n",
        "import java.util.*; class Solution { public int add(int a, int b) { return a + b; } }",
    ),
    (GO, "    return a + b\n}\n", "func add(a int, b int) int { return a + b }"),
]
each_body = pytest.mark.parametrize(
    ("asked", "body", "wanted"), BODY, ids=lambda value: getattr(value, "language", "")
)
RUNS_ON = {
    "python": "\n\ndef other():\n    return 1\n\nprint(add(1, 2))\n",
    "javascript": "\nconsole.log(add(1, 2));\n\nconst other = () => {\n  return 1;\n}\n",
    "typescript": "\nfunction other(): number {\n  return 1;\n}\n",
    "c": '\nint main() {\n    printf("%d", add(1, 2));\n}\n',
    "cpp": "\nint main() {\n    cout << add({1});\n}\n",
    "java": "\nclass Other {\n    int x;\n}\n",
    "go": "\nfunc main() {\n    fmt.Println(add(1, 2))\n}\n",
}


@each_body
def test_a_body_is_joined_to_the_prompt(asked: Problem, body: str, wanted: str) -> None:
    answer = extract_answer(asked, body, COMPLETION)
    if asked.language == "python":
        assert answer == asked.prompt + body
    else:
        assert bare(answer, asked.language) == squeezed(wanted)


@each_body
def test_text_after_the_function_is_cut(asked: Problem, body: str, wanted: str) -> None:
    answer = extract_answer(asked, body + RUNS_ON[asked.language], COMPLETION)
    assert squeezed(answer) == squeezed(extract_answer(asked, body, COMPLETION))


@each_body
@pytest.mark.parametrize("style", list(PromptStyle))
@pytest.mark.parametrize("form", ["fenced", "unclosed", "plain", "untagged", "example first"])
def test_a_whole_program_is_found_in_prose(
    asked: Problem, body: str, wanted: str, style: PromptStyle, form: str
) -> None:
    program = asked.prompt + body
    text = {
        "fenced": f"Sure! Here's it:\n\n```{asked.language}\n{program}```\nIt adds (a; b).",
        "unclosed": f"Here it is:\n```{asked.language}\n{program}",
        "plain": f"Here is the solution:\n\n{program}\nThis adds the two numbers.\n",
        "untagged": f"```\n{program}```\n",
        "example first": f"Use:\n```text\nadd 1 2\n```\nCode:\n```{asked.language}\n{program}```\n",
    }[form]
    answer = extract_answer(asked, text, style)
    assert bare(answer, asked.language) == bare(whole_answer(asked, body), asked.language)


@each_body
def test_a_repeated_prompt_is_removed(asked: Problem, body: str, wanted: str) -> None:
    answer = extract_answer(asked, asked.prompt + body, COMPLETION)
    assert squeezed(answer) == squeezed(extract_answer(asked, body, COMPLETION))


@each_body
def test_a_closing_fence_ends_a_body(asked: Problem, body: str, wanted: str) -> None:
    answer = extract_answer(asked, f"{body}```\n\nThe function adds.", COMPLETION)
    assert squeezed(answer) == squeezed(extract_answer(asked, body, COMPLETION))


@each_body
def test_a_closing_fence_alone_ends_a_whole_program(asked: Problem, body: str, wanted: str) -> None:
    answer = extract_answer(asked, f"{asked.prompt}{body}```\nDone.", INSTRUCTION)
    assert bare(answer, asked.language) == bare(whole_answer(asked, body), asked.language)


@pytest.mark.parametrize("asked", [PY, JS, TS, C, CPP, JAVA, GO, HTML], ids=lambda p: p.language)
@pytest.mark.parametrize("style", list(PromptStyle))
@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n",
        "I am sorry, I cannot help with that.",
        "Sure! The function adds two numbers (a and b) together.",
    ],
)
def test_prose_is_no_answer(asked: Problem, style: PromptStyle, text: str) -> None:
    assert extract_answer(asked, text, style) is None


def test_a_fence_with_the_right_tag_is_preferred() -> None:
    text = (
        "```python\ndef add(a, b): return 0\n```\n```js\nconst add = (a, b) => { return 1; }\n```"
    )
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == "constadd=(a,b)=>{return1;}"


def test_the_wrong_language_is_still_an_answer() -> None:
    answer = extract_answer(JAVA, "```python\ndef add(a, b):\n    return a + b\n```", INSTRUCTION)
    assert answer is not None
    assert "def add(a, b):" in answer


def test_python_loses_its_main_guard_and_example_calls() -> None:
    text = (
        "def add(a, b):\n    return a + b\n\nresult = add(1, 2)\nprint(result)\n"
        "if __name__ == '__main__':\n    print(add(2, 3))\n"
    )
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    assert "result" not in answer
    assert "if __name__" not in answer


def test_python_gets_missing_imports_that_it_uses() -> None:
    text = "def add(a: List[int], b):\n    return math.floor(a[0] + b)\n"
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    assert "import math\n" in answer
    assert "from typing import List\n" in answer
    assert "Tuple" not in answer


def test_python_keeps_a_future_import_first() -> None:
    text = "from __future__ import annotations\n\ndef add(a, b):\n    return math.floor(a + b)\n"
    answer = extract_answer(PY, text, INSTRUCTION) or ""
    compile(answer, "answer", "exec")
    assert "import math" in answer


@pytest.mark.parametrize(
    "body",
    [
        "return a + b",
        "total = a + b\n    return total\n",
        "total = a + b\nreturn total\n",
        "for i in range(b):\n    a += 1\nreturn a\n",
        "for i in range(b):\n        a += 1\n    return a\n",
    ],
)
def test_lost_indentation_of_python_bodies_is_restored(body: str) -> None:
    names: dict[str, object] = {}
    exec(extract_answer(PY, body, COMPLETION) or "", names)
    assert names["add"](2, 3) == 5  # type: ignore[operator]


def test_python_strings_and_brackets_in_column_0_do_not_end_a_body() -> None:
    body = '    text = """\nx = 1\n"""\n    return (\na + b\n)\n'
    answer = extract_answer(PY, body + "\n\nx = 5\n", COMPLETION) or ""
    names: dict[str, object] = {}
    exec(answer, names)
    assert names["add"](2, 3) == 5  # type: ignore[operator]
    assert "x = 5" not in answer


def test_a_helper_that_the_body_uses_is_kept() -> None:
    text = (
        "    return helper(a) + b\n\n\ndef helper(x):\n    return x\n\n\n"
        "def unused():\n    return 2\n"
    )
    answer = extract_answer(PY, text, COMPLETION) or ""
    assert "def helper" in answer
    assert "unused" not in answer
    go = "    return helper(a)\n}\n\nfunc helper(x int) int {\n    return x\n}\n"
    assert "func helper" in (extract_answer(GO, go, COMPLETION) or "")


def test_supplied_helpers_are_added_only_if_missing() -> None:
    asked = problem(
        "javascript",
        "/* Twice. */\nconst twice = (x) => {\n  return 2 * x;\n}\n"
        "/* Add. */\nconst add = (a) => {\n",
    )
    whole = "const add = (a) => {\n  return twice(a);\n}"
    lacking = extract_answer(asked, whole, INSTRUCTION) or ""
    assert lacking.count("const twice") == 1
    continued = extract_answer(asked, "  return twice(a);\n}", COMPLETION) or ""
    assert continued.count("const twice") == 1


def test_braces_in_strings_and_comments_do_not_end_a_function() -> None:
    body = (
        '  // a } here\n  /* and } here */\n  const t = "}" + \'}\' + `}${"}"}`;\n'
        "  const r = /[}/]}/;\n  return a + b;\n}\n"
    )
    answer = extract_answer(JS, body + "\nfoo();\n", COMPLETION) or ""
    assert answer.rstrip().endswith("return a + b;\n}")


def test_a_local_variable_named_like_the_entry_point_is_no_definition() -> None:
    answer = extract_answer(JS, "  let add = 1;\n  return add + a;\n}\n", COMPLETION) or ""
    assert answer.startswith(JS.prompt)


def test_javascript_exports_are_removed() -> None:
    text = (
        "```js\nexport function add(a, b) {\n  return a + b;\n}\n\nmodule.exports = { add };\n"
        "console.log(add(1, 2));\n```"
    )
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == "functionadd(a,b){returna+b;}"


@pytest.mark.parametrize("target", ["exports.add", "module.exports.add", "module.exports"])
def test_a_function_that_javascript_exports_is_the_answer(target: str) -> None:
    text = f"```js\n{target} = function add(a, b) {{\n  return a + b;\n}};\n```"
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == (
        "constadd=functionadd(a,b){returna+b;};"
    )


def test_a_fence_inside_a_comment_does_not_end_a_block() -> None:
    text = "```js\n/*\n```js\nadd(1, 2)\n```\n*/\nfunction add(a, b) {\n  return a + b;\n}\n```\n"
    assert "functionadd(a,b){returna+b;}" in squeezed(extract_answer(JS, text, COMPLETION))


@pytest.mark.parametrize(
    ("asked", "stub", "answer"),
    [
        (PY, "def add(a, b):\n    # your code here\n    return 0", "def add(a, b): return a + b"),
        (
            GO,
            "func add(a int, b int) int {\n\t// TODO\n\treturn 0\n}",
            "func add(a int, b int) int { return a + b }",
        ),
    ],
)
def test_a_return_below_a_note_to_implement_is_a_stub(
    asked: Problem, stub: str, answer: str
) -> None:
    text = f"```\n{stub}\n```\n\nNow the body:\n\n```\n{answer}\n```\n"
    assert "a+b" in squeezed(extract_answer(asked, text, COMPLETION))
    assert extract_answer(asked, stub, INSTRUCTION) is None


def test_reasoning_marks_in_quotes_are_text() -> None:
    text = 'TAG = "<think>"\n\ndef add(a, b):\n    return a + b\n'
    assert extract_answer(PY, f"I strip `<think>`:\n```\n{text}```\n", INSTRUCTION) == text


def test_java_constructors_that_the_tests_call_are_not_private() -> None:
    text = (
        "class Adder {\n  private Adder() {}\n  static int add(int a, int b) { return a + b; }\n}\n"
    )
    assert "{Solution(){}" in squeezed(extract_answer(JAVA, text, INSTRUCTION))


def test_a_build_constraint_of_go_is_removed() -> None:
    text = "//go:build !ignore\n\npackage main\n\nfunc add(a int, b int) int { return a + b }\n"
    assert "go:build" not in str(extract_answer(GO, text, INSTRUCTION))


@pytest.mark.parametrize(
    ("include", "test"),
    [("gtest/gtest.h", "TEST(Add, Two)"), ("catch2/catch.hpp", 'TEST_CASE("Two")')],
)
def test_tests_of_cpp_libraries_are_removed(include: str, test: str) -> None:
    program = "int add(int a, int b) { return a + b; }\n"
    text = f"#include <{include}>\n{program}{test} {{ add(1, 1); }}\n"
    answer = extract_answer(CPP, text, INSTRUCTION)
    assert squeezed(answer) == squeezed(program)


PROGRAM = "def add(a, b):\n    return a + b\n"


@pytest.mark.parametrize(
    "statement",
    [
        "args = parser.parse_args()",
        "first = int(sys.argv[1])",
        "seconds = timeit.timeit(lambda: add(1, 2), number=10**9)",
    ],
)
def test_python_loses_statements_that_need_arguments_or_measure_time(statement: str) -> None:
    assert extract_answer(PY, f"{PROGRAM}\n{statement}\n", INSTRUCTION) == f"{PROGRAM}\n"


@pytest.mark.parametrize(
    ("asked", "helper"),
    [
        (PY, "def half(a):\n    print(a)\n    return a / 2\n"),
        (PY, "@cache\ndef half(a):\n    assert a > 0\n    return a / 2\n"),
        (JS, "function half(a) {\n  console.log(a);\n  return a / 2;\n}\n"),
    ],
)
def test_a_helper_that_writes_to_the_console_stays(asked: Problem, helper: str) -> None:
    entry = (
        "def add(a, b):\n    return half(a) + half(b)\n"
        if asked is PY
        else "const add = (a, b) => half(a) + half(b);\n"
    )
    assert helper in (extract_answer(asked, f"```\n{helper}\n{entry}```", INSTRUCTION) or "")


def test_python_keeps_a_logger_that_has_the_name_of_its_module() -> None:
    text = "import logging\n\nlog = logging.getLogger(__name__)\n\n" + PROGRAM
    assert extract_answer(PY, text, INSTRUCTION) == text


@pytest.mark.parametrize(
    "change", [("\n", "\r"), ("    ", "\xa0\xa0\xa0\xa0")], ids=["line ends", "hard spaces"]
)
def test_unusual_blanks_are_normalised(change: tuple[str, str]) -> None:
    assert extract_answer(PY, PROGRAM.replace(*change), COMPLETION) == PROGRAM


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<|reasoning_start|>", "<|reasoning_end|>"),
        ("<|think_start|>", "<|think_end|>"),
        ("<|begin_of_reasoning|>", "<|end_of_reasoning|>"),
        ("<|channel>thought", "<channel|>"),
        ("<chain_of_thought>", "</chain_of_thought>"),
        ("<mm:think>", "</mm:think>"),
        ("<think >", "</think >"),
    ],
)
def test_reasoning_between_marks_of_all_spellings_is_removed(opening: str, closing: str) -> None:
    text = f"{opening}\ndef add(a, b):\n    return 0\n{closing}\n{PROGRAM}"
    assert extract_answer(PY, text, INSTRUCTION) == PROGRAM


def test_a_type_in_angle_brackets_opens_no_reasoning() -> None:
    text = "class Solution { List<Plan> plans; int add(int a, int b) { return a + b; } }\n"
    assert "returna+b;" in squeezed(extract_answer(JAVA, text, INSTRUCTION))


def test_a_list_in_lower_case_is_no_answer_tag() -> None:
    text = "c = 1\nROWS = [\n    [c],\n    [c]\n]\n" + PROGRAM
    assert extract_answer(PY, text, INSTRUCTION) == text


@pytest.mark.parametrize("fence", ["", "```\n"])
def test_an_answer_between_begin_and_done_is_found(fence: str) -> None:
    text = f"[BEGIN]\n{fence}{PROGRAM}{fence}[DONE]\n\nYou are an expert.\n"
    assert extract_answer(PY, text, COMPLETION) == PROGRAM


@pytest.mark.parametrize("title", ["assistant", "Solution", "[Answer]"])
def test_a_title_before_a_fence_is_no_body(title: str) -> None:
    assert extract_answer(PY, f"{title}\n```\n{PROGRAM}```\n", COMPLETION) == PROGRAM


def test_stop_strings_of_the_benchmark_cut_the_answer() -> None:
    answer = extract_answer(TS, "  return a + b;\n}\n\n// Next.\nfunction x() {\n", COMPLETION)
    assert answer is not None
    assert "Next" not in answer


@pytest.mark.parametrize("asked", [C, CPP], ids=["c", "cpp"])
def test_c_and_cpp_answers_keep_to_their_own_headers(asked: Problem) -> None:
    code = "int add(int a, int b) { return a + b; }"
    assert (extract_answer(asked, f"```c\n{code}\n```", INSTRUCTION) or "").strip() == code


def test_java_methods_without_a_class_are_wrapped() -> None:
    text = (
        "```java\nimport java.util.List;\npublic int add(int a, int b) {\n  return a + b;\n}\n```"
    )
    assert squeezed(extract_answer(JAVA, text, INSTRUCTION)) == squeezed(
        "import java.util.*;\nimport java.util.List;\n"
        "class Solution { public int add(int a, int b) { return a + b; } }"
    )


def test_public_modifiers_and_the_main_class_of_java_are_removed() -> None:
    text = (
        "```java\npackage x.y;\npublic class Solution {\n  public int add(int a, int b) {"
        " return a + b; }\n}\n\npublic class Main {\n  public static void main(String[] a) {}"
        "\n}\n```"
    )
    answer = extract_answer(JAVA, text, INSTRUCTION) or ""
    assert "public class" not in answer
    assert "Main" not in answer
    assert "package" not in answer


def test_a_java_class_of_another_name_is_renamed_to_solution() -> None:
    text = "```java\npublic class Adder {\n  public int add(int a, int b) { return a + b; }\n}\n```"
    assert "class Solution {" in (extract_answer(JAVA, text, INSTRUCTION) or "")


def test_an_open_java_class_is_closed() -> None:
    text = "        return a + b;\n    }\n\n    public int more(int x) {\n        return"
    answer = extract_answer(JAVA, text, COMPLETION) or ""
    masked = mask(answer, "java")
    assert masked.count("{") == masked.count("}")
    assert "more" not in answer


def test_java_helper_methods_after_the_answer_stay_in_the_class() -> None:
    text = "        return f(a);\n    }\n\n    int f(int x) {\n        return x;\n    }\n}\n"
    assert "int f(int x)" in (extract_answer(JAVA, text, COMPLETION) or "")


def test_package_main_and_imports_that_only_main_used_are_removed_from_go() -> None:
    text = (
        '```go\npackage main\n\nimport (\n    "fmt"\n    "os"\n)\n\n'
        "func add(a int, b int) int {\n    return a + b\n}\n\n"
        "func main() {\n    fmt.Println(add(1, 2))\n    os.Exit(0)\n}\n```"
    )
    assert squeezed(extract_answer(GO, text, INSTRUCTION)) == "funcadd(aint,bint)int{returna+b}"


def test_go_keeps_an_unused_import_that_the_benchmark_does_not_supply() -> None:
    text = '```go\nimport "os"\n\nfunc add(a int, b int) int {\n    return a + b\n}\n```'
    assert '"os"' in (extract_answer(GO, text, INSTRUCTION) or "")


def test_go_gets_supplied_imports_that_it_uses() -> None:
    unused = extract_answer(GO, "    return a + b\n}\n", COMPLETION) or ""
    assert "import" not in unused
    used = extract_answer(GO, "    return int(math.Abs(1)) + len(fmt.Sprint(a))\n}\n", COMPLETION)
    assert '"fmt"' in (used or "")
    assert '"math"' in (used or "")


def test_a_bare_body_as_answer_to_an_instruction_is_joined_to_the_prompt() -> None:
    answer = extract_answer(C, "```c\nint sum = a + b;\nreturn sum;\n}\n```", INSTRUCTION) or ""
    assert answer.startswith(C.prompt)


def test_a_truncated_body_is_kept_as_it_is() -> None:
    answer = extract_answer(C, "    for (int i = 0; i < a; i++) {\n        b", COMPLETION) or ""
    assert answer.endswith("b")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("```html\n<h1>A</h1>\n```", "<h1>A</h1>"),
        ("Here is it:\n<h1>A</h1>\nDone.", "<h1>A</h1>"),
        (
            "<!DOCTYPE html>\n<html><body></body></html>\nIt is done.",
            "<!DOCTYPE html><html><body></body></html>",
        ),
        ("```\n<p>x</p>", "<p>x</p>"),
    ],
)
def test_pages_are_found(text: str, wanted: str) -> None:
    assert squeezed(extract_answer(HTML, text, INSTRUCTION)) == squeezed(wanted)


def test_a_page_continues_its_prompt() -> None:
    asked = problem("html", "<!DOCTYPE html>\n<html>\n<body>\n", entry="document")
    answer = extract_answer(asked, "<p>x</p>\n</body>\n</html>\n<p>more</p>", COMPLETION)
    assert answer == asked.prompt + "<p>x</p>\n</body>\n</html>\n"


def test_windows_line_ends_are_normalised() -> None:
    answer = extract_answer(PY, "    x = a\r\n    return x + b\r\n\r\nprint(1)\r\n", COMPLETION)
    assert answer == PY.prompt + "    x = a\n    return x + b\n"


def test_stop_strings_of_the_benchmark_come_first_and_none_cuts_a_fenced_answer() -> None:
    stops = stop_strings(TS, COMPLETION)
    assert stops[: len(TS.stop)] == TS.stop
    assert len(stops) == len(set(stops))
    assert not any("```" in stop for stop in stop_strings(TS, INSTRUCTION))


def test_a_fence_inside_a_docstring_does_not_end_a_block() -> None:
    docstring = '    """ Add.\n\n    ```\n    add(1, 2)\n    ```\n    """\n'
    code = f"def add(a, b):\n{docstring}    return a + b\n"
    answer = extract_answer(PY, f"Here:\n```python\n{code}```\nDone.", INSTRUCTION)
    assert answer is not None
    assert answer.endswith(code)


def test_an_opening_fence_closes_the_block_before_it() -> None:
    text = "```js\nadd(1, 2)\n```js\nconst add = (a, b) => { return 1; }\n```\n"
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == "constadd=(a,b)=>{return1;}"


def test_tabs_of_indentation_become_spaces_but_tabs_in_strings_stay() -> None:
    asked = problem("python", 'def add(a, b):\n    """ Add. """\n')
    answer = extract_answer(asked, '\tt = """x\n\ty"""\n\tif a:\n\t\treturn t\n', COMPLETION) or ""
    names: dict[str, object] = {}
    exec(answer, names)
    assert names["add"](1, 2) == "x\n\ty"  # type: ignore[operator]


def test_strikethrough_at_the_end_of_a_page_is_no_end_token() -> None:
    assert (extract_answer(HTML, "<p>a</p><s>b</s>", INSTRUCTION) or "").strip().endswith("</s>")
    assert "</s>" not in (extract_answer(HTML, "<p>a</p></s>", INSTRUCTION) or "")


@pytest.mark.parametrize("tags", [("<answer>", "</answer>"), ("[PY]", "[/PY]")])
@pytest.mark.parametrize("style", list(PromptStyle))
def test_tags_around_an_answer_are_removed(tags: tuple[str, str], style: PromptStyle) -> None:
    [problem] = load("starter-python", limit=1)
    # Without the blank line that a repeated prompt leaves.
    code = f"{problem.prompt}{problem.reference}".replace("\n\n", "\n").strip()
    expected = extract_answer(problem, code, PromptStyle.INSTRUCTION)
    opening, end = tags
    text = f"{opening}\n{code}\n{end}\nThat is all.\n"
    for written in (text, f"{code}\n</answer>"):
        answer = extract_answer(problem, written, style)
        assert (answer or "").replace("\n\n", "\n") == expected


def fenced(*bodies: str, tag: str = "python") -> str:
    return "".join(f"Text:\n\n```{tag}\n{body}\n```\n\n" for body in bodies)


USES = "def add(a, b):\n    return math2.total(plus(a), b) + BASE"


@pytest.mark.parametrize(
    ("bodies", "joined"),
    [
        (("import math2", "def plus(a):\n    return a", "BASE = -1", USES), 3),
        ((USES, "from m import x as math2\nBASE: int = 2\n\n# Comment.\n@d\ndef plus(a): pass"), 3),
        (("import math2\nimport os\n\ndef unused(): pass", USES), 1),
        # A block that does something shows how the answer is used.
        ((USES, "import math2\nprint(add(1, 2))"), 0),
        ((USES, "def plus(a):\n    return a\n\nassert add(1, 2) == 3"), 0),
        ((USES, "base = 2\nBASE = base"), 0),
        ((USES, "def test_add():\n    assert add(1, 2) == 3"), 0),
        ((USES, "BASE = 3\n\ndef add(a, b):\n    return BASE"), 0),
    ],
)
def test_missing_definitions_are_taken_from_other_fences(
    bodies: tuple[str, ...], joined: int
) -> None:
    made = extract_answer(PY, fenced(*bodies), INSTRUCTION) or ""
    assert made.endswith(f"{USES}\n")
    added = ("import math2", "from m import x as math2", "def plus", "BASE =", "BASE: int")
    assert sum(made.removesuffix(f"{USES}\n").count(one) for one in added) == joined
    assert "unused" not in made


def test_fences_of_another_language_are_not_used() -> None:
    text = fenced("BASE = 1", tag="text") + fenced("def add(a, b):\n    return a + b + BASE")
    assert "BASE = 1" not in (extract_answer(PY, text, INSTRUCTION) or "")


def test_helpers_of_the_prompt_and_builtins_are_not_missing() -> None:
    asked = problem("python", "def half(n):\n    return n / 2\n\n\ndef add(a, b):\n")
    text = fenced("def half(n):\n    return 0\n\ndef sum(x):\n    return 1")
    answer = "def add(a, b):\n    return half(sum([a, b]))"
    made = extract_answer(asked, text + fenced(answer), INSTRUCTION) or ""
    assert "return 0" not in made
    assert "return 1" not in made


def test_a_future_import_stays_first() -> None:
    text = fenced("import math2", "from __future__ import annotations\n" + USES)
    made = extract_answer(PY, text, INSTRUCTION) or ""
    assert made.startswith("from __future__ import annotations\nimport math2\n")


@pytest.mark.parametrize("wrap", ["{}", "```python\n{}\n```", "Like so:\n\n```\n{}\n```\n"])
def test_the_input_of_an_interactive_session_is_the_answer(wrap: str) -> None:
    typed = ">>> def add(a, b):\n...     c = a\n...\n...     return c + b\n...\n>>> add(1, 2)\n3"
    made = extract_answer(PY, wrap.format(typed), INSTRUCTION)
    assert squeezed(made) == "defadd(a,b):c=areturnc+b"


def test_an_interactive_session_without_a_definition_is_no_answer() -> None:
    assert extract_answer(PY, "```python\n>>> add(1, 2)\n3\n```\n", INSTRUCTION) is None


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ("K = 2\n", True),
        ("K = [1,\n     -2.5e3, None]\n", True),
        ("import m as K\n", True),
        ("from m import (a as b, K)\n", True),
        ("import m\n\n@m.cache\ndef K():\n    return 1\n", True),
        ("K = add(1, 2)\n", False),
        ("K = other\n", False),
        ("K = [1,\n", False),
        ("J = 2\n", False),
        ("print(K)\n", False),
    ],
)
def test_later_statements_that_a_body_needs_are_kept(later: str, kept: bool) -> None:
    made = extract_answer(PY, f"    return a + b + K\n\n\n{later}", COMPLETION) or ""
    assert (later.strip() in made.replace("\n\n@", "\n@").replace("\n@", "\n\n@")) is kept


def test_tests_call_the_helper_of_the_prompt_and_the_answer_its_own() -> None:
    prompt = "func twice(a int) int {\n    return 2 * a\n}\n\nfunc half(a int) int {\n"
    asked = dataclasses.replace(
        problem("go", prompt, entry="half"), tests="func TestHalf(t *testing.T) { half(twice(1)) }"
    )
    text = "func twice(b int) int { return b }\nfunc half(a int) int { return twice(a) }\n"
    answer = squeezed(extract_answer(asked, text, INSTRUCTION))
    assert "functwice(aint)int{return2*a}" in answer
    assert "functwice_of_answer(bint)int{returnb}" in answer
    assert "returntwice_of_answer(a)" in answer


def test_a_helper_that_an_answer_repeats_keeps_its_name() -> None:
    prompt = "func twice(a int) int {\n    return 2 * a\n}\n\nfunc half(a int) int {\n"
    asked = dataclasses.replace(problem("go", prompt, entry="half"), tests="half(twice(1))")
    answer = str(extract_answer(asked, prompt + "\treturn a / 2 // no helper\n}\n", INSTRUCTION))
    assert answer.count("func twice(") == 1
    assert "of_answer" not in answer


def test_types_of_the_prompt_are_shared_by_answer_and_tests() -> None:
    prompt = "type item struct {\n\tn int\n}\n\nfunc first(a []item) int {\n"
    asked = dataclasses.replace(problem("go", prompt, entry="first"), tests="first([]item{{1}})")
    text = "type item struct{ n int }\nfunc first(a []item) int { return a[0].n }\n"
    assert "of_answer" not in str(extract_answer(asked, text, INSTRUCTION))


def test_headers_in_a_block_of_their_own_belong_to_the_program() -> None:
    asked = problem("cpp", "#include <vector>\nint add(int a, int b) {\n")
    function = "int add(int a, int b) {\n    return std::vector<int>{a + b}[0];\n}\n"
    blocks = f"```cpp\n#include <vector>\nusing namespace std;\n```\n\n```cpp\n{function}```\n"
    answer = extract_answer(asked, blocks, INSTRUCTION)
    assert answer is not None
    assert answer.startswith("#include <vector>\n")
    assert "using namespace std;" in answer
    assert answer.endswith(function)
