"""Counts the results of attacks for a table at the end of the tests.

A test uses the fixture `ledger` and records each attack that it has carried out:

    from attack_ledger import Ledger

    def test_fork_bomb_is_contained(ledger: Ledger) -> None:
        ...
        ledger.record(language="c", kind="fork bomb", outcome="contained")

`kind` names a class of attacks in a few words, in the singular; `outcome` is an Outcome or any
word. `is_passed=True` means that the attack got the verdict `passed` (or what its author wanted).
`survivors` is the number of its processes that were alive afterwards. A remaining risk of
docs/explanation/threat-model.md is recorded with `is_residual=True`: it has a column of its own and
does not count as passed. Lines of `note` (for example host figures) are printed below the table.
Recording decides nothing: the test still asserts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One attack that was carried out."""

    language: str
    kind: str
    outcome: str
    is_passed: bool = False
    survivors: int = 0
    is_residual: bool = False


@dataclass(kw_only=True, slots=True)
class Ledger:
    """All attacks of a session, in order."""

    attacks: list[Attack] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def record(
        self,
        *,
        language: str,
        kind: str,
        outcome: object,
        is_passed: bool = False,
        survivors: int = 0,
        is_residual: bool = False,
    ) -> None:
        """Record one attack; the module docstring explains the fields."""
        self.attacks.append(
            Attack(
                language=language,
                kind=kind,
                outcome=str(getattr(outcome, "value", outcome)),
                is_passed=is_passed,
                survivors=survivors,
                is_residual=is_residual,
            )
        )

    def note(self, line: str) -> None:
        """Print a line below the table."""
        self.notes.append(line)

    def table(self) -> list[str]:
        """Return the lines of the table: counts by language, by kind and by outcome."""
        lines = []
        for title, key in (("language", "language"), ("kind", "kind"), ("outcome", "outcome")):
            groups: dict[str, list[Attack]] = {}
            for attack in self.attacks:
                groups.setdefault(getattr(attack, key), []).append(attack)
            lines.append(
                f"{'by ' + title:<34}{'attacks':>8}{'passed':>8}{'survived':>9}{'residual':>9}"
            )
            lines += [f"  {name:<32}{_counts(members)}" for name, members in sorted(groups.items())]
        return [*lines, f"{'all':<34}{_counts(self.attacks)}", *self.notes]


def _counts(attacks: Iterable[Attack]) -> str:
    counted: Counter[str] = Counter()
    for attack in attacks:
        counted["all"] += 1
        counted["residual"] += attack.is_residual
        counted["passed"] += attack.is_passed and not attack.is_residual
        counted["survivors"] += attack.survivors
    return (
        f"{counted['all']:>8}{counted['passed']:>8}"
        f"{counted['survivors']:>9}{counted['residual']:>9}"
    )
