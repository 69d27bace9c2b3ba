"""Scores completions, of sweeps and of other tools: formats, reference gate, rows."""
