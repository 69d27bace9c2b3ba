"""Imports transformers without packages that it takes along and nothing here calls."""

from __future__ import annotations

from typing import Any


def import_transformers() -> Any:
    """Return transformers, told that scikit-learn and SciPy are absent.

    They serve assisted generation and the losses of object detection, and are a third of the 6
    CPU-seconds that the first model class costs a process.
    """
    import transformers.utils

    transformers.utils.is_sklearn_available = lambda: False
    transformers.utils.is_scipy_available = lambda: False
    return transformers
