"""tsc and javac that start from what an earlier start has read decide as they do without it."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from codem_ray.errors import ToolchainError
from codem_ray.execution.building import Builder
from codem_ray.execution.staging import stage_harness
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import Program, Unit
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.toolchain

ANSWERS = {
    "typescript": {
        "right": "const double = (n: number[]): number[] => n.map((x) => 2 * x);",
        "name of a sample": "const twice = (n: number[]) => double(n);\n"
        "const double = (n: number[]): number[] => twice(n);",
        "nothing": "",
        "type of a sample's own": "interface Array<T> { odd: T }\n"
        "function double(n: number[]): number[] { return [n.odd]; }",
        "no such type": "function double(n: number[]): Odd { return n; }",
        "library of a page": "function double(n: number[]): number[] {\n"
        "  return document.title ? n : n.map((x) => 2 * x);\n}",
        "module": "import * as path from 'path';\nexport function double(n: number[]): number[] {\n"
        "  return n.map((x) => 2 * x + path.sep.length);\n}",
        "no such module": "import { x } from './u0/answer';\nconst double = x;",
        "new in the language": "class A { #n = 2; get n() { return this.#n; } }\n"
        "const double = (n: number[]): number[] => n.flatMap((x) => [x * new A().n]);",
        "generic and conditional": "type E<T> = T extends (infer U)[] ? U : never;\n"
        "function double<T extends number[]>(n: T): E<T>[] {\n"
        "  return n.map((x) => (2 * x) as E<T>);\n}",
        "breaks off": "function double(n: number[]): number[] {\n  return n.map((x) => `${2 * ",
        "deeply nested": "const double = (n: number[]): number[] => n.map((x) => "
        f"{'(' * 1500}2 * x{')' * 1500});",
        "later than the target": "function double(n: number[]): number[] { return n.toSorted(); }",
    },
    "java": {
        "right": "class Solution { public int twice(int n) { return 2 * n; } }",
        "nothing": "",
        "no such type": "class Solution { public Odd twice(int n) { return 2 * n; } }",
        "a sample's own": "class Solution { public int twice(int n) { return Answer.twice(n); } }",
        "lambda and stream": "import java.util.stream.*;\nclass Solution { public int "
        "twice(int n) { return IntStream.of(n, n).map(x -> x).sum(); } }",
        "record and switch": "record R(int n) {}\nclass Solution { public int twice(int n) { "
        "return switch (n) { case 0 -> 0; default -> new R(2 * n).n(); }; } }",
        "breaks off": "class Solution { public int twice(int n) { return 2 *",
        "processor": "import javax.annotation.processing.*;\nclass Solution { public int "
        "twice(int n) { return 2 * n; } }",
        "two errors": "class Solution { public int twice(int n) { int n = 1; return x; } }",
    },
}


def _outcomes(language: str, harness: Path, cache: Path | None, root: Path) -> dict[str, object]:
    """Return what each answer came to: what was said of it, or what was made of it."""
    spec = LANGUAGES[language]
    assert spec.build is not None
    units = {
        f"u{number}": Unit(name=f"u{number}", problem=spec.sample_problem, answer=answer)
        for number, answer in enumerate(ANSWERS[language].values())
    }
    programs = [Program(unit, spec.assemble(unit)) for unit in units.values()]
    root.mkdir()
    builder = Builder(BubblewrapSandbox(), spec.build, harness, cache)
    built = builder.build(programs, root)
    outcomes: dict[str, object] = {}
    for kind, name in zip(ANSWERS[language], units, strict=True):
        folder = built[name].folder
        outcomes[kind] = (
            (built[name].outcome, built[name].message)
            if folder is None
            else {
                str(path.relative_to(folder)): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        )
    return outcomes


@pytest.mark.parametrize("language", ["java", "typescript"])
def test_a_warm_compiler_says_and_makes_what_a_cold_one_does(language: str, tmp_path: Path) -> None:
    build = LANGUAGES[language].build
    assert build is not None
    assert build.warm_up is not None
    harness = stage_harness(tmp_path)
    cache = build.warm_up(tmp_path, harness)
    assert list(cache.iterdir()), "this compiler's state was kept"
    unit = Unit(name="u0", problem=LANGUAGES[language].sample_problem, answer="")
    assert cache in build.command([Program(unit, {})], harness, cache).readable

    cold = _outcomes(language, harness, None, tmp_path / "cold")
    warm = _outcomes(language, harness, cache, tmp_path / "warm")

    assert warm == cold
    made = {kind for kind, outcome in warm.items() if isinstance(outcome, dict)}
    assert "right" in made
    assert language == "java" or "deeply nested" in made
    assert len(made) >= 4
    assert not made & {"nothing", "no such type", "no such module", "breaks off"}


@pytest.mark.parametrize(
    "fault",
    ["process.exit(3);", "startupSnapshot.setDeserializeMainFunction(() => {});", "syntax error"],
)
def test_an_image_that_does_not_do_the_same_is_not_used(fault: str, tmp_path: Path) -> None:
    harness = tmp_path / "harness"
    shutil.copytree(stage_harness(tmp_path), harness)
    script = harness / "tsc_snapshot.js"
    kept, _, _ = script.read_text().partition("startupSnapshot.setDeserializeMainFunction")
    script.write_text(kept + fault)
    build = LANGUAGES["typescript"].build
    assert build is not None
    assert build.warm_up is not None

    cache = build.warm_up(tmp_path, harness)

    assert not list(cache.iterdir())
    outcomes = _outcomes("typescript", harness, cache, tmp_path / "work")
    assert isinstance(outcomes["right"], dict)


@pytest.mark.parametrize("language", ["java", "typescript"])
def test_a_damaged_file_is_told_and_made_anew_once_it_is_gone(
    language: str, tmp_path: Path
) -> None:
    build = LANGUAGES[language].build
    assert build is not None
    assert build.warm_up is not None
    harness = stage_harness(tmp_path)
    cache = build.warm_up(tmp_path, harness)
    (file,) = (path for path in cache.iterdir() if path.suffix != ".sha256")
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        stream.write(bytes(1 << 10))
    with pytest.raises(ToolchainError, match=f"is damaged: remove {cache}"):
        build.warm_up(tmp_path, harness)
    shutil.rmtree(cache)
    assert build.warm_up(tmp_path, harness) == cache


def test_a_java_without_an_archive_compiles_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = tmp_path / "harness"
    shutil.copytree(stage_harness(tmp_path), harness)
    spec = LANGUAGES["java"]
    broken = dataclasses.replace(spec.samples, passes="class")
    monkeypatch.setattr(
        "codem_ray.languages.java.LANGUAGE", dataclasses.replace(spec, samples=broken)
    )
    assert spec.build is not None
    assert spec.build.warm_up is not None

    cache = spec.build.warm_up(tmp_path, harness)

    assert not list(cache.iterdir())
    outcomes = _outcomes("java", harness, cache, tmp_path / "work")
    assert isinstance(outcomes["right"], dict)
