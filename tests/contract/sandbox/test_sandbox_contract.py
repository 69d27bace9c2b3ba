"""The contract of every registered sandbox backend, tested with real programs."""

# ruff: noqa: PTH208, PT018

from __future__ import annotations

import os
import pickle
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sandbox_commands import processes_with, python_command, run_shell

from codem_ray.errors import SandboxError
from codem_ray.records import Limits
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.backends import sandbox_backend
from codem_ray.sandbox.protocol import Command, Sandbox
from codem_ray.sandbox.self_check import self_check

pytestmark = pytest.mark.toolchain


def test_exit_code_and_both_outputs_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    # Long enough for one poll: a program that ends before it has no peak.
    result = run_shell(sandbox, tmp_path, "echo out; echo err >&2; sleep 0.2; exit 7")
    assert (result.exit_code, result.signal) == (7, None)
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")
    assert not (result.is_timed_out or result.is_out_of_memory or result.is_output_exceeded)
    assert result.wall_seconds > 0 and result.cpu_seconds > 0 and result.peak_memory_bytes > 0


def test_a_signal_is_reported_as_a_signal(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "kill -SEGV $$")
    assert (result.exit_code, result.signal) == (None, 11)


def test_standard_input_is_empty(sandbox: Sandbox, tmp_path: Path) -> None:
    assert run_shell(sandbox, tmp_path, "wc -c").stdout.strip() == b"0"


def test_the_secret_can_be_read_once(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "cat <&3; echo -; cat <&3", secret=b"sesame")
    assert result.stdout == b"sesame-\n"


def test_without_a_secret_its_descriptor_is_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    source = "import os\ntry: os.fstat(3); print('open')\nexcept OSError: print('closed')"
    assert sandbox.run(python_command(tmp_path, source)).stdout == b"closed\n"


def test_the_report_is_cut_at_64_kib_and_never_blocks_the_writer(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = run_shell(sandbox, tmp_path, "head -c 300000 /dev/zero >&4; echo done")
    assert len(result.report) == 64 << 10
    assert result.stdout == b"done\n"


def test_no_other_descriptor_reaches_the_program(sandbox: Sandbox, tmp_path: Path) -> None:
    leaked = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        source = (
            "import os\nfor fd in range(256):\n try: os.fstat(fd); print(fd)\n except OSError: pass"
        )
        result = sandbox.run(python_command(tmp_path, source, secret=b"s"))
    finally:
        os.close(leaked)
    assert result.stdout.split() == [b"0", b"1", b"2", b"3", b"4"]


def test_the_environment_is_that_of_the_command(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEM_RAY_TEST_LEAK", "leaked")
    result = sandbox.run(Command(argv=("/usr/bin/env",), directory=tmp_path, env={"A": "b c"}))
    # bubblewrap sets PWD to the working directory.
    assert [line for line in result.stdout.splitlines() if not line.startswith(b"PWD=")] == [
        b"A=b c"
    ]


def test_work_is_the_directory_in_arguments_and_the_working_directory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "data.txt").write_text("hello", encoding="utf-8")
    result = sandbox.run(
        Command(argv=("/bin/cat", "/work/data.txt", "data.txt"), directory=tmp_path)
    )
    assert result.stdout == b"hellohello"


def test_files_written_to_a_writable_directory_are_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "echo made > /work/new", is_writable=True)
    assert result.exit_code == 0
    assert (tmp_path / "new").read_text(encoding="utf-8") == "made\n"


def test_cpu_time_of_one_process_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(
        sandbox, tmp_path, "while :; do :; done", limits=Limits(cpu_seconds=0.3, wall_seconds=20)
    )
    assert result.is_timed_out and not result.is_wall_timeout
    assert 0.25 < result.cpu_seconds < 1.0


def test_cpu_time_of_many_processes_counts_together(sandbox: Sandbox, tmp_path: Path) -> None:
    script = "for i in 1 2 3 4; do (while :; do :; done) & done; wait"
    result = run_shell(sandbox, tmp_path, script, limits=Limits(cpu_seconds=0.6, wall_seconds=20))
    assert result.is_timed_out and not result.is_wall_timeout
    assert result.cpu_seconds < 1.5


