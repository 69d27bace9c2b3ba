"""Failures that may be caused by a broken toolchain and wait for evidence that it works.

A compiler whose files are gone, or an interpreter that no longer starts, fails every program. That
must not count against a model. A failure that a broken toolchain could have caused is therefore
confirmed only once a program of the same language has run its tests. If none does, the executor
runs a program that is known to be right.
"""

from __future__ import annotations

import threading

from codem_ray.execution.programs import ProgramKey, ProgramVerdicts
from codem_ray.records import Outcome, Verdict

_PROVES_TOOLCHAIN = frozenset({Outcome.PASSED, Outcome.WRONG_ANSWER})
_MAY_BE_TOOLCHAIN = frozenset({Outcome.COMPILE_ERROR, Outcome.RUNTIME_ERROR})


class UnconfirmedFailures:
    """Unconfirmed verdicts by language; several threads may use it."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[ProgramKey, list[Verdict]]] = {}
        self._lock = threading.Lock()

    def confirm(self, language: str, judged: ProgramVerdicts) -> ProgramVerdicts:
        """Add the verdicts of one batch; return all verdicts that are confirmed now."""
        outcomes = {verdict.outcome for verdicts in judged.values() for verdict in verdicts}
        with self._lock:
            waiting = self._waiting.setdefault(language, {})
            if outcomes & _PROVES_TOOLCHAIN:
                confirmed = {**waiting, **judged}
                waiting.clear()
                return confirmed
            suspect = {
                key: verdicts
                for key, verdicts in judged.items()
                if any(verdict.outcome in _MAY_BE_TOOLCHAIN for verdict in verdicts)
            }
            waiting.update(suspect)
        return {key: verdicts for key, verdicts in judged.items() if key not in suspect}

    def remaining(self) -> dict[str, ProgramVerdicts]:
        """Return the verdicts that are still unconfirmed, by language."""
        with self._lock:
            return {language: waiting for language, waiting in self._waiting.items() if waiting}


def toolchain_fault(verdict: Verdict) -> str | None:
    """Describe what is wrong with the toolchain, given the verdict on a program known to be right.

    None if the program ran its tests.
    """
    if verdict.outcome in _MAY_BE_TOOLCHAIN:
        return f"a program that is known to be right fails: {verdict.outcome}: {verdict.message}"
    if verdict.outcome is Outcome.INFRASTRUCTURE_ERROR:
        return verdict.message
    return None
