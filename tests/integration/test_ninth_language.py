"""A package can add a language with one file and an entry point, as the docs show."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from outside_package import ROOT, install, python

from codem_ray.errors import ExitCode

pytestmark = pytest.mark.toolchain
FILE = Path(__file__).parents[1] / "support" / "ninth" / "codem_ray_perl.py"
CONSTANT = "sub {name} {{\n    my ($n) = @_;\n"
# name, right expression, wrong expression, and two values with their results
FUNCTIONS = (
    ("twice", "2 * $n", "$n + 2", ((3, 6), (-4, -8))),
    ("square", "$n * $n", "2 * $n", ((3, 9), (-4, 16))),
    ("negate", "-$n", "abs($n)", ((3, -3), (-4, 4))),
    ("next_one", "$n + 1", "$n - 1", ((3, 4), (-4, -3))),
)
SWEEP = """
name: nine
base_model: {{path: starter}}
sources: [base, pl, python]
data: {{corpora: [{{path: starter}}, {{path: {corpus}, licence: CC0-1.0}}], pairs: 30,
       template: short, max_tokens: 256, decontaminate: false}}
generation: {{max_new_tokens: 128}}
evaluation: {{benchmarks: [starter-python, {benchmark}]}}
storage: {{path: {storage}}}
"""
STORED = """
import sys
from pathlib import Path
from stored_sweep import make_stored_sweep
from codem_ray.execution.executor import Executor
from codem_ray.report.matrix_layout import lay_out_matrix
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sweep.sweep_report import build_sweep_report

def write(cell, problem):
    # the first two are right, the last two are not
    is_right = problem.task_id in ("perl/0", "perl/1")
    text = problem.reference if is_right else problem.broken[0]
    if cell.style == "completion":
        return [text]
    return [f"Sure, here it is:\\n\\n```perl\\n{problem.prompt}{text}```\\nIt works."]

storage = make_stored_sweep(
    Path(sys.argv[1]), Executor(open_sandbox("bubblewrap")), write,
    benchmarks=["starter-python", sys.argv[2]], limit=4,
)
report = build_sweep_report(storage)
print([(column.target, column.label) for column in lay_out_matrix(report.cells).columns])
print(sorted((c.target, str(c.prompt_style), c.value) for c in report.cells))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed")
    folder = tmp_path_factory.mktemp("perl")
    install(folder / "site", FILE, "codem_ray.languages", "LANGUAGE")
    problems, pairs = [], []
    for number, (name, right, wrong, values) in enumerate(FUNCTIONS):
        prompt = CONSTANT.format(name=name)
        instruction = f"Write a Perl function `{name}($n)` that returns {right}."
        problems.append(
            {
                "task_id": f"perl/{number}",
                "language": "perl",
                "prompt": prompt,
                "instruction": instruction,
                "tests": "".join(f"ok({name}({at}) == {value});\n" for at, value in values),
                "reference": f"    return {right};\n}}\n",
                "broken": [f"    return {wrong};\n}}\n"],
                "entry_point": name,
                "group": name,
                "licence": "CC0-1.0",
            }
        )
    for number in range(40):
        code = f"sub add_{number} {{\n    my ($n) = @_;\n    return $n + {number};\n}}\n"
        pairs.append({"instruction": f"Write a Perl function that adds {number}.", "output": code})
    for name, rows in (("perl-problems", problems), ("pairs", pairs)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text)
    return folder


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder / "site", "-m", "codem_ray", *arguments)


def test_page_shows_this_language() -> None:
    page = (ROOT / "docs" / "how-to" / "add-language.md").read_text(encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") in page


def test_lists_doctor_schema_and_docs_include_the_language(folder: Path) -> None:
    listed = json.loads(command(folder, "ls", "languages", "--json").stdout)
    assert [language["title"] for language in listed][-1] == "Perl"
    assert len(listed) == 9
    found = json.loads(command(folder, "doctor", "--json").stdout)
    (perl,) = (check for check in found if check["name"] == "Perl")
    assert perl["is_present"]
    assert perl["detail"].startswith("v5.")
    code = (
        "from codem_ray.config import sweep_schema\n"
        "from codem_ray.languages import LANGUAGES\n"
        "from codem_ray.languages.page import languages_page\n"
        "print('\"perl\"' in sweep_schema(), '| Perl | `perl`' in languages_page("
        "LANGUAGES.values()))\n"
    )
    assert python(folder / "site", "-c", code).stdout == "True True\n"


def test_samples_run_in_the_sandbox(folder: Path) -> None:
    code = (
        "from codem_ray.execution.samples import check_samples, sample_outcomes\n"
        "from codem_ray.languages import LANGUAGES\n"
        "from codem_ray.sandbox.backends import open_sandbox\n"
        "spec = LANGUAGES['perl']\n"
        "print(len(sample_outcomes(spec)), check_samples(spec, open_sandbox('bubblewrap')))\n"
    )
    done = python(folder / "site", "-c", code)
    assert done.stdout == "5 []\n", done.stdout + done.stderr


def test_sweep_accepts_the_language_as_source_and_its_problems_as_benchmark(folder: Path) -> None:
    sweep = folder / "nine.yaml"
    fields = {
        "corpus": folder / "pairs.jsonl",
        "benchmark": folder / "perl-problems.jsonl",
        "storage": folder / "runs",
    }
    sweep.write_text(SWEEP.format(**fields))
    done = command(folder, "plan", str(sweep), "--json")
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    plan = json.loads(done.stdout)
    assert [trial["source"] for trial in plan["trials"]] == ["base", "perl", "python"]
    assert next(trial["pairs"] for trial in plan["trials"] if trial["source"] == "perl") == 30
    assert {benchmark["target"] for benchmark in plan["benchmarks"]} == {"python", "perl"}
    sweep.write_text(SWEEP.format(**fields).replace("pl,", "perll,"))
    done = command(folder, "plan", str(sweep))
    assert done.returncode == ExitCode.CONFIG
    assert "did you mean perl" in done.stderr


def test_gate_runs_references_controls_and_mutants(folder: Path) -> None:
    file = str(folder / "perl-problems.jsonl")
    done = command(folder, "validate", "--benchmark", file, "--json", "--no-cache")
    assert done.returncode == ExitCode.COMPLETE, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)
    assert (report["references_passed"], report["controls_failed"]) == (4, 4)
    assert report["mutants_killed"] >= 3


def test_matrix_has_a_column_for_the_language(folder: Path) -> None:
    problems = str(folder / "perl-problems.jsonl")
    done = python(folder / "site", "-c", STORED, str(folder / "stored"), problems)
    assert done.returncode == 0, done.stderr
    columns, scores = done.stdout.splitlines()[-2:]
    assert columns == "[('python', 'Python'), ('perl', 'Perl')]"
    assert "('perl', 'completion', 0.5), ('perl', 'instruction', 0.5)" in scores
    table = next((folder / "stored").glob("*/report/transfer_matrix.csv")).read_text()
    assert any(",perl," in line for line in table.splitlines())
