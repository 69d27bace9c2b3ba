"""The phrases of every language that problems with a solution exist in."""

from __future__ import annotations

from collections.abc import Mapping

from completion_forms.compiled import CPP, GO, JAVA, C
from completion_forms.interpreted import JAVASCRIPT, PYTHON, TYPESCRIPT
from completion_forms.phrases import Phrases

PHRASES: Mapping[str, Phrases] = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "typescript": TYPESCRIPT,
    "c": C,
    "cpp": CPP,
    "java": JAVA,
    "go": GO,
}
