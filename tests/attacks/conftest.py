"""Prints the results of the attacks, which tests record as tests/support/attack_ledger.py shows."""

from __future__ import annotations

import pytest
from attack_ledger import Ledger

_LEDGER = pytest.StashKey[Ledger]()


def _ledger_of(config: pytest.Config) -> Ledger:
    return config.stash.setdefault(_LEDGER, Ledger())


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Return the ledger in which tests record the attacks that they carry out."""
    return _ledger_of(request.config)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the counts of all attacks."""
    ledger = _ledger_of(config)
    if ledger.attacks:
        terminalreporter.section("attacks")
        for line in ledger.table():
            terminalreporter.write_line(line)
