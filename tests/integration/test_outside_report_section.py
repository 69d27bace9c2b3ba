"""A report section of another package appears in the report without any change to codem_ray."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "support" / "outside_section" / "codem_ray_lengths.py"
BUILD = """
import sys
from pathlib import Path
from synthetic_results import make_results
from codem_ray.config import EvaluationConfig
from codem_ray.report import ReportInputs, build_report

report = build_report(
    ReportInputs(
        sweep_name="outside",
        results=make_results(sources=("base", "c"), targets=("c",), num_problems=4),
        evaluation=EvaluationConfig(benchmarks=("starter-c",)),
    ),
    Path(sys.argv[1]),
)
print("\\n".join(report.warnings))
"""


def build(tmp_path: Path, entry_points: str) -> tuple[str, str]:
    """Install a package in `tmp_path/site` and build a report; return the page and the warnings."""
    site = tmp_path / "site"
    metadata = site / "codem_ray_lengths-1.0.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(FILE, site)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: codem-ray-lengths\n")
    (metadata / "entry_points.txt").write_text(f"[codem_ray.report_sections]\n{entry_points}")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path / "report")],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT, ROOT / "tests" / "support"))),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (tmp_path / "report" / "index.html").read_text(), done.stdout


def test_a_section_added_by_entry_point_is_on_the_page_in_its_place(tmp_path: Path) -> None:
    page, warnings = build(tmp_path, "lengths = codem_ray_lengths:SECTION\n")
    assert warnings.strip() == ""
    section = page[page.index('<section id="lengths">') :].partition("</section>")[0]
    assert "<h2>Completion lengths</h2>" in section
    assert "Mean lengths" in section
    assert page.index('id="matrix"') < page.index('id="lengths"') < page.index('id="setup"')
    written = (tmp_path / "report" / "completion_lengths.csv").read_text()
    assert written.startswith("source,mean_tokens\nbase,")


def test_a_module_that_defines_a_section_can_be_imported_first(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import codem_ray_lengths\n"
        "from codem_ray.report.sections import report_sections\n"
        "print(report_sections()['lengths'] is codem_ray_lengths.SECTION)"
    )
    # Called for the package that it installs.
    build(tmp_path, "lengths = codem_ray_lengths:SECTION\n")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr


def test_sections_that_cannot_be_loaded_are_named_and_the_report_is_kept(tmp_path: Path) -> None:
    page, warnings = build(
        tmp_path, "broken = codem_ray_absent:SECTION\nwrong = codem_ray_lengths:compute\n"
    )
    first, second = warnings.strip().splitlines()
    assert "'entry-point-broken'" in first
    assert "No module named 'codem_ray_absent'" in first
    assert "entry point wrong of codem_ray.report_sections is of type function" in second
    assert '<section id="entry-point-broken">' in page
    assert '<section id="matrix" ' in page
    assert (tmp_path / "report" / "transfer_matrix.csv").stat().st_size > 0