def test_wall_time_is_limited_and_reported_as_such(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "echo before; sleep 20", limits=Limits(wall_seconds=0.3))
    assert result.is_timed_out and result.is_wall_timeout
    assert result.stdout == b"before\n"
    assert result.wall_seconds < 5


def test_memory_is_limited_over_the_whole_tree(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import os, time\nfor _ in range(6):\n if os.fork() == 0:\n"
        "  b = bytearray(b'x') * (32 << 20); time.sleep(1); os._exit(0)\n"
        "for _ in range(6): os.wait()"
    )
    result = sandbox.run(python_command(tmp_path, source, limits=Limits(memory_bytes=96 << 20)))
    assert result.is_out_of_memory
    assert result.peak_memory_bytes >= 90 << 20


def test_memory_within_the_limit_is_allowed(sandbox: Sandbox, tmp_path: Path) -> None:
    source = "b = bytearray(b'x') * (64 << 20); print(len(b))"
    result = sandbox.run(python_command(tmp_path, source, limits=Limits(memory_bytes=256 << 20)))
    assert result.exit_code == 0 and not result.is_out_of_memory
    if sandbox.memory_enforcement != "polling":  # Polling may miss the last growth.
        assert result.peak_memory_bytes > 60 << 20


def test_output_above_the_limit_ends_the_program(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "yes", limits=Limits(output_bytes=100_000))
    assert result.is_output_exceeded
    assert len(result.stdout) + len(result.stderr) <= 100_000


def test_output_just_below_the_limit_is_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "head -c 1000000 /dev/zero; head -c 48576 /dev/zero >&2")
    assert not result.is_output_exceeded
    assert (len(result.stdout), len(result.stderr)) == (1_000_000, 48_576)


def test_a_file_cannot_grow_above_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(
        sandbox,
        tmp_path,
        "head -c 4000000 /dev/zero > /work/big",
        limits=Limits(file_bytes=1 << 20),
        is_writable=True,
    )
    assert result.exit_code != 0
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_a_fork_bomb_is_contained_and_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    source = (
        "import os, time\nn = 0\ntry:\n while n < 300:\n"
        "  if os.fork() == 0: time.sleep(20)\n  n += 1\n"
        "except OSError: pass\nprint(n, flush=True)\ntime.sleep(0.3)"
    )
    result = sandbox.run(
        python_command(
            tmp_path, source, limits=Limits(processes=16, wall_seconds=10), argument=marker
        )
    )
    assert result.signal == 9 or int(result.stdout) < 20
    assert processes_with(marker) == []


def test_a_missing_program_raises_a_sandbox_error(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="/usr/bin/no-such-program"):
        sandbox.run(Command(argv=("/usr/bin/no-such-program",), directory=tmp_path))


def test_a_missing_directory_raises_a_sandbox_error(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="absent"):
        run_shell(sandbox, tmp_path / "absent", "true")


