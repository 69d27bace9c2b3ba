"""The text around an instruction."""

import pytest

from codem_ray.errors import ConfigError
from codem_ray.tokens.prompt_template import check_template, render_prompt


def test_named_templates_end_before_the_answer() -> None:
    for name in ("alpaca", "short"):
        text = render_prompt(name, "Add {{ 1 }}.")
        assert "### Instruction:\nAdd {{ 1 }}.\n" in text
        assert text.endswith("### Response:\n")
        check_template(name)


def test_a_custom_template_is_rendered() -> None:
    assert render_prompt("Q: {{ instruction }}\nA:\n", "x") == "Q: x\nA:\n"


@pytest.mark.parametrize(
    "template",
    [
        "alpacca",
        "{{ instruction",
        "{{ question }}",
        "{% if 1 %}nothing{% endif %}",
        "{{ instruction.__class__.__mro__ }}",
    ],
)
def test_bad_templates_are_refused(template: str) -> None:
    with pytest.raises(ConfigError, match=r"data\.template"):
        check_template(template)


def test_chat_needs_a_chat_template() -> None:
    with pytest.raises(ConfigError, match="no chat template"):
        render_prompt("chat", "x")
