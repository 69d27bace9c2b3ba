"""`codem-ray completion` prints scripts that complete commands, options and names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codem_ray.cli.main import COMMANDS, main

DRIVER = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
complete_function=$(complete -p codem-ray | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$complete_function" codem-ray "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
echo "${COMPREPLY[*]}"
"""


def script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", shell]) == 0
    path = folder / f"script.{shell}"
    path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (["pl"], {"plan"}),
        (["plan", "quickst"], {"quickstart"}),
        (["run", "--lim"], {"--limit"}),
        (["ls", "r"], {"runs"}),
        (["prune", "--kind", "old"], {"old-keys"}),
        (["evaluate", "--benchmark", "starter-py"], {"starter-python"}),
        (["show", "runs", "x", "--only", "w"], {"worse"}),
        (["status", "some"], {"some-runs"}),
    ],
)
def test_bash_completes_commands_options_choices_names_and_folders(
    typed: list[str],
    completed: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "some-runs").mkdir()
    path = script("bash", tmp_path, capsys)
    done = subprocess.run(
        ["bash", "-c", DRIVER, "bash", str(path), "codem-ray", *typed],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_every_shell_names_every_command_and_is_valid(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = script(shell, tmp_path, capsys)
    assert all(command in path.read_text() for command in COMMANDS)
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: its syntax was not checked")
    subprocess.run([shell, "-n", str(path)], check=True)