def test_a_program_cannot_imitate_a_sandbox_error(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run_shell(sandbox, tmp_path, "echo 'bwrap: execvp x: No such file' >&2; exit 1")
    assert result.exit_code == 1


def test_a_pair_exchanges_data_both_ways_and_only_the_judge_reports(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    judge = Command(
        argv=("/bin/sh", "-c", "echo ask >&6; read x <&5; echo $x >&4; cat <&3"),
        directory=tmp_path,
        secret=b"key",
    )
    script = "read x <&5; echo got-$x >&6; (echo no >&4) ; cat <&3; exit 4"
    answer = Command(argv=("/bin/sh", "-c", script), directory=tmp_path, secret=b"key")
    first, second = sandbox.run_pair(judge, answer)
    assert (first.report, first.stdout) == (b"got-ask\n", b"key")
    assert (second.report, second.stdout) == (b"", b"")


def test_an_answer_is_killed_when_its_judge_ends(sandbox: Sandbox, tmp_path: Path) -> None:
    started = time.monotonic()
    marker = uuid.uuid4().hex
    answer = python_command(tmp_path, "import time; time.sleep(30)", argument=marker)
    judge = Command(argv=("/bin/sh", "-c", "exit 5"), directory=tmp_path)
    first, second = sandbox.run_pair(judge, answer)
    assert (first.exit_code, second.signal) == (5, 9)
    assert not second.is_timed_out
    assert time.monotonic() - started < 5
    assert processes_with(marker) == []


def test_a_judge_sees_that_its_answer_has_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    judge = Command(
        argv=("/bin/sh", "-c", "cat <&5; echo eof"),
        directory=tmp_path,
        limits=Limits(wall_seconds=5),
    )
    answer = Command(argv=("/bin/sh", "-c", "echo last >&6; exit 3"), directory=tmp_path)
    first, second = sandbox.run_pair(judge, answer)
    assert first.stdout == b"last\neof\n"
    assert second.exit_code == 3


def test_a_deadlocked_pair_reaches_the_wall_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    waiting = Command(
        argv=("/bin/sh", "-c", "read x <&5"), directory=tmp_path, limits=Limits(wall_seconds=0.4)
    )
    results = sandbox.run_pair(waiting, waiting)
    # The second process may notice that the first was killed.
    assert any(result.is_wall_timeout for result in results)


def test_four_threads_do_not_mix_up_their_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    def run(number: int) -> tuple[bytes, bytes]:
        script = f"cat <&3; echo {number} >&4"
        result = run_shell(sandbox, tmp_path, script, secret=str(number).encode())
        return result.stdout, result.report

    with ThreadPoolExecutor(4) as pool:
        expected = [(f"{n}".encode(), f"{n}\n".encode()) for n in range(40)]
        assert list(pool.map(run, range(40))) == expected


def test_fifty_runs_leave_no_descriptor_process_or_group(sandbox: Sandbox, tmp_path: Path) -> None:
    factory = cgroups.detect()
    directories = () if factory is None else factory.directories
    run_shell(sandbox, tmp_path, "true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        run_shell(sandbox, tmp_path, "sleep 30 & exit 0")
    assert len(os.listdir("/proc/self/fd")) == before
    own = f"{cgroups.PREFIX}{cgroups.pid_namespace()}.{os.getpid()}.*"
    for directory in directories:
        assert not list(Path(directory).glob(own))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    assert not any(
        "bwrap" in Path("/proc", pid, "cmdline").read_text(encoding="utf-8")
        for pid in children.split()
    )


def test_a_sandbox_can_be_pickled(sandbox: Sandbox, tmp_path: Path) -> None:
    copy = pickle.loads(pickle.dumps(sandbox))
    assert run_shell(copy, tmp_path, "exit 6").exit_code == 6


def test_backends_that_isolate_pass_the_whole_self_check(sandbox: Sandbox) -> None:
    holes = {found.name: found.detail for found in self_check(sandbox) if not found.is_present}
    if sandbox_backend(sandbox.name).isolates:
        assert holes == {}
    else:
        assert "no network" in holes


def test_only_regular_files_are_copied_out_of_a_writable_directory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    script = (
        "mkdir -p kept/below && echo x > kept/below/file && ln -s /etc/passwd kept/link && "
        "ln -s / root && mkfifo kept/pipe && ln kept/below/file kept/twin && chmod 700 kept"
    )
    result = run_shell(sandbox, tmp_path, script, is_writable=True)
    assert result.exit_code == 0, result.stderr
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == ["kept", "kept/below", "kept/below/file", "kept/twin"]
    assert (tmp_path / "kept/twin").read_bytes() == b"x\n"


def test_an_endless_report_exceeds_the_output_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    started = time.monotonic()
    result = run_shell(sandbox, tmp_path, "exec cat /dev/zero >&4")
    assert result.is_output_exceeded
    assert len(result.report) == 64 << 10
    assert time.monotonic() - started < 5
