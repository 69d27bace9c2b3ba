"""Verdicts are stored by program, shared by processes, and never cause a failure."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.execution import verdict_cache
from codem_ray.execution.programs import ProgramKey
from codem_ray.execution.verdict_cache import (
    FILE_NAME,
    VerdictCache,
    judging_conditions,
    stored_key,
)
from codem_ray.languages import LANGUAGES
from codem_ray.records import Limits, Outcome, Problem, Verdict

PASSED = Verdict(outcome=Outcome.PASSED, run_cpu_seconds=0.5, checks_done=3)
_WRITER = """
import sys
from pathlib import Path
from codem_ray.execution.verdict_cache import VerdictCache
from codem_ray.records import Outcome, Verdict
folder, own = Path(sys.argv[1]), sys.argv[2]
for at in range(40):
    # opened each time, since creating and opening the file are what can race
    cache = VerdictCache(folder)
    verdict = Verdict(outcome=Outcome.PASSED, message=own)
    cache.add({f"{own}-{at}": verdict, f"shared-{at}": verdict})
    assert f"{own}-{at}" in cache.look_up([f"{own}-{at}"])
    cache.close()
"""


@pytest.fixture
def cache(tmp_path: Path):
    own = VerdictCache(tmp_path)
    yield own
    own.close()


def test_a_stored_verdict_is_marked_and_keeps_the_times_of_its_run(
    cache: VerdictCache, tmp_path: Path
) -> None:
    cache.add({"a": PASSED})
    other = VerdictCache(tmp_path)
    assert other.look_up(["a", "b"]) == {"a": replace(PASSED, is_cached=True)}
    other.close()


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR),
        Verdict(outcome=Outcome.NOT_RUN),
        Verdict(outcome=Outcome.TIMEOUT, is_wall_timeout=True),
    ],
)
def test_a_verdict_that_another_run_may_change_is_not_stored(
    cache: VerdictCache, verdict: Verdict
) -> None:
    cache.add({"a": verdict, "b": Verdict(outcome=Outcome.TIMEOUT)})
    assert set(cache.look_up(["a", "b"])) == {"b"}


def test_a_damaged_row_is_ignored(cache: VerdictCache) -> None:
    wrong = Verdict(outcome=Outcome.WRONG_ANSWER)
    cache.add({"a": wrong, "b": wrong})
    with sqlite3.connect(cache.path) as connection:
        connection.execute(
            "UPDATE verdicts SET verdict = replace(verdict, 'wrong_answer', 'passed') "
            "WHERE key = 'a'"
        )
    connection.close()
    assert set(cache.look_up(["a", "b"])) == {"b"}


def test_a_damaged_file_costs_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 500)
    cache = VerdictCache(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert cache.look_up(["a"]) == {}
        cache.add({"a": PASSED})
        assert cache.look_up(["a"]) == {}
    (record,) = caplog.records
    assert str(cache.path) in record.getMessage()
    assert "remove it" in record.getMessage()


def test_a_read_only_file_costs_one_warning() -> None:
    code = (
        "import os\nimport sys\nfrom pathlib import Path\n"
        "from codem_ray.execution.verdict_cache import VerdictCache\n"
        "from codem_ray.records import Outcome, Verdict\n"
        # root may write anywhere
        "if os.geteuid() == 0:\n    os.setuid(65534)\n"
        "cache = VerdictCache(Path(sys.argv[1]))\n"
        "for _ in range(2):\n"
        "    cache.look_up(['a'])\n"
        "    cache.add({'b': Verdict(outcome=Outcome.PASSED)})\n"
        "print('done')\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        cache = VerdictCache(folder)
        cache.add({"a": PASSED})
        cache.close()
        cache.path.chmod(0o444)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", code, name],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        folder.chmod(0o755)
    assert done.stdout == "done\n", done.stderr
    assert done.stderr.count("cannot be used") == 1


def test_many_processes_write_at_the_same_time(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), f"w{at}"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for at in range(6)
    ]
    errors = [writer.communicate(timeout=120)[1] for writer in writers]
    assert errors == [""] * 6
    cache = VerdictCache(tmp_path)
    wanted = [f"w{own}-{at}" for own in range(6) for at in range(40)]
    wanted += [f"shared-{at}" for at in range(40)]
    assert len(cache.look_up(wanted)) == len(wanted)
    cache.close()


def test_the_oldest_verdicts_are_deleted_first(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path, max_bytes=1 << 20)
    long = Verdict(outcome=Outcome.WRONG_ANSWER, message="x" * 2000)
    for at in range(40):
        cache.add({f"{at}-{more}": long for more in range(50)})
    assert (tmp_path / FILE_NAME).stat().st_size < 2 << 20
    assert cache.look_up(["0-0"]) == {}
    assert cache.look_up(["39-0"]) != {}
    cache.close()


def _key(language: str = "java", **changes) -> str:
    spec = LANGUAGES[language]
    fields = {"tests": spec.samples.tests, "answer": spec.samples.passes, "entry_point": None}
    fields |= {"prompt": "", "options": {}, "limits": Limits(), "checks": 1, "sandbox": "a"}
    fields |= changes
    problem = Problem(
        benchmark="unit",
        task_id="0",
        language=language,
        prompt=fields["prompt"],
        instruction="",
        tests=fields["tests"],
        options=fields["options"],
        entry_point=fields["entry_point"],
    )
    conditions = judging_conditions(
        spec,
        problem,
        limits=fields["limits"],
        expected_checks=fields["checks"],
        sandbox=fields["sandbox"],
    )
    return stored_key(ProgramKey(problem.digest(), fields["answer"]), conditions)


def test_a_key_covers_everything_that_a_verdict_depends_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = "17"
    monkeypatch.setattr(verdict_cache, "toolchain_digest", lambda spec, uses_browser: version)
    first = _key()
    assert _key() == first
    keys = {
        first,
        _key(answer="class Solution {}"),
        _key(tests="class Main {}"),
        _key(entry_point="twice"),
        _key(limits=Limits(cpu_seconds=5)),
        _key(checks=2),
        _key(sandbox="b"),
        _key(options={"link": "-lcrypto"}),
    }
    version = "21"
    keys.add(_key())
    assert len(keys) == 9


def test_a_key_accepts_half_a_surrogate_pair() -> None:
    assert stored_key(ProgramKey("d", "x = '\udce4'"), "") != stored_key(ProgramKey("d", "x"), "")


def test_a_memory_limit_that_polling_may_miss_is_not_stored(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path, is_memory_polled=True)
    cache.add({"a": Verdict(outcome=Outcome.MEMORY_LIMIT), "b": PASSED})
    assert set(cache.look_up(["a", "b"])) == {"b"}
    cache.close()
