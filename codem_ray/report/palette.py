"""Colours of the report, distinguishable for colour-blind readers."""

from __future__ import annotations

from codem_ray.records import Outcome

INK = "#1b2430"
"""Text and lines; the page replaces it by the text colour of its light or dark scheme."""
MUTED = "#6b7685"
"""Secondary text, legible on a white and on a dark background."""

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
"""Blue: passed. Warm colours: wrong code. Purple: a limit. Grey: no statement about the code."""

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
"""Okabe and Ito 2008, without yellow and black, which vanish on one of the backgrounds."""
