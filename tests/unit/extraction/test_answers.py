"""Answers are found in completions of many forms, in eight languages."""

from __future__ import annotations

import pytest
from toy_problems import (
    COMPLETION,
    CPP,
    GO,
    HTML,
    INSTRUCTION,
    JAVA,
    JS,
    PROGRAM,
    PY,
    TS,
    C,
    bare,
    squeezed,
)

from codem_ray.extraction.answers import extract_answer, whole_answer
from codem_ray.records import Problem, PromptStyle

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


def test_a_local_variable_named_like_the_entry_point_is_no_definition() -> None:
    answer = extract_answer(JS, "  let add = 1;\n  return add + a;\n}\n", COMPLETION) or ""
    assert answer.startswith(JS.prompt)


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


@pytest.mark.parametrize("title", ["assistant", "Solution", "[Answer]"])
def test_a_title_before_a_fence_is_no_body(title: str) -> None:
    assert extract_answer(PY, f"{title}\n```\n{PROGRAM}```\n", COMPLETION) == PROGRAM


def test_a_fence_inside_a_docstring_does_not_end_a_block() -> None:
    docstring = '    """ Add.\n\n    ```\n    add(1, 2)\n    ```\n    """\n'
    code = f"def add(a, b):\n{docstring}    return a + b\n"
    answer = extract_answer(PY, f"Here:\n```python\n{code}```\nDone.", INSTRUCTION)
    assert answer is not None
    assert answer.endswith(code)


def test_an_opening_fence_closes_the_block_before_it() -> None:
    text = "```js\nadd(1, 2)\n```js\nconst add = (a, b) => { return 1; }\n```\n"
    assert squeezed(extract_answer(JS, text, INSTRUCTION)) == "constadd=(a,b)=>{return1;}"


@pytest.mark.parametrize("wrap", ["{}", "```python\n{}\n```", "Like so:\n\n```\n{}\n```\n"])
def test_the_input_of_an_interactive_session_is_the_answer(wrap: str) -> None:
    typed = ">>> def add(a, b):\n...     c = a\n...\n...     return c + b\n...\n>>> add(1, 2)\n3"
    made = extract_answer(PY, wrap.format(typed), INSTRUCTION)
    assert squeezed(made) == "defadd(a,b):c=areturnc+b"


def test_an_interactive_session_without_a_definition_is_no_answer() -> None:
    assert extract_answer(PY, "```python\n>>> add(1, 2)\n3\n```\n", INSTRUCTION) is None
