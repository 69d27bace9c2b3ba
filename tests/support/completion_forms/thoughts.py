"""Answers with reasoning and answer tags around them."""

from __future__ import annotations

from collections.abc import Iterator

from completion_forms.form import (
    ALL,
    PYTHON,
    SAYS_BEFORE,
    Form,
    answer,
    draft,
    instruction_form,
    short,
)

THOUGHTS: dict[str, tuple[str, str]] = {
    "<think>": ("<think>", "</think>"),
    "<thinking>": ("<thinking>", "</thinking>"),
    "<thought>": ("<thought>", "</thought>"),
    "<reasoning>": ("<reasoning>", "</reasoning>"),
    "<reflection>": ("<reflection>", "</reflection>"),
    "<scratchpad>": ("<scratchpad>", "</scratchpad>"),
    "<analysis>": ("<analysis>", "</analysis>"),
    "<Think>": ("<Think>", "</Think>"),
    "[THINK]": ("[THINK]", "[/THINK]"),
    "<|begin_of_thought|>": ("<|begin_of_thought|>", "<|end_of_thought|>"),
    "<seed:think>": ("<seed:think>", "</seed:think>"),
    "◁think▷": ("◁think▷", "◁/think▷"),
    "<|thinking|>": ("<|thinking|>", "<|/thinking|>"),
    "<unused94>thought": ("<unused94>thought\n", "<unused95>"),
    "<|START_THINKING|>": ("<|START_THINKING|>", "<|END_THINKING|>"),
}
"""Spellings of reasoning tags, by the opening tag."""
ANSWER_TAGS: dict[str, tuple[str, str]] = {
    "<answer>": ("<answer>", "</answer>"),
    "<solution>": ("<solution>", "</solution>"),
    "<final_answer>": ("<final_answer>", "</final_answer>"),
    "<response>": ("<response>", "</response>"),
    "<output>": ("<output>", "</output>"),
    "<code>": ("<code>", "</code>"),
    "<|begin_of_solution|>": ("<|begin_of_solution|>", "<|end_of_solution|>"),
    "<|START_RESPONSE|>": ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    "[PYTHON]": ("[PYTHON]", "[/PYTHON]"),
}


def thought_forms() -> Iterator[Form]:
    for name, (opening, ending) in THOUGHTS.items():
        yield instruction_form(
            f"thought {name}",
            lambda s, o=opening, e=ending: f"{o}\n{draft(s)}{e}\n\n{SAYS_BEFORE}{answer(s)}",
        )
    opening, ending = THOUGHTS["<think>"]
    yield instruction_form("thought, closed only", lambda s: f"{draft(s)}</think>\n\n{answer(s)}")
    yield instruction_form("thought in one line", lambda s: f"<think>Just loop.</think>{answer(s)}")
    yield instruction_form(
        "thought inside a line",
        lambda s: f"Okay. <think>First {short(s)[:40]!r}, then.</think> So:\n\n{answer(s)}",
    )
    yield instruction_form(
        "thought, bare program", lambda s: f"<think>\n{draft(s)}</think>\n{short(s)}"
    )
    yield instruction_form(
        "two thoughts", lambda s: f"<think>A.</think>\n<think>{draft(s)}</think>\n{answer(s)}"
    )
    yield instruction_form("empty thought", lambda s: f"<think>\n\n</think>\n\n{answer(s)}")
    yield instruction_form(
        "thought and solution",
        lambda s: (
            f"<|begin_of_thought|>\n{draft(s)}<|end_of_thought|>\n\n"
            f"<|begin_of_solution|>\n{SAYS_BEFORE}{answer(s)}<|end_of_solution|>"
        ),
    )
    yield instruction_form(
        "harmony channels",
        lambda s: (
            f"<|channel|>analysis<|message|>{draft(s)}<|end|><|start|>assistant"
            f"<|channel|>final<|message|>{SAYS_BEFORE}{answer(s)}<|return|>"
        ),
    )
    yield instruction_form(
        "harmony final only", lambda s: f"<|channel|>final<|message|>{answer(s)}<|return|>"
    )
    yield instruction_form(
        "harmony with commentary",
        lambda s: (
            f"<|start|>assistant<|channel|>analysis<|message|>{draft(s)}<|end|>\n"
            f"<|start|>assistant<|channel|>commentary<|message|>Writing it.<|end|>\n"
            f"<|start|>assistant<|channel|>final<|message|>{short(s)}<|end|>"
        ),
    )
    for name, (opening, ending) in ANSWER_TAGS.items():
        languages = PYTHON if name == "[PYTHON]" else ALL
        yield instruction_form(
            f"answer tag {name}",
            lambda s, o=opening, e=ending: f"{SAYS_BEFORE}{o}\n{answer(s)}{e}\n",
            languages,
        )
        yield instruction_form(
            f"bare answer tag {name}",
            lambda s, o=opening, e=ending: f"{SAYS_BEFORE}{o}\n{short(s)}{e}\n",
            languages,
        )
