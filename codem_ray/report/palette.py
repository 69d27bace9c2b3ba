"""Colours of the report, told apart by colour-blind readers too."""

from __future__ import annotations

from codem_ray.records import Outcome

INK = "#1b2430"
"""Text and lines; the page turns it into the text colour of its light or dark scheme."""
MUTED = "#6b7685"
"""Secondary text, legible on white and on the page's dark ground."""

OUTCOME_COLOURS: dict[Outcome, str] = {
    Outcome.PASSED: "#0072b2",
    Outcome.WRONG_ANSWER: "#f0c75e",
    Outcome.RUNTIME_ERROR: "#e08a3c",
    Outcome.COMPILE_ERROR: "#b5482a",
    Outcome.TIMEOUT: "#9a6fb0",
    Outcome.MEMORY_LIMIT: "#6d4a86",
    Outcome.OUTPUT_LIMIT: "#cbb2d8",
    Outcome.NO_ANSWER: "#b9c0c9",
    Outcome.NOT_RUN: "#7d8894",
    Outcome.INFRASTRUCTURE_ERROR: "#111111",
}
"""Blue passes; warm colours are wrong code; purple is a limit; grey says little about the code."""

LINE_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7f3b08",
    "#6b7685",
)
"""Okabe and Ito 2008, with its yellow and black replaced: neither is seen on both grounds."""
