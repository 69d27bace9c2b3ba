"""What every sandbox backend keeps, each promise tried with a real program."""

# ruff: noqa: PTH208, PT018

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.process import ProcessSandbox
from codem_ray.sandbox.protocol import Command, Finding, Sandbox
from codem_ray.sandbox.self_check import self_check

pytestmark = pytest.mark.toolchain

_PYTHON = os.path.realpath(sys.executable)
_FOLDERS = () if sys.base_prefix == "/usr" else (Path(sys.base_prefix).resolve(),)


@pytest.fixture(scope="module")
def isolating() -> Sandbox:
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    return BubblewrapSandbox()


def _shell(
    sandbox: Sandbox,
    directory: Path,
    script: str,
    *,
    stdin: bytes = b"",
    secret: bytes | None = None,
    limits: Limits | None = None,
    is_writable: bool = False,
) -> ExecutionResult:
    return sandbox.run(
        Command(
            argv=("/bin/sh", "-c", script),
            directory=directory,
            stdin=stdin,
            secret=secret,
            limits=limits or Limits(),
            is_writable=is_writable,
        )
    )


def _python(
    directory: Path,
    source: str,
    *,
    limits: Limits | None = None,
    secret: bytes | None = None,
    argument: str = "",
) -> Command:
    return Command(
        argv=(_PYTHON, "-I", "-S", "-c", source, argument),
        directory=directory,
        readable=_FOLDERS,
        limits=limits or Limits(),
        secret=secret,
    )


def _processes_with(marker: str) -> list[str]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            arguments = Path("/proc", entry, "cmdline").read_bytes() if entry.isdecimal() else b""
            if marker.encode() in arguments:
                found.append(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_exit_code_and_both_outputs_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    # Long enough for polling to look once: what ends before that has no peak.
    result = _shell(sandbox, tmp_path, "echo out; echo err >&2; sleep 0.2; exit 7")
    assert (result.exit_code, result.signal) == (7, None)
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")
    assert not (result.is_timed_out or result.is_out_of_memory or result.is_output_exceeded)
    assert result.wall_seconds > 0 and result.cpu_seconds > 0 and result.peak_memory_bytes > 0


def test_a_signal_is_reported_as_a_signal(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "kill -SEGV $$")
    assert (result.exit_code, result.signal) == (None, 11)


def test_standard_input_of_a_megabyte_is_passed_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "wc -c", stdin=b"x" * (1 << 20))
    assert result.stdout.strip() == b"1048576"


def test_standard_input_left_unread_does_no_harm(sandbox: Sandbox, tmp_path: Path) -> None:
    assert _shell(sandbox, tmp_path, "exit 0", stdin=b"x" * (1 << 20)).exit_code == 0


def test_the_secret_can_be_read_once(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "cat <&3; echo -; cat <&3", secret=b"sesame")
    assert result.stdout == b"sesame-\n"


def test_without_a_secret_its_descriptor_is_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    source = "import os\ntry: os.fstat(3); print('open')\nexcept OSError: print('closed')"
    assert sandbox.run(_python(tmp_path, source)).stdout == b"closed\n"


