"""Hostile programs are contained and leave no process; honest programs keep their verdicts."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from attack_ledger import Ledger
from host_figures import Figures, MarkedSandbox, measure, settle, wait_for_survivors
from hostile_programs import Hostile, hostile_programs

from codem_ray.execution import building
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import COMPILE_LIMITS
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Verdict
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.process_tree import descendants
from codem_ray.sandbox.protocol import Sandbox

pytestmark = [pytest.mark.attack, pytest.mark.toolchain]

ALL = hostile_programs()
QUICK = [program for program in ALL if not program.is_slow]
SLOW = [program for program in ALL if program.is_slow]
COUNTERCHECKED = [program for program in ALL if program.weaker is not None]


class Scene:
    """The targets of hostile programs, and how the programs are judged."""

    def __init__(self, folder: Path, listeners: Sequence[socket.socket]) -> None:
        self.mark = uuid.uuid4().hex
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.marker = folder / "secret"
        self.marker.write_text("a secret of the host", encoding="utf-8")
        self.connections: list[str] = []
        self.known = set(descendants(os.getpid()))
        factory = cgroups.detect()
        self.executor = self.make(open_sandbox("bubblewrap"))
        parts = {part for path in (sys.base_prefix, __file__) for part in Path(path).parts}
        self.places = {
            "MARKER": str(self.marker),
            "CACHE": str(self.executor._cache_dir),
            "PID": str(os.getpid()),
            "HOSTVAR": "CODEM_RAY_DATA",
            "TMPDIR": str(self.temporary),
            "SECRET": self.mark[:12],
            "PORT": str(listeners[0].getsockname()[1]),
            "UNIX": str(listeners[1].getsockname()),
            "ABSTRACT": listeners[2].getsockname()[1:].decode(),
            "CGROUPS": "" if factory is None else ":".join(factory.directories),
            "ABOVE": ":".join(sorted(parts)),
            "EXPRESSION": "(" * 20_000 + "1" + ")" * 20_000 + " + ",
        }
        for number, listener in enumerate(listeners):
            threading.Thread(target=self._accept, args=(listener, number), daemon=True).start()

    def make(self, sandbox: Sandbox) -> Executor:
        limits = {
            name: dataclasses.replace(spec.limits, cpu_seconds=2.0, wall_seconds=8.0)
            for name, spec in LANGUAGES.items()
        }
        return Executor(MarkedSandbox(sandbox, self.mark), limits=limits)

    def _accept(self, listener: socket.socket, number: int) -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return
            self.connections.append(f"listener {number}")

    def judge(self, executor: Executor, programs: Sequence[Hostile]) -> list[Verdict]:
        """Judge programs of one language in a batch with an honest right and a wrong answer."""
        (language,) = {program.language for program in programs}
        spec = LANGUAGES[language]
        start, end = spec.block_comment or ("# ", "")
        note = f"{start} neighbour-{self.mark[:12]} {end}\n"
        answers = [program.answer(self.places) for program in programs]
        jobs = [
            Job(problem=spec.sample_problem, answer=answer)
            for answer in (spec.samples.passes + note, *answers, spec.samples.fails)
        ]
        verdicts = executor.execute(jobs)
        assert verdicts[0].outcome is Outcome.PASSED, verdicts[0]
        assert verdicts[-1].outcome is Outcome.WRONG_ANSWER, verdicts[-1]
        return verdicts[1:-1]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ExitStack() as stack:
        # Not below /tmp, which a sandbox hides anyway.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        listeners = []
        for family, address in (
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, str(folder / "socket")),
            (socket.AF_UNIX, f"\0{uuid.uuid4().hex}"),
        ):
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.bind(address)
            listener.listen()
            listeners.append(listener)
        made = Scene(folder, listeners)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(tempfile, "tempdir", str(made.temporary))
        # A real compilation takes a tenth of this; bombs should not take a minute each.
        short = dataclasses.replace(COMPILE_LIMITS, cpu_seconds=8.0, wall_seconds=60.0)
        patch.setattr(building, "COMPILE_LIMITS", short)
        yield made


@pytest.fixture(scope="module")
def before(scene: Scene, ledger: Ledger) -> Iterator[Figures]:
    figures = measure(scene.temporary)
    yield figures
    after = settle(figures, scene.temporary)
    ledger.note(f"before  {figures}")
    ledger.note(f"after   {after}")
    assert after.exceeded(figures) == []


def _require_tools(language: str) -> None:
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))


def _check(scene: Scene, before: Figures, ledger: Ledger, programs: Sequence[Hostile]) -> None:
    verdicts = scene.judge(scene.executor, programs)
    alive = wait_for_survivors(scene.mark, scene.known)
    for program, verdict in zip(programs, verdicts, strict=True):
        ledger.record(
            language=program.language,
            kind=program.kind,
            outcome=verdict.outcome,
            is_passed=verdict.outcome is Outcome.PASSED,
            survivors=len(alive) if len(programs) == 1 else 0,
        )
    wrong = {
        str(program): f"{verdict.outcome}: {verdict.message[:300]}"
        for program, verdict in zip(programs, verdicts, strict=True)
        if verdict.outcome not in program.expected
    }
    assert wrong == {}
    assert alive == []
    assert scene.connections == []
    assert scene.marker.read_text(encoding="utf-8") == "a secret of the host"
    after = settle(before, scene.temporary)
    assert after.exceeded(before) == [], f"before {before}; after {after}"


# About 20 s each; only `make attack` runs them.
SLOW_LANGUAGES = ("go", "java", "python")


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW_LANGUAGES))
        for name in sorted({program.language for program in QUICK})
    ],
)
def test_hostile_programs_are_contained_beside_honest_ones(
    scene: Scene, before: Figures, ledger: Ledger, language: str
) -> None:
    _require_tools(language)
    _check(scene, before, ledger, [program for program in QUICK if program.language == language])


@pytest.mark.slow
@pytest.mark.parametrize("program", SLOW, ids=str)
def test_bombs_are_contained_beside_honest_programs(
    scene: Scene, before: Figures, ledger: Ledger, program: Hostile
) -> None:
    _require_tools(program.language)
    _check(scene, before, ledger, [program])


@pytest.mark.slow
@pytest.mark.parametrize("program", COUNTERCHECKED, ids=str)
def test_attacks_would_succeed_without_isolation(scene: Scene, program: Hostile) -> None:
    _require_tools(program.language)
    executor = scene.make(open_sandbox("process-without-isolation"))
    (verdict,) = scene.judge(executor, [program])
    assert verdict.outcome is program.weaker, verdict
    scene.connections.clear()


def test_there_are_programs_of_every_language() -> None:
    assert {program.language for program in ALL} == set(LANGUAGES)
    assert len(ALL) > 100
