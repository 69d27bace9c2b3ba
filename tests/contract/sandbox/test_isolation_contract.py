"""The contract of backends that isolate: what programs cannot see, write or keep."""

# ruff: noqa: PT018

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from sandbox_commands import run_shell

from codem_ray.records import Limits
from codem_ray.sandbox.protocol import Command, Sandbox

pytestmark = pytest.mark.toolchain


def test_a_read_only_directory_cannot_be_written(isolating: Sandbox, tmp_path: Path) -> None:
    result = run_shell(isolating, tmp_path, "echo x > /work/new")
    assert result.exit_code != 0 and not (tmp_path / "new").exists()


def test_the_host_path_of_the_directory_is_hidden(isolating: Sandbox, tmp_path: Path) -> None:
    result = run_shell(isolating, tmp_path, "cat /proc/*/cmdline /proc/self/environ")
    assert str(tmp_path).encode() not in result.stdout


def test_kernel_settings_cannot_be_written(isolating: Sandbox, tmp_path: Path) -> None:
    result = run_shell(isolating, tmp_path, "echo x > /proc/sys/kernel/core_pattern")
    assert result.exit_code != 0


def test_all_files_of_the_private_tmpfs_share_one_limit(isolating: Sandbox, tmp_path: Path) -> None:
    script = "for i in 1 2 3 4; do head -c 900000 /dev/zero > /tmp/$i || exit 9; done"
    assert run_shell(isolating, tmp_path, script, limits=Limits(file_bytes=1 << 20)).exit_code == 9


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("node", ("-e", "console.log(6*7)"), b"42\n"),
        ("java", ("-version",), b""),
        ("gcc", ("--version",), None),
    ],
)
def test_toolchains_start_inside(
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


@pytest.mark.parametrize("root", ["/tmp", "/work"])
def test_readable_folders_may_be_below_tmp_or_work(
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


@pytest.mark.parametrize(
    "script",
    [
        "for i in 1 2 3 4 5; do head -c 900000 /dev/zero > $i; done",  # Each is within the limit.
        "for i in 1 2 3 4 5; do truncate -s 1000000 $i; done",  # Sparse files hold no data.
        "d=.; for i in $(seq 60); do d=$d/d; done; mkdir -p $d && echo x > $d/x",
        "seq 21000 | xargs touch",
    ],
)
def test_results_in_a_writable_directory_are_limited(
    isolating: Sandbox, tmp_path: Path, script: str
) -> None:
    limits = Limits(file_bytes=2 << 20)
    result = run_shell(isolating, tmp_path, script, limits=limits, is_writable=True)
    assert result.is_output_exceeded or result.exit_code != 0
    sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(sizes) <= 2 << 20
    assert len(sizes) <= 20_000


def test_unchanged_files_are_not_copied_back(isolating: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("in", encoding="utf-8")
    (tmp_path / "other").write_text("other", encoding="utf-8")
    before = (tmp_path / "in").stat().st_ino
    result = run_shell(isolating, tmp_path, "cat in; echo changed > other", is_writable=True)
    assert result.stdout == b"in"
    assert (tmp_path / "in").stat().st_ino == before
    assert (tmp_path / "other").read_text(encoding="utf-8") == "changed\n"


def test_folders_without_permissions_are_not_kept(isolating: Sandbox, tmp_path: Path) -> None:
    script = "mkdir -p shut/in && echo x > shut/in/x && chmod 000 shut/in/x shut/in shut"
    run_shell(isolating, tmp_path, script, is_writable=True)
    assert all(path.stat().st_mode & 0o400 for path in tmp_path.rglob("*"))