def test_the_report_is_cut_at_64_kib_and_never_blocks_the_writer(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = _shell(sandbox, tmp_path, "head -c 300000 /dev/zero >&4; echo done")
    assert len(result.report) == 64 << 10
    assert result.stdout == b"done\n"


def test_no_other_descriptor_reaches_the_program(sandbox: Sandbox, tmp_path: Path) -> None:
    leaked = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        source = (
            "import os\nfor fd in range(256):\n try: os.fstat(fd); print(fd)\n except OSError: pass"
        )
        result = sandbox.run(_python(tmp_path, source, secret=b"s"))
    finally:
        os.close(leaked)
    assert result.stdout.split() == [b"0", b"1", b"2", b"3", b"4"]


def test_the_environment_is_what_the_command_says(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEM_RAY_TEST_LEAK", "leaked")
    result = sandbox.run(Command(argv=("/usr/bin/env",), directory=tmp_path, env={"A": "b c"}))
    # bubblewrap names the working directory in PWD
    assert [line for line in result.stdout.splitlines() if not line.startswith(b"PWD=")] == [
        b"A=b c"
    ]


def test_work_is_the_directory_in_arguments_and_in_the_working_directory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "data.txt").write_text("hello", encoding="utf-8")
    result = sandbox.run(
        Command(argv=("/bin/cat", "/work/data.txt", "data.txt"), directory=tmp_path)
    )
    assert result.stdout == b"hellohello"


def test_a_writable_directory_keeps_what_was_written(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "echo made > /work/new", is_writable=True)
    assert result.exit_code == 0
    assert (tmp_path / "new").read_text(encoding="utf-8") == "made\n"


def test_cpu_time_of_one_process_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(
        sandbox, tmp_path, "while :; do :; done", limits=Limits(cpu_seconds=0.3, wall_seconds=20)
    )
    assert result.is_timed_out and not result.is_wall_timeout
    assert 0.25 < result.cpu_seconds < 1.0


def test_cpu_time_of_many_processes_counts_together(sandbox: Sandbox, tmp_path: Path) -> None:
    script = "for i in 1 2 3 4; do (while :; do :; done) & done; wait"
    result = _shell(sandbox, tmp_path, script, limits=Limits(cpu_seconds=0.6, wall_seconds=20))
    assert result.is_timed_out and not result.is_wall_timeout
    assert result.cpu_seconds < 1.5


def test_wall_time_is_limited_and_told_apart(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "echo before; sleep 20", limits=Limits(wall_seconds=0.3))
    assert result.is_timed_out and result.is_wall_timeout
    assert result.stdout == b"before\n"
    assert result.wall_seconds < 5


def test_memory_is_limited_over_the_whole_tree(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import os, time\nfor _ in range(6):\n if os.fork() == 0:\n"
        "  b = bytearray(b'x') * (32 << 20); time.sleep(1); os._exit(0)\n"
        "for _ in range(6): os.wait()"
    )
    result = sandbox.run(_python(tmp_path, source, limits=Limits(memory_bytes=96 << 20)))
    assert result.is_out_of_memory
    assert result.peak_memory_bytes >= 90 << 20


def test_memory_within_the_limit_is_no_offence(
    sandbox: BubblewrapSandbox | ProcessSandbox, tmp_path: Path
) -> None:
    source = "b = bytearray(b'x') * (64 << 20); print(len(b))"
    result = sandbox.run(_python(tmp_path, source, limits=Limits(memory_bytes=256 << 20)))
    assert result.exit_code == 0 and not result.is_out_of_memory
    if sandbox.memory_enforcement != "polling":  # polling may miss the last growth
        assert result.peak_memory_bytes > 60 << 20


def test_output_past_the_limit_ends_the_program(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "yes", limits=Limits(output_bytes=100_000))
    assert result.is_output_exceeded
    assert len(result.stdout) + len(result.stderr) <= 100_000


def test_output_just_under_the_limit_is_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(sandbox, tmp_path, "head -c 1000000 /dev/zero; head -c 48576 /dev/zero >&2")
    assert not result.is_output_exceeded
    assert (len(result.stdout), len(result.stderr)) == (1_000_000, 48_576)


def test_a_file_cannot_grow_past_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    result = _shell(
        sandbox,
        tmp_path,
        "head -c 4000000 /dev/zero > /work/big",
        limits=Limits(file_bytes=1 << 20),
        is_writable=True,
    )
    assert result.exit_code != 0
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_a_fork_bomb_is_held_and_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    source = (
        "import os, time\nn = 0\ntry:\n while n < 300:\n"
        "  if os.fork() == 0: time.sleep(20)\n  n += 1\n"
        "except OSError: pass\nprint(n, flush=True)\ntime.sleep(0.3)"
    )
    result = sandbox.run(
        _python(tmp_path, source, limits=Limits(processes=16, wall_seconds=10), argument=marker)
    )
    assert result.signal == 9 or int(result.stdout) < 20
    assert _processes_with(marker) == []


def test_a_missing_program_is_a_failure_of_the_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="/usr/bin/no-such-program"):
        sandbox.run(Command(argv=("/usr/bin/no-such-program",), directory=tmp_path))


def test_a_missing_directory_is_a_failure_of_the_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="absent"):
        _shell(sandbox, tmp_path / "absent", "true")


