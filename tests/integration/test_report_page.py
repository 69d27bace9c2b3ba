"""The report's page in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.report import ReportInputs, build_report
from codem_ray.report.matrix_layout import display_name

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--enable-logging=stderr",
    "--dump-dom",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="neither chromium nor google-chrome is on PATH"),
]


def load(page: Path, profile: Path) -> tuple[str, list[str]]:
    """Return the DOM after the script ran, and the messages of the console."""
    done = subprocess.run(
        [str(BROWSER), *FLAGS, f"--user-data-dir={profile}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def test_the_page_shows_the_matrix_without_errors_or_addresses(tmp_path: Path) -> None:
    results = make_results(sources=("base", "c", "go"), targets=("c", "go"), with_flaws=True)
    inputs = ReportInputs(
        sweep_name="quick<start>",
        results=results,
        evaluation=EvaluationConfig(benchmarks=("starter-c",)),
        loss_curves={"c-0": [(1, 2)]},
    )
    report = build_report(inputs, tmp_path / "report")
    page = tmp_path / "report" / "index.html"
    dom, console = load(page, tmp_path / "profile")
    assert console == []
    assert not re.findall(r"(?i)\b(?:https?|ftp|wss?)://", dom)

    cells = dom.partition('<section id="cells">')[2].partition("</section>")[0]
    rows = [
        tuple(re.findall(r"<td[^>]*>([^<]*)", row)[:3])
        for row in re.findall(r"<tr>(.*?)</tr>", cells.partition("<tbody>")[2], re.DOTALL)
    ]
    assert rows == [
        (display_name(cell.source), display_name(cell.target), cell.prompt_style)
        for cell in report.cells
    ]
    assert {row[0] for row in rows} >= {"base", "C", "Go"}
    # The script puts the text of each heading into a button.
    assert cells.count("<button>") == cells.count("</th>") > 10
    for name in ("scores", "gains"):
        figure = dom.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        assert re.search(r"<svg[^>]*>.*>Go<.*</svg>", figure, re.DOTALL), name

    # The console check can fail: it sees an error in a broken page.
    broken = page.with_name("broken.html")
    broken.write_text(page.read_text().replace('"use strict";', '"use strict"; absent();'))
    _, console = load(broken, tmp_path / "profile")
    assert "absent is not defined" in "".join(console)
