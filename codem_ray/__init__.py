"""Measure cross-language transfer of code LLMs tuned on one programming language at a time."""

__version__ = "0.1.0"