def test_a_program_cannot_pass_for_a_failure_of_the_sandbox(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    result = _shell(sandbox, tmp_path, "echo 'bwrap: execvp x: No such file' >&2; exit 1")
    assert result.exit_code == 1


def test_a_pair_talks_both_ways_and_only_the_judge_reports(
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


def test_an_answer_ends_with_its_judge(sandbox: Sandbox, tmp_path: Path) -> None:
    started = time.monotonic()
    marker = uuid.uuid4().hex
    answer = _python(tmp_path, "import time; time.sleep(30)", argument=marker)
    judge = Command(argv=("/bin/sh", "-c", "exit 5"), directory=tmp_path)
    first, second = sandbox.run_pair(judge, answer)
    assert (first.exit_code, second.signal) == (5, 9)
    assert not second.is_timed_out
    assert time.monotonic() - started < 5
    assert _processes_with(marker) == []


def test_a_judge_reads_the_end_of_a_dead_answer(sandbox: Sandbox, tmp_path: Path) -> None:
    judge = Command(
        argv=("/bin/sh", "-c", "cat <&5; echo eof"),
        directory=tmp_path,
        limits=Limits(wall_seconds=5),
    )
    answer = Command(argv=("/bin/sh", "-c", "echo last >&6; exit 3"), directory=tmp_path)
    first, second = sandbox.run_pair(judge, answer)
    assert first.stdout == b"last\neof\n"
    assert second.exit_code == 3


def test_a_pair_that_waits_for_each_other_meets_the_wall_limit(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    waiting = Command(
        argv=("/bin/sh", "-c", "read x <&5"), directory=tmp_path, limits=Limits(wall_seconds=0.4)
    )
    results = sandbox.run_pair(waiting, waiting)
    # The other may see the end of the first that meets it.
    assert any(result.is_wall_timeout for result in results)


def test_four_threads_do_not_mix_up_their_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    def one(number: int) -> bytes:
        return _shell(
            sandbox,
            tmp_path,
            f"cat; cat <&3; echo {number} >&4",
            stdin=f"{number}-".encode(),
            secret=str(number).encode(),
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(40))) == [f"{n}-{n}".encode() for n in range(40)]


def test_fifty_runs_leave_no_descriptor_process_or_group(sandbox: Sandbox, tmp_path: Path) -> None:
    def groups() -> set[str]:
        factory = cgroups.detect()
        return (
            set()
            if factory is None
            else {
                name
                for place in factory.directories
                for name in os.listdir(place)
                if name.startswith(f"{cgroups.PREFIX}{os.getpid()}.")
            }
        )

    _shell(sandbox, tmp_path, "true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        _shell(sandbox, tmp_path, "sleep 30 & exit 0")
    assert len(os.listdir("/proc/self/fd")) == before
    assert groups() == set()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    assert not any(
        "bwrap" in Path("/proc", pid, "cmdline").read_text(encoding="utf-8")
        for pid in children.split()
    )


def test_a_sandbox_travels_to_another_process(sandbox: Sandbox, tmp_path: Path) -> None:
    copy = pickle.loads(pickle.dumps(sandbox))
    assert _shell(copy, tmp_path, "exit 6").exit_code == 6


@pytest.mark.parametrize("uses_cgroups", [True, False])
def test_a_child_that_left_the_session_is_killed(tmp_path: Path, uses_cgroups: bool) -> None:
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    marker = uuid.uuid4().hex
    source = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
        "  time.sleep(30)\n os._exit(0)\nos.wait()"
    )
    result = BubblewrapSandbox(uses_cgroups=uses_cgroups).run(
        _python(tmp_path, source, argument=marker)
    )
    assert result.exit_code == 0
    assert _processes_with(marker) == []


@pytest.fixture(scope="module")
def of_the_weakest() -> tuple[Finding, ...]:
    return self_check(ProcessSandbox(uses_cgroups=False))


def test_the_self_check_says_what_the_weaker_backend_lacks(
    of_the_weakest: tuple[Finding, ...],
) -> None:
    lacking = {finding.name for finding in of_the_weakest if not finding.is_present}
    assert {
        "no network",
        "host files hidden",
        "host processes hidden",
        "dangerous system calls refused",
        "compilers' disk limited",
    } <= lacking
    assert {
        "CPU time limited",
        "wall time limited",
        "output limited",
        "report limited",
        "compilers leave plain files",
    }.isdisjoint(lacking)


def test_one_self_check_holds_every_backend_to_the_same_list(
    sandbox: BubblewrapSandbox | ProcessSandbox, of_the_weakest: tuple[Finding, ...]
) -> None:
    findings = self_check(sandbox)
    assert [one.name for one in findings] == [one.name for one in of_the_weakest]
    reached = [f"{one.name}: {one.detail}" for one in findings if not one.is_present]
    if sandbox.name == "bubblewrap":
        assert reached == []
    else:
        assert all(one.remedy for one in findings if not one.is_present)


def test_a_read_only_directory_cannot_be_written(isolating: Sandbox, tmp_path: Path) -> None:
    result = _shell(isolating, tmp_path, "echo x > /work/new")
    assert result.exit_code != 0 and not (tmp_path / "new").exists()


def test_the_host_path_of_the_directory_is_hidden(isolating: Sandbox, tmp_path: Path) -> None:
    result = _shell(isolating, tmp_path, "cat /proc/*/cmdline /proc/self/environ")
    assert str(tmp_path).encode() not in result.stdout


def test_kernel_settings_cannot_be_written(isolating: Sandbox, tmp_path: Path) -> None:
    result = _shell(isolating, tmp_path, "echo x > /proc/sys/kernel/core_pattern")
    assert result.exit_code != 0


def test_all_files_of_the_private_tmpfs_share_one_limit(isolating: Sandbox, tmp_path: Path) -> None:
    script = "for i in 1 2 3 4; do head -c 900000 /dev/zero > /tmp/$i || exit 9; done"
    assert _shell(isolating, tmp_path, script, limits=Limits(file_bytes=1 << 20)).exit_code == 9


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("node", ("-e", "console.log(6*7)"), b"42\n"),
        ("java", ("-version",), b""),
        ("gcc", ("--version",), None),
    ],
)
def test_the_filter_lets_toolchains_start(
    isolating: Sandbox,
    tmp_path: Path,
    tool: str,
    arguments: tuple[str, ...],
    expected: bytes | None,
) -> None:
    path = shutil.which(tool, path="/usr/bin")
    if path is None:
        pytest.skip(f"{tool} is not installed in /usr/bin")
    # The real file, as languages name it, with the configuration that Debian's Java links to.
    argv = (str(Path(path).resolve()), *arguments)
    readable = tuple(Path("/etc").glob("java-*-openjdk"))
    result = isolating.run(Command(argv=argv, directory=tmp_path, readable=readable))
    assert result.exit_code == 0, result.stderr
    assert expected is None or result.stdout == expected


