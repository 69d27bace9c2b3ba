"""Extraction: from a completion to the answer in it. `answers.py` tells the story."""
