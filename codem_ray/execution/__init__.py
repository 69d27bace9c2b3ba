"""Judges answers by running them against their tests."""