def test_groups_of_a_dead_owner_are_removed() -> None:
    factory = cgroups.detect()
    if factory is None:
        pytest.skip("this host gives no control groups")
    script = (
        "from codem_ray.sandbox import cgroups; from codem_ray.records import Limits; "
        "cgroups.detect().make(Limits())"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    living = factory.make(Limits())
    try:
        factory.remove_stale()
        names = {
            name
            for place in factory.directories
            for name in os.listdir(place)
            if name.startswith(cgroups.PREFIX)
        }
        assert any(name.startswith(f"{cgroups.PREFIX}{os.getpid()}.") for name in names)
        assert all(cgroups._has_living_owner(name) for name in names)
    finally:
        living.remove()


@pytest.mark.parametrize("root", ["/tmp", "/work"])
def test_readable_folders_may_lie_below_what_the_sandbox_fills_itself(
    isolating: Sandbox, tmp_path: Path, root: str
) -> None:
    if not os.access(root, os.W_OK):
        pytest.skip(f"no folder can be made in {root} here")
    with tempfile.TemporaryDirectory(dir=root) as name:
        tool = Path(name, "clone", ".venv")
        tool.mkdir(parents=True)
        (tool / "tool").write_text("found")
        (tool.parent / "secret").write_text("hidden")
        (tmp_path / "own").write_text("own")
        script = (
            f"cat {tool}/tool own; cat {tool.parent}/secret; echo x > {tool}/tool; "
            "echo tmp > /tmp/mine && cat /tmp/mine"
        )
        for is_writable in (False, True):
            result = isolating.run(
                Command(
                    argv=("/bin/sh", "-c", script),
                    directory=tmp_path,
                    readable=(tool,),
                    is_writable=is_writable,
                )
            )
            assert result.stdout == b"foundowntmp\n", result.stderr
            assert b"secret: No such file" in result.stderr
        assert (tool / "tool").read_text() == "found"


def test_the_weaker_backend_leaves_readable_folders_below_work_what_they_are(
    tmp_path: Path,
) -> None:
    if not os.access("/work", os.W_OK):
        pytest.skip("no folder can be made in /work here")
    (tmp_path / "own").write_text("own")
    with tempfile.TemporaryDirectory(dir="/work") as name:
        Path(name, "tool").write_text("found")
        result = ProcessSandbox().run(
            Command(
                argv=("/bin/cat", f"{name}/tool", "/work/own"),
                directory=tmp_path,
                readable=(Path(name),),
            )
        )
    assert result.stdout == b"foundown"


def test_only_plain_files_come_out_of_a_writable_directory(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    script = (
        "mkdir -p kept/below && echo x > kept/below/file && ln -s /etc/passwd kept/link && "
        "ln -s / root && mkfifo kept/pipe && ln kept/below/file kept/twin && chmod 700 kept"
    )
    result = _shell(sandbox, tmp_path, script, is_writable=True)
    assert result.exit_code == 0, result.stderr
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == ["kept", "kept/below", "kept/below/file", "kept/twin"]
    assert (tmp_path / "kept/twin").read_bytes() == b"x\n"


@pytest.mark.parametrize(
    "script",
    [
        "for i in 1 2 3 4 5; do head -c 900000 /dev/zero > $i; done",  # each within the limit
        "for i in 1 2 3 4 5; do truncate -s 1000000 $i; done",  # holds nothing, looks like much
        "d=.; for i in $(seq 60); do d=$d/d; done; mkdir -p $d && echo x > $d/x",
        "seq 21000 | xargs touch",
    ],
)
def test_what_a_writable_directory_keeps_is_bounded(
    isolating: Sandbox, tmp_path: Path, script: str
) -> None:
    limits = Limits(file_bytes=2 << 20)
    result = _shell(isolating, tmp_path, script, limits=limits, is_writable=True)
    assert result.is_output_exceeded or result.exit_code != 0
    sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(sizes) <= 2 << 20
    assert len(sizes) <= 20_000


def test_what_was_there_is_not_copied_back_and_not_followed(
    isolating: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "in").write_text("in", encoding="utf-8")
    (tmp_path / "other").write_text("other", encoding="utf-8")
    before = (tmp_path / "in").stat().st_ino
    result = _shell(isolating, tmp_path, "cat in; echo changed > other", is_writable=True)
    assert result.stdout == b"in"
    assert (tmp_path / "in").stat().st_ino == before
    assert (tmp_path / "other").read_text(encoding="utf-8") == "changed\n"


def test_folders_without_permissions_do_not_stay_behind(isolating: Sandbox, tmp_path: Path) -> None:
    script = "mkdir -p shut/in && echo x > shut/in/x && chmod 000 shut/in/x shut/in shut"
    _shell(isolating, tmp_path, script, is_writable=True)
    assert all(path.stat().st_mode & 0o400 for path in tmp_path.rglob("*"))


def test_a_report_without_end_is_too_much_output(sandbox: Sandbox, tmp_path: Path) -> None:
    started = time.monotonic()
    result = _shell(sandbox, tmp_path, "exec cat /dev/zero >&4")
    assert result.is_output_exceeded
    assert len(result.report) == 64 << 10
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "source",
    [
        "import os\nwhile True:\n os.write(os.memfd_create('x'), b'x' * (32 << 20))",
        "import ctypes\nwhile ctypes.CDLL(None).shmget(0, 1 << 25, 0o1600) >= 0: pass\n1 / 0",
    ],
)
def test_memory_that_no_process_maps_is_refused_where_it_cannot_be_counted(
    tmp_path: Path, source: str
) -> None:
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    result = BubblewrapSandbox(uses_cgroups=False).run(
        _python(tmp_path, source, limits=Limits(cpu_seconds=3, wall_seconds=20))
    )
    assert result.exit_code == 1 and not result.is_timed_out
