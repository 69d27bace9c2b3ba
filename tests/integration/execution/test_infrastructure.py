"""Errors of the environment are named, retried, and never counted against an answer."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codem_ray.errors import ExitCode
from codem_ray.execution import executor as executor_module
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains, node_modules
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.sandbox import bubblewrap
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.cgroups import GroupFactory, GroupV1

pytestmark = pytest.mark.toolchain

C = LANGUAGES["c"].samples


def job(language: str, answer: str) -> Job:
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    problem = Problem(
        benchmark="unit",
        task_id="0",
        language=language,
        prompt="",
        instruction="",
        tests=LANGUAGES[language].samples.tests,
    )
    return Job(problem=problem, answer=answer)


def outcomes(executor: Executor, *jobs: Job) -> list[Outcome]:
    return [verdict.outcome for verdict in executor.execute(jobs)]


def tool(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def gcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler of our own that passes everything to the real one."""
    path = tmp_path / "toolchain" / "bin" / "gcc"
    real = shutil.which("gcc")
    if real is None:
        pytest.skip("gcc is not installed")
    tool(path, f'exec {real} "$@"')
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(path.parents[1]))
    return path


BROKEN = "echo \"gcc: fatal error: cannot execute 'cc1': No such file\" >&2; exit 1"


def test_a_compiler_that_breaks_midway_fails_no_answer(gcc: Path, tmp_path: Path) -> None:
    executor = Executor(open_sandbox("bubblewrap"), cache_dir=tmp_path / "cache")
    right, wrong = job("c", C.passes), job("c", C.fails)
    assert C.does_not_compile is not None
    assert outcomes(executor, right, wrong) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    whole = gcc.read_text(encoding="utf-8")
    tool(gcc, BROKEN)
    verdicts = executor.execute([right, wrong, job("c", C.does_not_compile)])
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INFRASTRUCTURE_ERROR}
    assert all("the toolchain of C does not work" in verdict.message for verdict in verdicts)
    assert all("cannot execute 'cc1'" in verdict.message for verdict in verdicts)
    assert all("codem-ray doctor" in verdict.message for verdict in verdicts)
    gcc.write_text(whole, encoding="utf-8")
    assert outcomes(executor, right, wrong) == [Outcome.PASSED, Outcome.WRONG_ANSWER]


def test_programs_are_judged_again_once_the_compiler_works_again(
    gcc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Executor(open_sandbox("bubblewrap"), cache_dir=tmp_path / "cache")
    assert outcomes(executor, job("c", C.passes)) == [Outcome.PASSED]
    whole = gcc.read_text(encoding="utf-8")
    tool(gcc, BROKEN)

    def repair(seconds: float) -> None:
        if seconds:
            gcc.write_text(whole, encoding="utf-8")

    monkeypatch.setattr(executor_module.time, "sleep", repair)
    assert outcomes(executor, job("c", C.passes), job("c", C.fails)) == [
        Outcome.PASSED,
        Outcome.WRONG_ANSWER,
    ]


def test_compile_errors_count_if_the_compiler_works() -> None:
    executor = Executor(open_sandbox("bubblewrap"))
    assert C.does_not_compile is not None
    broken = [job("c", f"{C.does_not_compile}// {n}\n") for n in range(3)]
    assert outcomes(executor, *broken) == [Outcome.COMPILE_ERROR] * 3


def test_unconfirmed_failures_are_not_stored(gcc: Path, tmp_path: Path) -> None:
    def fresh() -> Executor:
        return Executor(open_sandbox("bubblewrap"), cache_dir=tmp_path / "cache", uses_cache=True)

    assert outcomes(fresh(), job("c", C.passes)) == [Outcome.PASSED]
    whole = gcc.read_text(encoding="utf-8")
    tool(gcc, BROKEN)
    assert outcomes(fresh(), job("c", C.fails)) == [Outcome.INFRASTRUCTURE_ERROR]
    gcc.write_text(whole, encoding="utf-8")
    assert outcomes(fresh(), job("c", C.fails)) == [Outcome.WRONG_ANSWER]


def test_node_packages_that_disappear_midway_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = LANGUAGES["typescript"].samples
    jobs = [job("typescript", sample.passes), job("typescript", sample.fails)]
    installed = node_modules().parent
    private = tmp_path / "toolchain" / installed.name
    shutil.copytree(installed, private, symlinks=True)
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(private.parent))
    executor = Executor(open_sandbox("bubblewrap"))
    assert outcomes(executor, *jobs) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    private.rename(private.with_name("away"))
    verdicts = executor.execute(jobs)
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INFRASTRUCTURE_ERROR}
    assert all("typescript" in verdict.message.lower() for verdict in verdicts)
    private.with_name("away").rename(private)
    assert outcomes(executor, *jobs) == [Outcome.PASSED, Outcome.WRONG_ANSWER]


