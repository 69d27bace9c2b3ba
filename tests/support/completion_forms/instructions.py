"""Forms of answers to instructions, as chat models write them."""

from __future__ import annotations

from completion_forms.blocks import block_forms
from completion_forms.fences import fence_forms
from completion_forms.form import Form
from completion_forms.programs import program_forms
from completion_forms.thoughts import thought_forms

INSTRUCTION_FORMS: tuple[Form, ...] = (
    *fence_forms(),
    *block_forms(),
    *thought_forms(),
    *program_forms(),
)
