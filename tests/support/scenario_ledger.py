"""What failures cost on a cluster: a line per scenario, printed after the tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from ray_rig import Remains


@dataclass
class ScenarioLedger:
    """Lines of the scenarios so far."""

    lines: list[str] = field(default_factory=list)

    def record(self, scenario: str, facts: str) -> None:
        """Add a line."""
        self.lines.append(f"{scenario}: {facts}")

    def record_loss(
        self, scenario: str, *, seconds: float, undisturbed: float, away: float = 0.0
    ) -> None:
        """Add a disturbed run; `away` is how long a service was unavailable."""
        lost = seconds - undisturbed
        text = f"{seconds:.0f} s in all, {lost:.0f} s more than undisturbed"
        self.record(scenario, text + (f", {away:.0f} s of them without a service" if away else ""))

    def record_remains(self, scenario: str, seconds: float, remains: Remains) -> None:
        """Add what a run left behind."""
        if remains.is_clean():
            self.record(scenario, f"nothing left {seconds:.0f} s after the end")
            return
        left = f"{remains.used}, groups {remains.groups}, processes {remains.processes}"
        self.record(scenario, f"left after {seconds:.0f} s: {left}")
