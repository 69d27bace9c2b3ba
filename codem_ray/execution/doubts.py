"""Tells answers that fail from a toolchain that has stopped working.

A compiler whose files are gone, or an interpreter that no longer starts, fails every program, and
that must not count against a model. So a failure that a broken toolchain could have caused counts
once something shows that the toolchain works: a program of the language, judged with it or later,
that ran its tests. Where nothing does, a program that is known to be right is run.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from codem_ray.records import Outcome, Verdict

_SHOWS_THAT_IT_WORKS = frozenset({Outcome.PASSED, Outcome.WRONG_ANSWER})
_MAY_BE_THE_TOOLCHAIN = frozenset({Outcome.COMPILE_ERROR, Outcome.RUNTIME_ERROR})
K = TypeVar("K", bound=Hashable)


class Doubts(Generic[K]):
    """Verdicts by language that wait for a sign that the toolchain works; for several threads."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[K, list[Verdict]]] = {}
        self._lock = threading.Lock()

    def sift(self, language: str, done: Mapping[K, list[Verdict]]) -> dict[K, list[Verdict]]:
        """Take what one batch came to; return what is certain now, of earlier batches too."""
        outcomes = {verdict.outcome for runs in done.values() for verdict in runs}
        with self._lock:
            waiting = self._waiting.setdefault(language, {})
            if outcomes & _SHOWS_THAT_IT_WORKS:
                certain = {**waiting, **done}
                waiting.clear()
                return certain
            doubted = {
                key: runs
                for key, runs in done.items()
                if any(verdict.outcome in _MAY_BE_THE_TOOLCHAIN for verdict in runs)
            }
            waiting.update(doubted)
        return {key: runs for key, runs in done.items() if key not in doubted}

    def left(self) -> dict[str, dict[K, list[Verdict]]]:
        """Return what is still in doubt, by language."""
        with self._lock:
            return {language: waiting for language, waiting in self._waiting.items() if waiting}


def complaint(verdict: Verdict) -> str | None:
    """Return what is wrong with the toolchain, from the verdict on a program known to be right."""
    if verdict.outcome in _MAY_BE_THE_TOOLCHAIN:
        return f"a program that is known to be right fails: {verdict.outcome}: {verdict.message}"
    if verdict.outcome is Outcome.INFRASTRUCTURE_ERROR:
        return verdict.message
    return None
