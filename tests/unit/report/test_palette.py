"""Colours of the report as readers with each kind of colour vision see them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from codem_ray.records import Outcome
from codem_ray.report.palette import (
    DARK,
    LIGHT,
    NUM_SHADES,
    OUTCOME_COLOURS,
    Scheme,
    luminance,
    shade,
    text_colour,
)

# Full deficiency, on linear RGB (Machado, Oliveira and Fernandes 2009).
VISION = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, vision: str) -> np.ndarray:
    """Return a colour in CIELAB, as somebody with that vision sees it."""
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    ratios = XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    x, y, z = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(first: str, second: str, vision: str) -> float:
    """Return the colour difference (CIE 1976); 2.3 is just noticeable."""
    return float(np.linalg.norm(lab(first, vision) - lab(second, vision)))


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_signs_and_steps_of_the_scale_differ_for_every_reader(scheme: Scheme, vision: str) -> None:
    shades = [shade(scheme, number) for number in range(-NUM_SHADES, NUM_SHADES + 1)]
    assert min(difference(a, b, vision) for a, b in itertools.pairwise(shades)) > 5
    for number in range(2, NUM_SHADES + 1):
        assert difference(shade(scheme, number), shade(scheme, -number), vision) > 20


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_in_coloured_cells_has_the_contrast_of_wcag_aa(scheme: Scheme) -> None:
    for number in range(-NUM_SHADES, NUM_SHADES + 1):
        ground = shade(scheme, number)
        bright, dark = sorted((luminance(ground), luminance(text_colour(ground))), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_outcomes_differ_for_every_reader(vision: str) -> None:
    shown = [OUTCOME_COLOURS[outcome] for outcome in Outcome]
    assert min(difference(a, b, vision) for a, b in itertools.combinations(shown, 2)) > 12