def _private_bwrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Executor:
    real = find_bwrap()
    if real is None:
        pytest.skip("bubblewrap is not installed on this host")
    path = tmp_path / "bwrap"
    tool(path, script.replace("REAL", real).replace("COUNT", str(tmp_path / "count")))
    monkeypatch.setattr(bubblewrap, "find_bwrap", lambda: str(path))
    return Executor(BubblewrapSandbox())


@pytest.mark.parametrize("name", ["python", "c"])
def test_a_sandbox_binary_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    script = "echo 'bwrap: no space left for namespaces' >&2; exit 1"
    executor = _private_bwrap(tmp_path, monkeypatch, script)
    (verdict,) = executor.execute([job(name, LANGUAGES[name].samples.passes)])
    assert verdict.outcome is Outcome.INFRASTRUCTURE_ERROR
    assert "no space left for namespaces" in verdict.message
    assert "codem-ray doctor" in verdict.message


@pytest.mark.parametrize("name", ["python", "c"])
def test_a_sandbox_binary_that_fails_sometimes_changes_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    script = (
        "/bin/echo >> COUNT; n=$(/usr/bin/wc -l < COUNT); [ $((n % 3)) = 1 ] && exit 1; "
        'exec REAL "$@"'
    )
    executor = _private_bwrap(tmp_path, monkeypatch, script)
    samples = LANGUAGES[name].samples
    jobs = [job(name, samples.passes), job(name, samples.fails)]
    assert outcomes(executor, *jobs) == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert len((tmp_path / "count").read_bytes()) > len(jobs)


def test_a_control_group_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    sandbox = open_sandbox("bubblewrap")
    assert isinstance(sandbox, BubblewrapSandbox)
    bases = {name: str(tmp_path / "gone") for name in ("memory", "pids", "cpuacct")}
    sandbox._groups = GroupFactory(GroupV1.version, bases)
    (verdict,) = Executor(sandbox).execute([job("python", LANGUAGES["python"].samples.passes)])
    assert verdict.outcome is Outcome.INFRASTRUCTURE_ERROR
    assert "no control group could be made" in verdict.message
    assert str(tmp_path / "gone") in verdict.message


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("left", [0, 8192])
@pytest.mark.parametrize("name", ["python", "c", "html"])
def test_a_full_disk_is_named(small_disk: Path, name: str, left: int) -> None:
    answer = LANGUAGES[name].samples.passes
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * ((64 << 10) - left))
    big = f"{answer}\n{LANGUAGES[name].comment_prefix} {'x' * 20_000} -->\n"
    executor = Executor(open_sandbox("bubblewrap"))
    (verdict,) = executor.execute([job(name, big)])
    assert verdict.outcome is Outcome.INFRASTRUCTURE_ERROR, verdict
    assert verdict.message.startswith(f"on node {socket.gethostname()}: ")
    assert f"{small_disk}" in verdict.message
    assert "TMPDIR" in verdict.message
    filler.unlink()
    assert outcomes(executor, job(name, answer)) == [Outcome.PASSED]
    assert list(small_disk.iterdir()) == []


def test_a_broken_toolchain_ends_the_command_without_a_score(gcc: Path, tmp_path: Path) -> None:
    from codem_ray.benchmarks import load

    tool(gcc, BROKEN)
    (first,) = load("starter-c", limit=1)
    file, out = tmp_path / "mine.jsonl", tmp_path / "scored.jsonl"
    file.write_text(json.dumps({"task_id": first.task_id, "completion": first.reference}) + "\n")
    arguments = ["--completions", str(file), "--benchmark", "starter-c", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "codem_ray", "evaluate", *arguments],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (ExitCode.ENVIRONMENT, ExitCode.INCOMPLETE), done.stderr
    assert "cannot execute 'cc1'" in done.stderr
    assert "Traceback" not in done.stderr
    assert "pass@1" not in done.stdout


def test_an_infrastructure_error_is_not_settled() -> None:
    verdict = Verdict(outcome=Outcome.INFRASTRUCTURE_ERROR)
    assert not verdict.is_settled
