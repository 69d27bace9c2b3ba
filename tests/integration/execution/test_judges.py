"""The tests of one program cannot affect the verdict on the next program of the same judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from watched_judge import WatchedJudge

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import ExecutionResult, Job, Outcome, Problem, Verdict
from codem_ray.sandbox import resident
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.local import LocalSandbox
from codem_ray.sandbox.protocol import Command, ResidentJudge

pytestmark = pytest.mark.toolchain
PASSED, WRONG, ERROR = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR
DOUBLE = {
    "python": "def double(n):\n    return 2 * n\n",
    "javascript": "const double = (n) => 2 * n;\n",
}
CHECK = {
    "python": "assert double(2) == 4\n",
    "javascript": "const assert = require('assert');\nassert.deepEqual([double(2)], [4]);\n",
}
# Each leaves or breaks something and still gets a verdict.
SIDE_EFFECTS = {
    "javascript": {
        "patched prototype": ("Array.prototype.map = () => []; console.assert(true)", PASSED),
        "patched assert": ("require('assert').deepEqual = 1; console.assert(true)", PASSED),
        "patched fs": ("require('fs').writeSync = () => {}; console.assert(true)", PASSED),
        "patched process": ("process.on = process.reallyExit = 1; console.assert(true)", PASSED),
        "a constant": ("const assert = 1; const double2 = double; console.assert(true)", PASSED),
        "a timer left": ("setInterval(() => {}, 5); console.assert(false)", WRONG),
        "a late check": ("setTimeout(() => console.assert(double(1) === 3), 30)", WRONG),
        "a late success": ("setTimeout(() => console.assert(double(1) === 2), 30)", PASSED),
        "awaits": ("(async () => { await 1; console.assert(await double(1) === 2); })()", PASSED),
        "rejects": ("(async () => { await 1; throw new Error('no'); })()", WRONG),
        "goes on after its failure": (
            "try { console.assert(false); } catch {}\nfor (;;);",
            WRONG,
        ),
        "swallows its failure": ("try { console.assert(false); } catch {}", WRONG),
        "ends its process": ("process.exit(0)", WRONG),
        "names of node": ("console.assert(typeof Buffer.from === 'function' && URL)", PASSED),
        "throws a type": ("throw new TypeError('no')", WRONG),
        "own errors": (
            "try { JSON.parse('{') } catch (e) { console.assert(e instanceof SyntaxError) }",
            PASSED,
        ),
    },
    "python": {
        "patched builtin": ("import builtins\nbuiltins.abs = None\nassert True", PASSED),
        "a module left": ("import sys\nsys.modules['math'] = None\nassert True", PASSED),
        "a process left": (
            "import os\nif not os.fork():\n    while True: pass\nassert True",
            PASSED,
        ),
        "a thread left": (
            "import threading as t\nt.Thread(target=t.Event().wait).start()\nassert True",
            PASSED,
        ),
        "reads input": ("import sys\nassert sys.stdin.read() == ''", PASSED),
        "another folder": ("import os\nos.chdir('/')\nassert True", PASSED),
        "its own exit": ("import os\nos._exit(3)", ERROR),
        "a signal": ("import os\nos.kill(os.getpid(), 9)", ERROR),
        "prints": ("print('x' * 1000)\nassert double(1) == 2", PASSED),
    },
}
CASES = [(name, effect) for name, effects in SIDE_EFFECTS.items() for effect in effects]


def verdicts(name: str, texts: list[str], tmp_path: Path) -> list[Verdict]:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    problems = [
        Problem(
            benchmark="judges",
            task_id=str(at),
            language=name,
            prompt="",
            instruction="",
            entry_point="double",
            tests=text,
        )
        for at, text in enumerate(texts)
    ]
    jobs = [Job(problem=problem, answer=DOUBLE[name]) for problem in problems]
    return Executor(open_sandbox("bubblewrap"), cache_dir=tmp_path).execute(jobs)


@pytest.mark.parametrize(("name", "effect"), CASES)
def test_the_next_program_is_judged_as_if_it_were_the_first(
    name: str, effect: str, tmp_path: Path
) -> None:
    text, expected = SIDE_EFFECTS[name][effect]
    first, done, last = verdicts(name, [CHECK[name], text, f"{CHECK[name]}\n"], tmp_path)
    assert done.outcome is expected, done
    assert (first.outcome, last.outcome) == (PASSED, PASSED), last
    assert (first.checks_done, last.checks_done) == (1, 1)


@pytest.mark.parametrize("name", SIDE_EFFECTS)
def test_cpu_time_is_counted_for_the_program_that_used_it(name: str, tmp_path: Path) -> None:
    long = {
        "python": "for i in range(3000000): pass\nassert double(2) == 4\n",
        "javascript": "let n = 0; for (let i = 0; i < 3e8; i++) n += i;\nconsole.assert(n > 0)",
    }[name]
    costs = [
        verdict.run_cpu_seconds
        for verdict in verdicts(name, [CHECK[name], long, CHECK[name] + "\n"], tmp_path)
    ]
    assert costs[1] > costs[2] + 0.05


class JudgeWatcher:
    """The real sandbox, which notes the process id of the judge before each answer."""

    name = "bubblewrap"
    memory_enforcement = "unknown"

    def __init__(self, sandbox: LocalSandbox) -> None:
        self.sandbox = sandbox
        self.pids: list[int | None] = []

    def run(self, command: Command) -> ExecutionResult:
        return self.sandbox.run(command)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        return self.sandbox.run_pair(judge, answer)

    def open_judge(self, command: Command) -> ResidentJudge:
        judge = resident.FifoJudge(command, self.sandbox)

        def note(answer: Command) -> Command:
            self.pids.append(judge.pid)
            return answer

        return WatchedJudge(judge, note)


@pytest.mark.parametrize(
    "name", [name for name, spec in LANGUAGES.items() if spec.is_judge_resident]
)
def test_one_judge_process_serves_several_programs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = LANGUAGES[name]
    if missing := missing_toolchains([spec]):
        pytest.skip("; ".join(map(str, missing)))
    # A judge that is slow on a busy machine is replaced too.
    monkeypatch.setattr(resident, "_READY_SECONDS", 30.0)
    watcher = JudgeWatcher(open_sandbox("bubblewrap"))
    problem = Problem(
        benchmark="judges",
        task_id="0",
        language=name,
        prompt="",
        instruction="",
        entry_point="double",
        tests=spec.samples.tests,
    )
    answers = [spec.samples.passes, f"{spec.samples.passes}\n", spec.samples.fails]
    jobs = [Job(problem=problem, answer=answer) for answer in answers]
    Executor(watcher, cache_dir=tmp_path, num_threads=1).execute(jobs)
    started, *later = watcher.pids
    assert started is None
    assert len(later) >= 2
    assert len(set(later)) == 1
