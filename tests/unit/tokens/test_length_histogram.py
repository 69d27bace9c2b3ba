"""Histograms of lengths."""

from codem_ray.tokens.length_histogram import bin_edges, histogram


def test_bins_double_in_two_steps_with_exclusive_ends() -> None:
    assert bin_edges(60) == (16, 24, 32, 48, 64)
    assert bin_edges(64, limit=100) == (16, 24, 32, 48, 64, 96, 128)
    result = histogram([1, 15, 16, 31, 64, 100], bin_edges(100), limit=64)
    assert result.counts == (2, 1, 1, 0, 0, 1, 1, 0)
    assert (result.median, result.longest, result.over) == (31, 100, 1)
    assert result.bars() == "█▄▄  ▄▄ "


def test_every_bin_with_a_pair_has_a_visible_bar() -> None:
    result = histogram([1] * 1000 + [40], (16, 32, 64))
    assert result.bars() == "█ ▁ "
    assert histogram([], (16,)).bars() == "  "
