"""`codem-ray open` starts a browser on the report, or prints its path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from finished_sweep import FinishedSweep

from codem_ray.cli.main import main
from codem_ray.errors import ExitCode


@pytest.fixture
def folder(tmp_path: Path) -> str:
    sweep = FinishedSweep(str(tmp_path / "a folder")).write()
    sweep.storage.write_bytes("report.limit-3/index.html", b"three")
    sweep.storage.write_bytes("report/index.html", b"all")
    return sweep.storage.root


def open_report(
    folder: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "codem_ray", "open", folder, *arguments],
        env=bare | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_browser_gets_the_page_and_its_path_is_printed(folder: str, tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    done = open_report(folder, BROWSER=f"{browser} %s")
    assert done.returncode == 0
    assert done.stdout == f"{folder}/report/index.html\n"
    assert opened.read_text().strip() == Path(done.stdout.strip()).as_uri()
    opened.unlink()
    assert open_report(folder, "--no-browser", BROWSER=f"{browser} %s").returncode == 0
    assert not opened.exists()


def test_without_a_display_the_path_is_printed_with_a_hint(folder: str) -> None:
    done = open_report(folder, BROWSER="")
    assert (done.returncode, done.stdout) == (0, f"{folder}/report/index.html\n")
    assert "no browser can be started here" in done.stderr


def test_a_limit_opens_the_report_of_that_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = FinishedSweep(str(tmp_path), **{"storage.suffix": "limit-3"}).write()
    assert main(["open", sweep.storage.root, "--no-browser"]) == ExitCode.INCOMPLETE
    assert f"codem-ray report {sweep.storage.root}" in capsys.readouterr().err
    sweep.storage.write_bytes("report.limit-3/index.html", b"three")
    for arguments in ([], ["--limit", "3"]):
        assert main(["open", sweep.storage.root, "--no-browser", "--json", *arguments]) == 0
        page = json.loads(capsys.readouterr().out)["page"]
        assert page.endswith("report.limit-3/index.html")


def test_a_folder_without_a_sweep_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", str(tmp_path)]) == ExitCode.CONFIG
    assert "holds no plan.json" in capsys.readouterr().err
