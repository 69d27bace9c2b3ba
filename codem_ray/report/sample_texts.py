"""The texts of a benchmark's problems and samples, which the page shows beside the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from codem_ray.records import PromptStyle


class SampleKey(NamedTuple):
    """Identity of a sample within its benchmark."""

    trial_id: str
    prompt_style: PromptStyle
    task_id: str
    sample: int


class SampleText(NamedTuple):
    """What a model wrote, and the code taken from it; None: no answer was found."""

    completion: str
    answer: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemText:
    """What a problem asks for and how answers to it are tested."""

    prompts: Mapping[PromptStyle, str]
    tests: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkTexts:
    """Texts of one benchmark; the page leaves missing texts out."""

    problems: Mapping[str, ProblemText] = field(default_factory=dict)
    """By task id."""
    samples: Mapping[SampleKey, SampleText] = field(default_factory=dict)
    note: str = ""
    """Reason for missing texts, shown on the page."""


ReadTexts = Callable[[str], BenchmarkTexts]
"""Read the texts of a benchmark; called once per benchmark, so that only one is in memory."""


def no_texts(benchmark: str) -> BenchmarkTexts:
    """Return no texts: the page then shows outcomes and messages only."""
    return BenchmarkTexts(note=f"The completions on {benchmark} were not given to this report.")
