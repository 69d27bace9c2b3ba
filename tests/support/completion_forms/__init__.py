"""The forms in which models answer: each is a function from a solved problem to a completion."""

from completion_forms.completions import COMPLETION_FORMS
from completion_forms.form import Form
from completion_forms.instructions import INSTRUCTION_FORMS
from completion_forms.pages import PAGE_FORMS
from completion_forms.sample_problems import SAMPLE_PROBLEMS
from completion_forms.solutions import solved_problems
from completion_forms.solved import Solved
from completion_forms.wrong import WRONG_FORMS

FORMS: tuple[Form, ...] = (*COMPLETION_FORMS, *INSTRUCTION_FORMS, *PAGE_FORMS, *WRONG_FORMS)

__all__ = ["FORMS", "SAMPLE_PROBLEMS", "Form", "Solved", "solved_problems"]
