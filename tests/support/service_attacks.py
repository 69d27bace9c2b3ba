"""Attacks on services and credentials of a host: what there is to reach, and who tries.

Each program of tests/attacks/services/programs counts what it reaches of the lists that it is
given: addresses, unix sockets, files with a secret, and the secret in any process's environment.
Its result is right if the count is at least `@NEEDED@`: 1 in a sandbox, which has to stop every
attempt, and all without isolation, which shows that the program does reach what is there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hostile_programs import Hostile, hostile_programs

from codem_ray.languages import LANGUAGES
from codem_ray.records import Job, Verdict

PROGRAMS = Path(__file__).parents[1] / "attacks" / "services" / "programs"
_LISTEN, _ACCEPTS = "0A", 0x10000
_ANY = ("0.0.0.0", "::")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What a program may not reach."""

    hosts: tuple[str, ...]
    """`address:port`."""
    sockets: tuple[str, ...]
    """Paths; abstract ones begin with "@"."""
    files: tuple[str, ...]
    counted: str
    """The address of a listener that nothing else connects to."""
    mark: str
    """The secret that the files and the environments of processes hold."""

    def places(self, language: str, *, is_any_enough: bool) -> Mapping[str, str]:
        """Return the lists for a program, and how much it has to reach for the right result."""
        # Java connects to no abstract sockets.
        sockets = [one for one in self.sockets if language != "java" or not one.startswith("@")]
        everything = len(self.hosts) + len(sockets) + len(self.files) + 1
        return {
            "HOSTS": ",".join(self.hosts),
            "HOST": self.counted,
            "SOCKETS": ",".join(sockets),
            "FILES": ",".join(self.files),
            "MARK": self.mark,
            "NEEDED": "1" if is_any_enough else str(everything),
        }


def listening_hosts(own_addresses: Sequence[str]) -> list[str]:
    """Return every TCP address that a process of this network namespace listens on."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == _LISTEN:
                address, port = local.split(":")
                host = _address(address)
                hosts = own_addresses if host in _ANY else [host]
                found |= {f"{host}:{int(port, 16)}" for host in hosts}
    return sorted(found)


def _address(text: str) -> str:
    words = [struct.pack("<I", int(text[i : i + 8], 16)) for i in range(0, len(text), 8)]
    if not any(words):
        return _ANY[0]
    return ".".join(map(str, words[-1]))


def listening_sockets() -> list[str]:
    """Return every unix socket that a process of this network namespace listens on."""
    found = set()
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        is_stream = fields[4] == "0001"
        if int(fields[3], 16) & _ACCEPTS and is_stream and len(fields) > 7:
            found.add(fields[7])
    return sorted(found)


def attack(
    execute: Callable[[Sequence[Job]], list[Verdict]],
    programs: Sequence[Hostile],
    places: Callable[[str], Mapping[str, str]],
) -> Iterator[tuple[Hostile, Verdict]]:
    """Judge programs of each language beside a right and a wrong answer, judged as such."""
    for name in sorted({program.language for program in programs}):
        spec = LANGUAGES[name]
        chosen = [program for program in programs if program.language == name]
        start, end = spec.block_comment or ("# ", "")
        # Equal programs run once: an answer of this place is new.
        note = f"{start} {re.sub(r'[^a-z0-9]', '', places(name)['MARK'])[:12]} {end}\n"
        answers = [program.answer(places(name)) for program in chosen]
        jobs = [
            Job(problem=spec.sample_problem, answer=answer)
            for answer in (spec.samples.passes + note, *answers, spec.samples.fails)
        ]
        right, *verdicts, wrong = execute(jobs)
        assert (right.outcome, wrong.outcome) == ("passed", "wrong_answer"), (name, right, wrong)
        yield from zip(chosen, verdicts, strict=True)


def service_programs() -> list[Hostile]:
    """Return the programs that try to reach services and credentials."""
    return hostile_programs(PROGRAMS)
