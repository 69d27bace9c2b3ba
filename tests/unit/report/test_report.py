"""The report's tables, figures, sentences and page."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.image
import pandas as pd
import pytest
from html_elements import Elements
from synthetic_results import make_results, make_row

from codem_ray.analysis import CellKey, transfer_matrix
from codem_ray.config import EvaluationConfig
from codem_ray.errors import StorageError
from codem_ray.records import PromptStyle
from codem_ray.report import (
    RenderedSection,
    ReportData,
    ReportInputs,
    ReportSection,
    SweepReport,
    build_report,
)
from codem_ray.report.fact_tables import format_fact
from codem_ray.report.matrix_figure import draw_matrix
from codem_ray.report.matrix_layout import format_percent, lay_out_matrix
from codem_ray.report.sections import report_sections
from codem_ray.report.views import make_views

GOLDEN = Path(__file__).parents[2] / "golden" / "report"
MISSING = CellKey("prose", 0, "starter-go", PromptStyle.INSTRUCTION)


def inputs(results: pd.DataFrame, **fields: object) -> ReportInputs:
    return ReportInputs(
        sweep_name="quick<start>",
        results=results,
        evaluation=EvaluationConfig(benchmarks=("starter-c",)),
        **fields,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "report"


@pytest.fixture(scope="module")
def report(folder: Path) -> SweepReport:
    curve = [(step, 2 / step) for step in range(1, 30)]
    return build_report(
        inputs(
            make_results(with_flaws=True),
            expected=[MISSING],
            sweep={"evaluation": {"benchmarks": ["starter-c"]}},
            training_facts=[{"trial": "c-0", "tokens": 1234567, "note": "<b>"}, {"seconds": 1.5}],
            loss_curves={"c-0": curve},
            environment={"sandbox": "bubblewrap", "memory limit": None},
            warnings=["Memory is polled."],
        ),
        folder,
    )


@pytest.fixture(scope="module")
def page(report: SweepReport, folder: Path) -> str:
    return (folder / "index.html").read_text()


def test_all_files_of_the_report_are_written(report: SweepReport, folder: Path) -> None:
    names = {path.name for path in report.files}
    assert names == {path.name for path in folder.iterdir()}
    assert {
        "index.html",
        "transfer_matrix.csv",
        "common_subset.csv",
        "transfer_matrix.tex",
        "transfer_matrix.md",
        "citation.bib",
        "matrix_gain.svg",
        "matrix_residual.svg",
        "matrix_score.svg",
        "loss.svg",
        "loss.png",
    } == names
    assert (folder / "transfer_matrix.csv").read_text() == (
        GOLDEN / "transfer_matrix.csv"
    ).read_text()


def test_report_lists_missing_and_incomplete_cells(report: SweepReport) -> None:
    assert report.missing == (MISSING,)
    assert not report.is_complete
    assert "prose" in report.warnings[0]
    assert "mixed × starter-go" in report.warnings[1]
    assert "11 answers are not run" in report.warnings[2]
    assert report.warnings[3] == "Memory is polled."


def test_complete_results_make_a_complete_report_without_warnings(tmp_path: Path) -> None:
    results = make_results(sources=("base", "c"), targets=("c",), num_problems=4)
    made = build_report(inputs(results), tmp_path)
    assert made.is_complete
    assert made.warnings == ()
    assert 'role="alert"' not in (tmp_path / "index.html").read_text()


def test_limited_results_are_marked_on_the_page_and_in_the_figures(tmp_path: Path) -> None:
    results = make_results(targets=("c",), sources=("base", "c"), num_problems=4)
    results["is_limited"] = True
    made = build_report(inputs(results), tmp_path)
    assert "--limit" in made.warnings[0]
    assert (tmp_path / "matrix_score.svg").read_text().count("limited") == 1
    assert "Limited: only the first problems" in (tmp_path / "index.html").read_text()


def test_page_refers_to_no_external_address(page: str) -> None:
    assert not re.findall(r"(?i)\b(?:https?|ftp|file):|//\w+\.\w", page)
    for tag, attributes in Elements(page).found:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith(("#", "data:"))
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_page_is_well_formed_and_its_links_have_targets(page: str) -> None:
    elements = Elements(page)
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if attributes.get("id")]
    assert len(ids) == len(set(ids))
    links = [a.get("href") or "" for tag, a in elements.found if tag == "a"]
    targets = {link[1:] for link in links if link.startswith("#")}
    assert targets <= set(ids)


def test_page_escapes_names_and_facts(page: str) -> None:
    assert "</small> quick&lt;start&gt;</h1>" in page
    assert "&lt;b&gt;" in page


def test_page_puts_warnings_before_the_headline_and_shows_all_facts(
    page: str, report: SweepReport
) -> None:
    assert page.index("Read this first") < page.index(report.headline[:40])
    for text in ("1,234,567", "bubblewrap", "Memory is polled.", "incomplete", "wrong_answer"):
        assert text in page
    assert page.count("<button") >= 2 * 80


def test_figures_are_not_empty_and_show_each_score(folder: Path, report: SweepReport) -> None:
    pixels = matplotlib.image.imread(folder / "loss.png")
    assert min(pixels.shape[:2]) > 300
    assert len({tuple(pixel) for pixel in pixels[::7, ::7, :3].reshape(-1, 3)}) > 10
    figure = ElementTree.parse(folder / "matrix_score.svg")
    texts = {text.text for text in figure.iterfind(".//{*}text")}
    for cell in report.cells:
        assert cell.value is not None
        score = format_percent(cell.value, cell.problems)
        assert {score, f"{score} ●"} & texts


def test_equal_results_make_equal_pages(tmp_path: Path) -> None:
    results = make_results(sources=("base", "c"), targets=("c", "go"), num_problems=4)
    for name in ("one", "two"):
        build_report(inputs(results), tmp_path / name)
    for name in ("matrix_score.svg", "matrix_gain.svg", "index.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_incomplete_cells_are_hatched_and_others_are_not(folder: Path, report: SweepReport) -> None:
    whole = ReportData(inputs(make_results(targets=("c",), num_problems=6)))
    assert "url(#gap)" not in draw_matrix(make_views(whole)[1], heading="", alpha=0.05)
    assert "url(#gap)" in (folder / "matrix_score.svg").read_text()


def test_rows_and_columns_are_in_reading_order_with_base_in_both_styles() -> None:
    results = make_results(
        sources=("mixed", "go", "c-then-go", "prose", "base", "python"),
        targets=("html", "c"),
        num_problems=3,
    )
    matrix = lay_out_matrix(transfer_matrix(results))
    assert [row.label for row in matrix.rows] == [
        "base · completion",
        "base · instruction",
        "Python",
        "Go",
        "C → Go",
        "mixed",
        "prose",
    ]
    assert [column.label for column in matrix.columns] == ["C", "HTML"]


def test_two_benchmarks_of_one_target_are_two_columns() -> None:
    results = make_results(sources=("base", "c"), targets=("c",), num_problems=3)
    other = results.assign(benchmark="mceval-c")
    matrix = lay_out_matrix(transfer_matrix(pd.concat([results, other])))
    assert [column.label for column in matrix.columns] == ["C\nstarter-c", "C\nmceval-c"]


def test_report_of_results_without_base_or_verdicts_is_still_drawn(tmp_path: Path) -> None:
    results = make_results(sources=("c",), targets=("go",), num_problems=3)
    results["outcome"] = "infrastructure_error"
    made = build_report(inputs(results), tmp_path)
    assert not made.is_complete
    assert "base is not among the models" in (tmp_path / "index.html").read_text()


def test_percent_has_a_decimal_only_for_enough_problems_and_no_negative_zero() -> None:
    assert format_percent(0.5, 25) == "50"
    assert format_percent(0.123, 164) == "12.3"
    assert format_percent(-0.04, 25, is_signed=True) == "−4"
    assert format_percent(-0.0001, 25, is_signed=True) == "0"


def test_facts_are_formatted_for_readers() -> None:
    assert [
        format_fact(value) for value in (None, True, 12345, 0.12345, [1, "a"], {"k": False})
    ] == [
        "–",
        "yes",
        "12,345",
        "0.1235",
        "1, a",
        "k: no",
    ]


def test_unwritable_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file, no folder")
    results = make_results(sources=("base", "c"), targets=("c",), num_problems=3)
    with pytest.raises(StorageError, match=r"storage\.path"):
        build_report(inputs(results), tmp_path / "report")


def test_languages_are_compared_on_the_problems_that_all_of_them_have(tmp_path: Path) -> None:
    rows = [
        replace(
            make_row(source, target, number, style=PromptStyle.COMPLETION),
            common_id=f"starter/{number}" if target != "html" else "",
        )
        for source in ("base", "java")
        for target in ("python", "java", "html")
        for number in range(4 if target == "python" else 0, 25)
    ]
    results = pd.DataFrame([asdict(row) for row in rows])
    build_report(inputs(results), tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "starter: the 21 problems that all 2 benchmarks have" in page
    assert "hardest first: " in page
    assert "Best source over all targets: Java" in page
    lines = (tmp_path / "common_subset.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * 3
    assert all(line.split(",")[7] == "21" for line in lines[1:])


def failing(order: int) -> ReportSection[str]:
    def compute(data: ReportData) -> str:
        raise ValueError(f"no <figure> of {data.inputs.sweep_name}")

    return ReportSection(
        name="failing",
        title="A failing section",
        order=order,
        compute=compute,
        render=lambda result: RenderedSection(html=result),
    )


def small_inputs() -> ReportInputs:
    return inputs(make_results(sources=("base", "c"), targets=("c",), num_problems=3))


def test_a_failing_section_is_described_in_its_place_and_in_the_warnings(tmp_path: Path) -> None:
    other = report_sections()["setup"]
    made = build_report(small_inputs(), tmp_path, [other, failing(order=1)])
    assert made.warnings == (
        "section 'failing' of the report failed: ValueError: no <figure> of quick<start>",
    )
    page = (tmp_path / "index.html").read_text()
    assert page.index('<section id="failing">') < page.index('<section id="setup">')
    assert "ValueError: no &lt;figure&gt; of quick&lt;start&gt;" in page
    assert "Traceback" in page
    assert (tmp_path / "transfer_matrix.csv").exists()


@pytest.mark.parametrize("name", ["index.html", "transfer_matrix.csv", "matrix_score.svg", "../x"])
def test_a_section_cannot_replace_another_file(tmp_path: Path, name: str) -> None:
    section = ReportSection(
        name="greedy",
        title="Greedy",
        order=10_000,
        compute=lambda data: data.inputs.sweep_name,
        render=lambda result: RenderedSection(html="<p>me</p>", files={name: b"me"}),
    )
    made = build_report(small_inputs(), tmp_path / "report", [section])
    assert f"it writes the file {name!r}" in made.warnings[0]
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "report" / "index.html").read_bytes() != b"me"


def test_unfinished_cells_make_the_report_incomplete(tmp_path: Path) -> None:
    unfinished = replace(small_inputs(), unfinished=("c/go/starter-go (instruction)",))
    assert build_report(small_inputs(), tmp_path).is_complete
    assert not build_report(unfinished, tmp_path).is_complete
