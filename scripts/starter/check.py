"""Run the starter benchmark's references and broken controls with this machine's compilers."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.starter.assets import benchmark_path
from codem_ray.starter.rows import LANGUAGES

_RUN_SECONDS = 5
_NODE_PACKAGES = ("jsdom@26", "typescript@5")


@dataclass(frozen=True, slots=True)
class Program:
    """A whole answer and the tests that judge it."""

    code: str
    tests: str


def read_benchmark(language: str) -> list[dict[str, Any]]:
    """Read the problems of a target."""
    with gzip.open(benchmark_path(language), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _ends_well(command: Sequence[str | Path], folder: Path) -> bool:
    try:
        ended = subprocess.run(
            list(map(str, command)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def _each(programs: Sequence[Program], judge: Callable[[int, Program], bool]) -> list[bool]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(judge, range(len(programs)), programs))


def _python(programs: Sequence[Program], folder: Path) -> list[bool]:
    def judge(index: int, program: Program) -> bool:
        path = folder / f"p{index}.py"
        path.write_text(f"{program.code}\n{program.tests}")
        return _ends_well([sys.executable, "-I", "-S", path], folder)

    return _each(programs, judge)


def _javascript(programs: Sequence[Program], folder: Path) -> list[bool]:
    def judge(index: int, program: Program) -> bool:
        path = folder / f"p{index}.js"
        path.write_text(f"{program.code}\n{program.tests}")
        return _ends_well(["node", path], folder)

    return _each(programs, judge)


def node_modules() -> Path | None:
    """Install jsdom and TypeScript into a folder that later calls use again."""
    folder = Path(tempfile.gettempdir()) / "codem_ray_starter_node"
    if (folder / "node_modules" / "jsdom").is_dir():
        return folder
    if shutil.which("npm") is None:
        return None
    folder.mkdir(exist_ok=True)
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    ended = subprocess.run([*command, *_NODE_PACKAGES], capture_output=True, check=False)
    return folder if ended.returncode == 0 else None


def _typescript(programs: Sequence[Program], folder: Path) -> list[bool] | None:
    installed = node_modules()
    if installed is None:
        return None
    for index, program in enumerate(programs):
        # Without an export every file would share one scope with all others.
        text = f"{program.code}\n{program.tests}\nexport {{}};\n"
        (folder / f"p{index}.ts").write_text(text)
    tsc = installed / "node_modules" / "typescript" / "bin" / "tsc"
    files = [f"p{index}.ts" for index in range(len(programs))]
    options = ["--strict", "--target", "es2022", "--module", "commonjs"]
    compiled = subprocess.run(
        ["node", str(tsc), *options, *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    refused = {int(number) for number in re.findall(r"^p(\d+)\.ts\(", compiled.stdout, re.M)}

    def judge(index: int, program: Program) -> bool:
        return index not in refused and _ends_well(["node", f"p{index}.js"], folder)

    return _each(programs, judge)


def _compiled(compiler: str, suffix: str, standard: str) -> Callable[..., list[bool]]:
    def run(programs: Sequence[Program], folder: Path) -> list[bool]:
        def judge(index: int, program: Program) -> bool:
            path = folder / f"p{index}{suffix}"
            path.write_text(f"{program.code}\n{program.tests}")
            binary = path.with_suffix(".out")
            command = [compiler, standard, "-w", "-O0", "-o", str(binary), str(path)]
            built = subprocess.run(command, capture_output=True, check=False)
            return built.returncode == 0 and _ends_well([binary], folder)

        return _each(programs, judge)

    return run


_JAVA_RUNNER = """
public class Runner {
    public static void main(String[] names) throws Exception {
        for (String name : names) {
            boolean[] passed = {false};
            Thread thread = new Thread(() -> {
                try {
                    Class.forName(name + ".Main").getMethod("main", String[].class)
                        .invoke(null, (Object) new String[0]);
                    passed[0] = true;
                } catch (Throwable failure) {
                }
            });
            thread.setDaemon(true);
            thread.start();
            thread.join(3000);
            System.out.println(name + " " + passed[0]);
        }
        System.exit(0);
    }
}
"""


def _java(programs: Sequence[Program], folder: Path) -> list[bool]:
    left = set(range(len(programs)))
    for index, program in enumerate(programs):
        package = folder / f"p{index}"
        package.mkdir()
        (package / "Solution.java").write_text(f"package p{index};\n{program.code}")
        (package / "Main.java").write_text(f"package p{index};\n{program.tests}")
    (folder / "Runner.java").write_text(_JAVA_RUNNER)
    while True:
        files = [f"p{i}/{name}.java" for i in sorted(left) for name in ("Solution", "Main")]
        built = subprocess.run(
            ["javac", "-nowarn", "-Xmaxerrs", "10000", "-d", "out", "Runner.java", *files],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        refused = {int(n) for n in re.findall(r"^p(\d+)/\w+\.java:\d+: error", built.stderr, re.M)}
        if built.returncode == 0:
            break
        if not refused:
            raise RuntimeError(built.stderr[:2000])
        left -= refused
    names = [f"p{index}" for index in sorted(left)]
    ran = subprocess.run(
        ["java", "-cp", "out", "Runner", *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"p{index} true" in ran.stdout.splitlines() for index in range(len(programs))]


def _go(programs: Sequence[Program], folder: Path) -> list[bool]:
    (folder / "go.mod").write_text("module starter\n\ngo 1.19\n")
    left = set(range(len(programs)))
    for index, program in enumerate(programs):
        for name, text in ((f"p{index}.go", program.code), (f"p{index}_test.go", program.tests)):
            # One package holds all programs, so names carry the program's number.
            numbered = re.sub(r"\b(solve|TestSolve)\b", rf"\g<1>_{index}", text)
            (folder / name).write_text(f"package starter\n\n{numbered}")
    while True:
        built = subprocess.run(
            ["go", "test", "-c", "-vet=off", "-gcflags=-e", "-o", "all.test"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode == 0:
            break
        refused = {int(n) for n in re.findall(r"\bp(\d+)(?:_test)?\.go:\d+", built.stderr)}
        if not refused & left:
            raise RuntimeError(built.stderr[:2000])
        for index in refused & left:
            (folder / f"p{index}.go").unlink()
            (folder / f"p{index}_test.go").unlink()
        left -= refused
        if not left:
            return [False] * len(programs)

    def judge(index: int, program: Program) -> bool:
        if index not in left:
            return False
        return _ends_well([folder / "all.test", f"-test.run=^TestSolve_{index}$"], folder)

    return _each(programs, judge)


_DOM_RUNNER = """
const fs = require('node:fs');
const assert = require('node:assert');
const { JSDOM } = require('jsdom');
const verdicts = JSON.parse(fs.readFileSync(process.argv[2])).map(([page, tests]) => {
  try {
    const document = new JSDOM(page).window.document;
    new Function('document', 'assert', JSON.parse(tests).script)(document, assert);
    return true;
  } catch (failure) {
    return false;
  }
});
console.log(JSON.stringify(verdicts));
"""


def _html(programs: Sequence[Program], folder: Path) -> list[bool] | None:
    installed = node_modules()
    if installed is None:
        return None
    # Node looks for packages beside the script, not beside the working directory.
    script = installed / "check_pages.cjs"
    script.write_text(_DOM_RUNNER)
    cases = folder / "cases.json"
    cases.write_text(json.dumps([(program.code, program.tests) for program in programs]))
    ran = subprocess.run(
        ["node", str(script), str(cases)], capture_output=True, text=True, check=True
    )
    verdicts: list[bool] = json.loads(ran.stdout)
    return verdicts


_JUDGES: dict[str, Callable[[Sequence[Program], Path], list[bool] | None]] = {
    "python": _python,
    "javascript": _javascript,
    "typescript": _typescript,
    "c": _compiled("gcc", ".c", "-std=c17"),
    "cpp": _compiled("g++", ".cpp", "-std=c++17"),
    "java": _java,
    "go": _go,
    "html": _html,
}


def verdicts(language: str, programs: Sequence[Program]) -> list[bool] | None:
    """Say which programs pass their tests; None where this machine lacks what it takes."""
    with tempfile.TemporaryDirectory() as folder:
        return _JUDGES[language](programs, Path(folder))


def check(language: str) -> bool:
    """Print how many references pass and broken controls fail; true if all do."""
    problems = read_benchmark(language)
    references = [Program(p["prompt"] + p["reference"], p["tests"]) for p in problems]
    broken = [Program(p["prompt"] + text, p["tests"]) for p in problems for text in p["broken"]]
    found = verdicts(language, references + broken)
    if found is None:
        print(f"{language:12} not run: npm or its registry is missing", flush=True)
        return False
    passed, killed = sum(found[: len(references)]), len(broken) - sum(found[len(references) :])
    print(
        f"{language:12} {passed:3}/{len(references)} references pass  "
        f"{killed:3}/{len(broken)} broken controls fail",
        flush=True,
    )
    for problem, is_right in zip(problems, found, strict=False):
        if not is_right:
            print(f"  reference fails: {problem['task_id']}")
    return passed == len(references) and killed == len(broken)


def main() -> int:
    """Check the languages named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=list(LANGUAGES))
    names = parser.parse_args().languages
    results = [check(language) for language in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
