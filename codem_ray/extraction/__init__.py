"""Extract the answer from a completion; `answers.py` holds the main steps."""
