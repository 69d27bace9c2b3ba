"""`codem-ray replay` judges stored completions again and reports differences."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from stored_sweep import make_stored_sweep

from codem_ray.errors import ConfigError, EnvironmentLackError, ExitCode
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Problem
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.storage import Storage
from codem_ray.sweep.cell_names import choose_cells, find_task
from codem_ray.sweep.stages import CellPlan
from codem_ray.sweep.stored_plan import read_stored

pytestmark = pytest.mark.toolchain
BENCHMARKS = ("starter-python", "starter-c")


def write(cell: CellPlan, problem: Problem) -> Sequence[str]:
    """Write a right answer, a wrong one, none at all, and C that does not compile."""
    number = int(problem.task_id.rpartition("/")[2])
    tag = LANGUAGES[problem.language].fence_tags[0]
    texts = [problem.reference or "", problem.broken[0], "", "    return nothing;\n}\n"]
    text = texts[number % 4]
    if cell.style == "instruction":
        whole = f"Here it is:\n\n```{tag}\n{problem.prompt}{text}```\n"
        return [whole if text else "I cannot say."]
    return [text]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    if lacks := missing_toolchains([LANGUAGES["python"], LANGUAGES["c"]]):
        pytest.skip("; ".join(map(str, lacks)))
    try:
        executor = Executor(open_sandbox("bubblewrap"), num_threads=2)
    except EnvironmentLackError as error:
        pytest.skip(f"no sandbox here: {error}")
    folder = tmp_path_factory.mktemp("runs")
    return make_stored_sweep(folder, executor, write, benchmarks=BENCHMARKS, limit=4)


def replay(storage: Storage, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys\nfrom codem_ray.cli.main import main\ncode = main(sys.argv[1:])\n"
        "heavy = {'torch', 'ray', 'transformers', 'mlflow'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "replay", storage.root, *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_replayed_cell_has_the_stored_outcomes(storage: Storage) -> None:
    done = replay(storage, "base/py/starter-python", "--json")
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    cells = json.loads(done.stdout)
    assert [cell["style"] for cell in cells] == ["completion", "instruction"]
    for cell in cells:
        assert (cell["completions"], cell["differing"]) == (4, [])
        assert cell["outcomes"]["passed"] == 1


def test_one_problem_is_shown_with_prompt_files_and_sandbox_calls(storage: Storage) -> None:
    bad = next(
        task_id for task_id in task_ids(storage, "c") if int(task_id.rpartition("/")[2]) % 4 == 3
    )
    done = replay(storage, f"base/c/starter-c/{bad}", "--style", "instruction")
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    for part in (
        "compile_error; stored: compile_error; the same",
        "--- prompt\n### Instruction:",
        "--- completion",
        "Here it is:",
        "--- answer\n",
        "--- file program.c\n",
        "--- compile: status 1, within its limits",
        "nothing",
        "of 60 CPU-s",
    ):
        assert part in done.stdout, part
    good = next(
        task_id for task_id in task_ids(storage, "c") if int(task_id.rpartition("/")[2]) % 4 == 0
    )
    (shown, _) = json.loads(replay(storage, f"base/c/starter-c/{good}", "--json").stdout)
    assert [call["role"] for call in shown["calls"]][-2:] == ["compile", "run"]
    assert shown["calls"][-1]["report"].startswith("<secret> ok")
    assert (shown["stored"], shown["now"]) == ("passed", "passed")


def test_a_difference_is_named_and_exits_4(storage: Storage, tmp_path: Path) -> None:
    copy = Storage(str(tmp_path / "copy"))
    copy.put_folder(storage.local_path(), "")
    (path,) = copy.local_path().glob("trials/*/execute/starter-python.completion.*/verdicts*")
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    changed = next(row for row in rows if row["verdict"]["outcome"] == "wrong_answer")
    changed["verdict"]["outcome"] = "passed"
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    done = replay(copy, "base/python/starter-python", "--style", "completion")
    assert done.returncode == ExitCode.INCOMPLETE
    assert "4 completions, 1 differ" in done.stdout
    assert f"{changed['completion']['task_id']}, sample 0: passed stored" in done.stdout


def test_damaged_verdicts_are_an_incomplete_cell(storage: Storage, tmp_path: Path) -> None:
    copy = Storage(str(tmp_path / "copy"))
    copy.put_folder(storage.local_path(), "")
    (path,) = copy.local_path().glob("trials/*/execute/starter-c.completion.*/verdicts*")
    path.write_bytes(path.read_bytes()[:50])
    done = replay(copy, "base/c/starter-c", "--style", "completion")
    assert done.returncode == ExitCode.INCOMPLETE
    (line,) = done.stderr.splitlines()
    assert f"remove {path.parent} and run the sweep again, then repeat this command" in line


def test_an_incomplete_cell_and_an_unknown_one_are_refused_with_the_next_step(
    storage: Storage, tmp_path: Path
) -> None:
    copy = Storage(str(tmp_path / "copy"))
    copy.put_folder(storage.local_path(), "")
    for path in copy.local_path().glob("trials/*/execute/starter-c.completion.*/manifest.json"):
        path.unlink()
    done = replay(copy, "base/c/starter-c", "--style", "completion")
    assert done.returncode == ExitCode.INCOMPLETE
    assert "codem-ray run" in done.stderr
    done = replay(copy, "java/c/starter-c")
    assert done.returncode == ExitCode.CONFIG
    assert "starter-python (instruction)" in done.stderr


def test_an_unambiguous_prefix_names_a_cell(storage: Storage) -> None:
    cells = read_stored(storage).cells
    for wanted in ("base/python/starter-python", "b/py/starter", "base/pyt", "base/python/"):
        chosen, task = choose_cells(cells, wanted)
        assert {cell.benchmark for cell in chosen} == {"starter-python"}, wanted
        assert (len(chosen), task) == (2, "")
    chosen, task = choose_cells(cells, "base/c/starter-c/starter/a/3", "completion")
    assert ([str(cell.style) for cell in chosen], task) == (["completion"], "starter/a/3")
    for wanted in ("", "base", "base/go/starter-go", "base/python/humaneval"):
        with pytest.raises(ConfigError, match="starter-python"):
            choose_cells(cells, wanted)


def test_a_task_id_is_found_by_its_end() -> None:
    assert find_task(["Python/3", "Python/13"], "Python/3") == "Python/3"
    assert find_task(["Python/3", "Python/13"], "3") == "Python/3"
    with pytest.raises(ConfigError, match="it has 2, such as Python/3"):
        find_task(["Python/3", "Python/13"], "Python/33")


def task_ids(storage: Storage, target: str) -> list[str]:
    (path, _) = storage.local_path().glob(f"trials/*/execute/starter-{target}.*/verdicts*")
    lines = gzip.decompress(path.read_bytes()).splitlines()
    return [json.loads(line)["completion"]["task_id"] for line in lines]
