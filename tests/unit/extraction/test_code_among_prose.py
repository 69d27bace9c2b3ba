"""Lines that only look like code, and code that looks like sentences."""

from __future__ import annotations

from textwrap import indent

import pytest
from completion_forms import SAMPLE_PROBLEMS

from codem_ray.extraction.answers import extract_answer
from codem_ray.records import PromptStyle


def answer_to(language: str, completion: str) -> str:
    answer = extract_answer(SAMPLE_PROBLEMS[language].problem, completion, PromptStyle.INSTRUCTION)
    assert answer is not None
    return answer


def test_a_notebook_command_does_not_stay_in_a_program() -> None:
    code = "import math\n\ndef total(numbers):\n    return math.floor(2)\n"
    answer = answer_to("python", f"```python\n!pip install numpy\n\n{code}```\n")
    assert "pip" not in answer
    assert code in answer


def test_an_indented_block_of_markdown_loses_its_margin() -> None:
    code = "def total(numbers):\n    return 5\n"
    answer = answer_to(
        "python", f"Like this:\n\n{indent(code, '    ')}\nimport it and call it as you like.\n"
    )
    assert answer.strip() == code.strip()


@pytest.mark.parametrize(
    "lead", ["Here is the code.\n\n", "class of problem: easy; return early.\n\n"]
)
def test_the_fields_of_a_struct_are_no_sentences(lead: str) -> None:
    struct = "type item struct {\n\tprice int\n\tcount int\n}\n"
    code = "func total(numbers []int) int {\n\treturn item{1, 2}.price\n}\n"
    answer = answer_to("go", f"{lead}{struct}\n{code}")
    assert struct in answer
    assert "easy" not in answer


def test_functions_alone_are_no_body_of_the_function_that_the_prompt_begins() -> None:
    answer = answer_to("c", "```c\nint another(int value) {\n    return value;\n}\n```\n")
    assert "total" not in answer


def test_trailing_blanks_do_not_shift_the_lines_that_are_kept() -> None:
    code = (
        "func total(numbers []int) int {\n\tresult := []int{1,   \n\t\t2}   \n"
        "\treturn result[0]\n}\n"
    )
    prose = "This function returns the result in O(n). Note that `i` is never negative.\n"
    answer = answer_to("go", f"Sure, here it is:\n\n{code}\n\n{prose}")
    assert answer.strip() == code.strip()


def test_a_body_that_lost_all_indentation_keeps_its_helpers_and_tables() -> None:
    body = "def root(n):\n    return 1\nroots = {\n    1: 1,\n}\nreturn root(2)\n"
    problem = SAMPLE_PROBLEMS["python"].problem
    for style in PromptStyle:
        answer = extract_answer(problem, f"```python\n{body}```\n", style)
        assert answer == problem.prompt + indent(body, "    ")


def test_a_body_in_tabs_that_lost_its_first_indentation_is_mended() -> None:
    body = "result = 0\n\tfor n in numbers:\n\t\tresult += n\n\treturn result\n"
    problem = SAMPLE_PROBLEMS["python"].problem
    answer = extract_answer(problem, body, PromptStyle.COMPLETION)
    assert answer == problem.prompt + "    " + body.expandtabs(4)
