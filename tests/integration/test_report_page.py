"""The report's page in a browser: switch, cells, keyboard, touch, filter, samples in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_page import BROWSER, BrowserPage
from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.records import PromptStyle
from codem_ray.report import ReportInputs, build_report, page
from codem_ray.report.sample_texts import BenchmarkTexts, ProblemText, SampleKey, SampleText

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="neither chromium nor google-chrome is on PATH"),
]
TARGETS = ("c", "cpp", "go", "java")
CELL = '.view[data-view=gain] button[data-row="2"][data-column="2"]'
"""C tested on Java: the rows of base come first."""


def texts(benchmark: str) -> BenchmarkTexts:
    target = benchmark.removeprefix("starter-")
    style = PromptStyle.INSTRUCTION
    trials = ["base", *(f"{source}-0f00d" for source in TARGETS)]
    return BenchmarkTexts(
        problems={
            f"{target}/{number}": ProblemText(
                prompts={style: f"Write number {number} in {target}."}, tests=f"check({number})"
            )
            for number in range(25)
        },
        samples={
            SampleKey(trial, style, f"{target}/{number}", 0): SampleText(
                f"Here </script> it is:\nanswer {number} of {trial}", f"answer {number} of {trial}"
            )
            for trial in trials
            for number in range(25)
        },
    )


def write_report(folder: Path) -> Path:
    inputs = ReportInputs(
        sweep_name="quick<start>",
        results=make_results(sources=("base", *TARGETS), targets=TARGETS, with_flaws=True),
        evaluation=EvaluationConfig(
            benchmarks=("starter-c",), baseline_style=PromptStyle.INSTRUCTION
        ),
        loss_curves={"c-0": [(1, 2)]},
        read_texts=texts,
    )
    return Path(build_report(inputs, folder).page)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tmp_path_factory.mktemp("report"))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[BrowserPage]:
    with BrowserPage(tmp_path / "profile") as opened:
        yield opened
        assert opened.problems == []


def problems_of(browser: BrowserPage) -> list[str]:
    found: list[str] = browser.run(
        "[...document.querySelectorAll('#problems .id')].map(place => place.textContent)"
    )
    return found


def wait_for_samples(browser: BrowserPage) -> None:
    browser.wait_for("document.querySelectorAll('#problems button').length > 0")


def test_the_switch_changes_the_numbers_and_keeps_the_rows(
    browser: BrowserPage, path: Path
) -> None:
    browser.open(path)
    visible = (
        "[...document.querySelectorAll('.view')].filter(view => view.offsetHeight)"
        ".map(view => view.dataset.view)"
    )
    assert browser.run(visible) == ["gain"]
    browser.click("#views label:nth-of-type(2)")
    assert browser.run(visible) == ["score"]
    browser.press("ArrowLeft")
    assert browser.run(visible) == ["gain"]
    names = (
        "[...document.querySelectorAll('.view[data-view={}] tr:not(.margin) th[scope=row]')]"
        ".map(head => head.textContent)"
    )
    gains, scores = (browser.run(names.format(view)) for view in ("gain", "score"))
    assert [name for name in scores if name in gains] == gains


def test_a_click_on_a_cell_shows_both_models_and_only_regressions(
    browser: BrowserPage, path: Path
) -> None:
    browser.open(path)
    browser.click(CELL)
    wait_for_samples(browser)
    assert browser.run("document.getElementById('cell-title').textContent") == "C → Java"
    changed = problems_of(browser)
    browser.click("#filter label:nth-of-type(2)")
    regressions = problems_of(browser)
    browser.click("#filter label:nth-of-type(3)")
    gains = problems_of(browser)
    assert sorted(regressions + gains) == sorted(changed)
    assert gains
    shown = browser.run("document.getElementById('problem').textContent")
    number = gains[0].partition("/")[2]
    assert f"Write number {number} in java." in shown
    for trial in ("base", "c-0f00d"):
        assert f"Here </script> it is:\nanswer {number} of {trial}" in shown
    assert f"check({number})" in shown
    facts = browser.run("document.getElementById('cell-facts').textContent")
    assert f"better on {len(gains)} problems, worse on {len(regressions)}" in facts
    browser.click("#flow path")
    assert len(problems_of(browser)) == int(
        browser.run("document.querySelector('#flow path').getAttribute('aria-label')").split()[0]
    )


def test_cells_and_problems_are_reached_by_the_keyboard(browser: BrowserPage, path: Path) -> None:
    browser.open(path)
    browser.run("document.querySelector('.view[data-view=gain] button').focus()")
    browser.press("ArrowDown", "ArrowRight")
    focused = "document.activeElement.getAttribute('aria-label')"
    label = browser.run(focused)
    expected = browser.run(
        "document.querySelector('.view[data-view=gain] tbody').rows[1]"
        ".querySelectorAll('button')[1]"
        ".getAttribute('aria-label')"
    )
    assert label == expected
    browser.press("Enter")
    wait_for_samples(browser)
    browser.run("document.querySelector('#problems button').focus()")
    browser.press("ArrowDown")
    chosen = browser.run("document.querySelector('#problems [aria-current=true] .id').textContent")
    assert chosen == problems_of(browser)[1]
    browser.press("Escape")
    browser.wait_for("!document.getElementById('cell').open")
    assert browser.run(focused) == label


def test_a_narrow_page_works_by_touch_without_scrolling_sideways(
    browser: BrowserPage, path: Path
) -> None:
    browser.resize(390, 844, is_touch=True)
    browser.open(path)
    assert browser.run("document.documentElement.scrollWidth") <= 390
    browser.tap(CELL)
    wait_for_samples(browser)
    assert browser.run("document.getElementById('cell').scrollWidth") <= 390
    browser.tap("#cell-close")
    browser.wait_for("!document.getElementById('cell').open")


def test_many_samples_are_loaded_from_files_beside_the_page(
    browser: BrowserPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MAX_PACKED_BYTES", 100)
    written = write_report(tmp_path / "report")
    assert "cells-0" not in written.read_text()
    browser.open(written)
    browser.click(CELL)
    wait_for_samples(browser)
    assert "answer" in browser.run("document.getElementById('problem').textContent")
    # Without the files the page says what is missing.
    (tmp_path / "report" / "cells_2.js").unlink()
    browser.open(written)
    browser.click(CELL)
    browser.wait_for("!document.getElementById('cell-note').textContent.startsWith('Unpacking')")
    note = browser.run("document.getElementById('cell-note').textContent")
    assert "cells_2.js is not beside this page" in note
    browser.problems.clear()


def test_the_printed_page_has_the_matrix_and_unfolded_sections(
    browser: BrowserPage, path: Path
) -> None:
    browser.open(path)
    browser.use_media("print")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("document.querySelector('.view[data-view=gain]').offsetHeight") > 100
    assert browser.run("document.querySelectorAll('details:not([open])').length") == 0
    assert browser.run("document.getElementById('views').offsetHeight") == 0


def test_errors_of_a_page_are_seen(tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<script>absent();</script>")
    with BrowserPage(tmp_path / "profile") as browser:
        browser.open(broken)
        assert "absent is not defined" in "".join(browser.problems)
