"""The builds of C and C++ programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.execution.staging import stage_harness
from codem_ray.languages import LANGUAGES, cpp_headers
from codem_ray.languages.native_build import SHARED_OBJECT
from codem_ray.languages.spec import Program, Unit
from codem_ray.records import Problem

pytestmark = pytest.mark.toolchain


def _program(language: str, answer: str) -> Program:
    problem = Problem(
        benchmark="b", task_id="t", language=language, prompt="", instruction="", tests=""
    )
    unit = Unit(name="u0", problem=problem, answer=answer)
    return Program(unit, LANGUAGES[language].assemble(unit))


@pytest.mark.parametrize("name", ["c", "cpp"])
def test_harness_names_carry_a_secret_number_for_each_program(name: str, tmp_path: Path) -> None:
    build = LANGUAGES[name].build
    assert build is not None
    assert build.warm_up is not None
    harness = stage_harness(tmp_path)
    cache = build.warm_up(tmp_path, harness)
    seen = set()
    for _ in range(2):
        call = build.command([_program(name, "int x;")], harness, cache)
        source, main = call.files.values()
        before, _, after = source.partition(b"#define CODEM_ID ")
        number = after[:16]
        assert b"codem_ok_" + number in main
        assert b"0123456789abcdef" not in main + source
        # The answer cannot see the number.
        assert number not in before
        assert not any(part.startswith("-DCODEM_ID") for part in call.argv)
        seen.add(number)
    assert len(seen) == 2


def test_headers_are_precompiled_once_and_only_if_a_program_includes_them(tmp_path: Path) -> None:
    build = LANGUAGES["cpp"].build
    assert build is not None
    assert build.warm_up is not None
    harness = stage_harness(tmp_path)
    cache = build.warm_up(tmp_path, harness)
    plain = build.command([_program("cpp", "int x;")], harness, cache)
    vector = _program("cpp", "#include <vector>\nint x;")
    calls = [build.command([vector], harness, cache) for _ in range(2)]
    (made,) = tmp_path.glob("*/*.gch")
    assert made.parent in calls[0].readable
    assert calls[0].readable == calls[1].readable
    assert made.parent not in plain.readable


def test_headers_are_precompiled_even_if_templates_cannot_be_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpp_headers, "_SHARED_FLAGS", ("-fno-such-flag",))
    build = LANGUAGES["cpp"].build
    assert build is not None
    assert build.warm_up is not None
    harness = stage_harness(tmp_path)
    cache = build.warm_up(tmp_path, harness)
    vector = _program("cpp", "#include <vector>\nint x;")
    call = build.command([vector], harness, cache)
    assert list(tmp_path.glob("*/codem_2.h.gch"))
    assert not list(tmp_path.glob(f"*/{SHARED_OBJECT}"))
    assert SHARED_OBJECT not in " ".join(call.argv)
