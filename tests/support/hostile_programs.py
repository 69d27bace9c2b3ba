"""Reads the hostile programs of tests/attacks/isolation/programs.

Each file is an answer to the small problem of its language (`LanguageSpec.samples`). Its first line
is a comment: `attack: KIND | expect: OUTCOMES | alone | weaker: OUTCOME`. A program that tries to
reach a target returns the right result if it succeeds and a wrong one if not. For such
a program `passed` means that the attack succeeded, `wrong_answer` that every attempt failed, and
any other outcome that the program itself is broken. Bombs and attacks on compilers expect other
outcomes. `contained` stands for every outcome of a program that was judged and did not pass.
A line `@FILE name@` stands for the content of a file beside the languages' folders.
`alone`: the program takes seconds and is judged without other attacks. `weaker`: its outcome
without isolation, which shows that the attack can succeed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codem_ray.records import Outcome

PROGRAMS = Path(__file__).parents[1] / "attacks" / "isolation" / "programs"
CONTAINED = frozenset(Outcome) - {
    Outcome.PASSED,
    Outcome.INFRASTRUCTURE_ERROR,
    Outcome.NOT_RUN,
    Outcome.NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile program."""

    language: str
    name: str
    kind: str
    expected: frozenset[Outcome]
    is_slow: bool
    weaker: Outcome | None
    text: str

    def answer(self, places: Mapping[str, str]) -> str:
        """Return the source with its targets (`@NAME@`) filled in."""
        text = self.text
        for name, value in places.items():
            text = text.replace(f"@{name}@", value)
        return text

    def __str__(self) -> str:
        return f"{self.language}/{self.name}"


def hostile_programs(folder: Path = PROGRAMS) -> list[Hostile]:
    """Return all programs of a folder, sorted by language and name."""
    return [_read(path) for path in sorted(folder.glob("*/*"))]


def _read(path: Path) -> Hostile:
    text = path.read_text(encoding="utf-8")
    head = re.fullmatch(r"(?:#|//|<!--) (attack: .*?)(?: -->)?", text.splitlines()[0])
    assert head is not None, path
    parts = [part.strip() for part in head[1].split("|")]
    fields = dict(part.split(": ", 1) for part in parts if ": " in part)
    wanted = fields["expect"].split(", ")
    shared = path.parents[1]
    text = re.sub(r"(?m)^@FILE (.+)@\n", lambda found: (shared / found[1]).read_text(), text)
    return Hostile(
        language=path.parent.name,
        name=path.stem,
        kind=fields["attack"],
        expected=CONTAINED if wanted == ["contained"] else frozenset(map(Outcome, wanted)),
        is_slow="alone" in parts,
        weaker=Outcome(fields["weaker"]) if "weaker" in fields else None,
        text=text,
    )
