"""Scores of completions: outcomes of every problem, ours and other tools'."""
