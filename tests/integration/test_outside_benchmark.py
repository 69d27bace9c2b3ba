"""Another package adds a benchmark by an entry point; no file of codem_ray changes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from outside_package import install, python

from codem_ray.errors import ExitCode

MODULE = Path(__file__).parents[1] / "support" / "outside" / "codem_ray_kata.py"
ROWS = [json.loads(line) for line in MODULE.with_name("kata.jsonl").read_text().splitlines()]


def test_the_docs_page_shows_this_example() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "add-benchmark.md"
    assert MODULE.read_text() in page.read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    install(site, MODULE, "codem_ray.benchmarks", "FAMILY")
    return site


def codem_ray(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(site, "-m", "codem_ray", *arguments)


def test_its_problems_load_and_it_passes_the_contract(site: Path) -> None:
    code = "from codem_ray.benchmarks import load; print([p.task_id for p in load('kata-python')])"
    done = python(site, "-c", code)
    assert done.stdout == f"{[row['kata'] for row in ROWS]}\n", done.stderr
    contract = Path(__file__).parents[1] / "contract" / "benchmarks"
    done = python(site, "-m", "pytest", "-q", "-k", "kata-python", str(contract))
    assert done.returncode == 0, done.stdout
    assert " 6 passed" in f" {done.stdout.splitlines()[-1]}"


def test_ls_benchmarks_lists_it(site: Path) -> None:
    listed = json.loads(codem_ray(site, "ls", "benchmarks", "--json").stdout)
    [kata] = [one for one in listed if one["name"] == "kata-python"]
    assert (kata["language"], kata["licence"], kata["data"]) == ("python", "CC0-1.0", "here")


def test_a_file_in_its_format_is_recognised(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n")
    code = f"from codem_ray.benchmarks import resolve; print(resolve({str(path)!r})[0].title)"
    assert python(site, "-c", code).stdout == "Kata\n"


@pytest.mark.toolchain
def test_a_file_of_completions_is_scored(site: Path, tmp_path: Path) -> None:
    texts = [ROWS[0]["solution"], ROWS[1]["solution"], "    return values[0]\n"]
    rows = [
        {"task_id": row["kata"], "completion": text} for row, text in zip(ROWS, texts, strict=True)
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = codem_ray(
        site, "evaluate", "--completions", str(path), "--benchmark", "kata-python", "--json"
    )
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    score = json.loads(done.stdout)
    assert score["pass_at_k"]["1"]["pass_at_k"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("FAMILY = BenchmarkFamily(", "FAMILY = dict("), "not BenchmarkFamily"),
        (
            ('name="kata-python"', 'name="starter-python"'),
            "adds 'starter-python', a name",
        ),
        (('language="python",', 'language="cobol",'), "in the unknown language 'cobol'"),
    ],
)
def test_a_wrong_entry_point_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    module = tmp_path / "codem_ray_wrong.py"
    module.write_text(MODULE.read_text().replace(*change))
    install(tmp_path / "site", module, "codem_ray.benchmarks", "FAMILY")
    done = codem_ray(tmp_path / "site", "ls", "benchmarks")
    assert done.returncode == ExitCode.CONFIG
    assert "entry point own of codem_ray.benchmarks" in done.stderr
    assert complaint in done.stderr
