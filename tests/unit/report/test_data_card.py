"""The data card in the report."""

from __future__ import annotations

import json
from pathlib import Path

from synthetic_results import make_results

from codem_ray.config import EvaluationConfig
from codem_ray.report import ReportInputs, build_report
from codem_ray.report.card_tables import card_markdown, card_tables
from codem_ray.report.figures import render_figure
from codem_ray.report.pair_lengths import lengths_figure
from codem_ray.tokens.length_histogram import bin_edges, histogram

EVALUATION = EvaluationConfig(benchmarks=("starter-c",))
CARD = {
    "card_version": 1,
    "sweep": "quick",
    "build": "0123456789ab",
    "base_model": {"path": "starter", "digest": "d"},
    "settings": {"budget": "240 pairs", "template": "a | b\n<c>"},
    "corpora": [{"corpus": "c.jsonl", "licence": "MIT", "rows": 5, "dropped": {"duplicate": 2}}],
    "sources": [{"source": "python", "pairs": 240, "filling": 0.9712}],
    "dropped": {"duplicate": 2, "contaminated": 1},
    "languages": [],
    "benchmarks": [{"benchmark": "starter-go", "pairs_removed": 1}],
    "notes": ["go: 17 pairs are repeated"],
}


def test_page_and_files_contain_the_data_card(tmp_path: Path) -> None:
    results = make_results(with_flaws=False)
    report = build_report(
        ReportInputs(sweep_name="quick", results=results, evaluation=EVALUATION, data_card=CARD),
        tmp_path / "with",
    )
    page = (tmp_path / "with" / "index.html").read_text()
    section = page[page.index('<section id="data">') :]
    section = section[: section.index("</section>")]
    for text in ("MIT", "duplicate: 2", "240 pairs", "0.9712", "go: 17 pairs are repeated"):
        assert text in section
    assert "a | b\n&lt;c&gt;" in section
    names = {path.name for path in report.files}
    assert {"data_card.json", "data_card.md"} <= names
    assert json.loads((tmp_path / "with" / "data_card.json").read_text()) == CARD
    without = build_report(
        ReportInputs(sweep_name="quick", results=results, evaluation=EVALUATION),
        tmp_path / "without",
    )
    assert '<section id="data">' not in (tmp_path / "without" / "index.html").read_text()
    assert "data_card.md" not in {path.name for path in without.files}


def test_markdown_tables_escape_pipes_and_line_breaks() -> None:
    text = card_markdown(CARD)
    assert text.startswith("# Data card of quick\n")
    assert "| template | a \\| b\\n<c> |" in text
    assert "| c.jsonl | MIT | 5 | duplicate: 2 |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_tables_of_a_stored_card_begin_with_the_name_of_the_row() -> None:
    stored = json.loads(json.dumps(CARD, sort_keys=True))
    assert [table.columns[0] for table in card_tables(stored)] == [
        "setting",
        "corpus",
        "source",
        "benchmark",
        "reason",
    ]


def test_lengths_figure_has_a_histogram_per_language() -> None:
    edges = bin_edges(600, limit=512)
    histograms = {
        name: histogram([20 * n for n in range(1, 30)], edges, limit=512)
        for name in ("python", "go", "c", "prose")
    }
    figure = lengths_figure(histograms, unit="tokens", heading="lengths", limit=512)
    assert len(figure.axes) == 4
    text = render_figure(figure, "svg").decode()
    assert "Python: 29, median 300" in text
    assert render_figure(figure, "png").startswith(b"\x89PNG")
