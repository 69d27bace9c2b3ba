"""Verdicts are kept by program, shared by processes, and never a reason to fail."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.execution import result_cache
from codem_ray.execution.result_cache import FILE_NAME, ResultCache, program_key
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import Unit
from codem_ray.records import Limits, Outcome, Problem, Verdict

PASSED = Verdict(outcome=Outcome.PASSED, run_cpu_seconds=0.5, checks_done=3)
_WRITER = """
import sys
from pathlib import Path
from codem_ray.execution.result_cache import ResultCache
from codem_ray.records import Outcome, Verdict
folder, own = Path(sys.argv[1]), sys.argv[2]
for at in range(40):
    # opened anew each time: what races is the making of the file, and opening it
    cache = ResultCache(folder)
    verdict = Verdict(outcome=Outcome.PASSED, message=own)
    cache.add({f"{own}-{at}": verdict, f"shared-{at}": verdict})
    assert f"{own}-{at}" in cache.look_up([f"{own}-{at}"])
    cache.close()
"""


@pytest.fixture
def cache(tmp_path: Path):
    own = ResultCache(tmp_path)
    yield own
    own.close()


def test_a_verdict_comes_back_marked_with_the_times_of_its_run(
    cache: ResultCache, tmp_path: Path
) -> None:
    cache.add({"a": PASSED})
    other = ResultCache(tmp_path)
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
def test_what_another_run_might_find_otherwise_is_not_kept(
    cache: ResultCache, verdict: Verdict
) -> None:
    cache.add({"a": verdict, "b": Verdict(outcome=Outcome.TIMEOUT)})
    assert set(cache.look_up(["a", "b"])) == {"b"}


def test_a_damaged_row_is_no_verdict(cache: ResultCache) -> None:
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
    cache = ResultCache(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert cache.look_up(["a"]) == {}
        cache.add({"a": PASSED})
        assert cache.look_up(["a"]) == {}
    (record,) = caplog.records
    assert str(cache.path) in record.getMessage()
    assert "remove it" in record.getMessage()


def test_a_file_that_may_not_be_written_costs_one_warning() -> None:
    code = (
        "import os\nimport sys\nfrom pathlib import Path\n"
        "from codem_ray.execution.result_cache import ResultCache\n"
        "from codem_ray.records import Outcome, Verdict\n"
        # root may write everywhere
        "if os.geteuid() == 0:\n    os.setuid(65534)\n"
        "cache = ResultCache(Path(sys.argv[1]))\n"
        "for _ in range(2):\n"
        "    cache.look_up(['a'])\n"
        "    cache.add({'b': Verdict(outcome=Outcome.PASSED)})\n"
        "print('done')\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        cache = ResultCache(folder)
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


def test_many_processes_write_at_once(tmp_path: Path) -> None:
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
    cache = ResultCache(tmp_path)
    wanted = [f"w{own}-{at}" for own in range(6) for at in range(40)]
    wanted += [f"shared-{at}" for at in range(40)]
    assert len(cache.look_up(wanted)) == len(wanted)
    cache.close()


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path, max_bytes=1 << 20)
    long = Verdict(outcome=Outcome.WRONG_ANSWER, message="x" * 2000)
    for at in range(40):
        cache.add({f"{at}-{more}": long for more in range(50)})
    assert (tmp_path / FILE_NAME).stat().st_size < 2 << 20
    assert cache.look_up(["0-0"]) == {}
    assert cache.look_up(["39-0"]) != {}
    cache.close()


def _key(language: str = "java", **changes) -> str:
    spec = LANGUAGES[language]
    fields = {"name": "u0", "tests": spec.samples.tests, "answer": spec.samples.passes}
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
    )
    return program_key(
        spec,
        Unit(name=fields["name"], problem=problem, answer=fields["answer"]),
        limits=fields["limits"],
        expected_checks=fields["checks"],
        sandbox=fields["sandbox"],
    )


def test_a_key_covers_all_that_a_verdict_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    version = "17"
    monkeypatch.setattr(result_cache, "toolchain_digest", lambda spec: version)
    first = _key()
    assert _key() == first
    assert _key(name="u7") == first, "its place in a batch changes no program"
    keys = {
        first,
        _key(answer="class Solution {}"),
        _key(tests="class Main {}"),
        _key(limits=Limits(cpu_seconds=5)),
        _key(checks=2),
        _key(sandbox="b"),
        _key(options={"link": "-lcrypto"}),
    }
    version = "21"
    keys.add(_key())
    assert len(keys) == 8
