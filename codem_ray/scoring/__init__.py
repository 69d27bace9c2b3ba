"""Scores completions, of our own sweeps and of other tools: formats, reference gate, rows."""
