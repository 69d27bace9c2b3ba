"""Locates, checks, inspects and converts models."""
