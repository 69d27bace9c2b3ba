"""Colours of the report, distinguishable for colour-blind readers in a light and a dark scheme."""

from __future__ import annotations

from dataclasses import dataclass

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
    Outcome.TIMEOUT: "#c08fd6",
    Outcome.MEMORY_LIMIT: "#4a2a5e",
    Outcome.OUTPUT_LIMIT: "#e6cdf0",
    Outcome.NO_ANSWER: "#a9b1ba",
    Outcome.NOT_RUN: "#737d88",
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

NUM_SHADES = 10
"""Shades on each side of zero."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours of the matrix's cells in one scheme: from zero to the highest and lowest value."""

    zero: str
    high: tuple[str, str]
    """Half way and at the end."""
    low: tuple[str, str]


LIGHT = Scheme("#f7f8fa", ("#7fb2dc", "#0b5394"), ("#f3b27a", "#a84300"))
DARK = Scheme("#1a212a", ("#2d6797", "#7cc2ff"), ("#8a4f1c", "#ffb067"))
"""Blue and orange differ for readers with any of the three colour-vision deficiencies."""


def shade(scheme: Scheme, number: int) -> str:
    """Return the background of a shade from -NUM_SHADES to NUM_SHADES, as `#rrggbb`."""
    middle, end = scheme.high if number > 0 else scheme.low
    part = 2 * abs(number) / NUM_SHADES
    stops = (scheme.zero, middle, part) if part <= 1 else (middle, end, part - 1)
    return _mix(*stops)


def text_colour(background: str) -> str:
    """Return black or white, whichever contrasts more; one of them always has 4.5 or more."""
    white = 1.05 / (luminance(background) + 0.05)
    return "#ffffff" if white > (luminance(background) + 0.05) / 0.05 else "#000000"


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def shade_rules(scheme: Scheme) -> str:
    """Return the CSS rules of the classes `v-10` to `v10`; negative ones are written `vn10`."""
    rules = []
    for number in range(-NUM_SHADES, NUM_SHADES + 1):
        colour = shade(scheme, number)
        name = shade_class(number)
        rules.append(f".{name}{{background:{colour};color:{text_colour(colour)}}}")
    return "".join(rules)


def shade_class(number: int) -> str:
    """Return the name of a shade's CSS class."""
    return f"vn{-number}" if number < 0 else f"v{number}"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(start: str, end: str, part: float) -> str:
    mixed = [
        round(a + (b - a) * part) for a, b in zip(_channels(start), _channels(end), strict=True)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
