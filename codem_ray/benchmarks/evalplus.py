"""HumanEval+ and MBPP+ as EvalPlus releases them: a reference, and inputs to compare it on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.mbpp_inputs import python_inputs
from codem_ray.benchmarks.prompt_wording import dedent, instruction
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.records import Problem

_PACKAGES = {"packages": "numpy"}
"""Option of problems whose tests or references may use numpy; answers may then use it too."""
_CHECK = Path(__file__).with_name("evalplus_check.py").read_text(encoding="utf-8")
_NUMBER = re.compile(r"\d+\Z")


def packages_of(tests: str) -> dict[str, str]:
    """Return the options of a Python problem with these tests, which may import numpy."""
    return dict(_PACKAGES) if re.search(r"^\s*(?:import|from) numpy\b", tests, re.M) else {}


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    prompt, entry_point = row.text("prompt"), row.text("entry_point")
    reference = row.text("canonical_solution")
    task_id, number = _task_id(row)
    # The prompt of MBPP+ is a docstring; that of HumanEval+ ends in a signature with one.
    if f"def {entry_point}" in prompt:
        parts = humaneval_x.split_prompt(row, prompt, "python")
        signature, doc, given, imports = parts.signature, parts.doc, parts.given, parts.imports
    else:
        signature = _signature(row, entry_point, reference)
        doc, given, imports = dedent(prompt.strip().strip("\"'")), "", ""
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language="python",
        prompt=prompt,
        instruction=instruction("python", signature, doc, given=given),
        tests=_tests(row, entry_point, prompt + reference, number),
        reference=reference,
        context=imports,
        entry_point=entry_point,
        licence=spec.licence,
        common_id=task_id,
        options=dict(_PACKAGES),
    )


def _task_id(row: BenchmarkRow) -> tuple[str, int]:
    task_id = str(row.values.get("task_id", ""))
    number = _NUMBER.search(task_id)
    if number is None:
        raise DataError(f"{row.location}: field 'task_id' must end in a number, found {task_id!r}")
    # The first releases of MBPP+ have numbers only.
    return (f"Mbpp/{task_id}" if task_id.isdigit() else task_id), int(number.group())


def _signature(row: BenchmarkRow, entry_point: str, reference: str) -> str:
    found = re.search(rf"^def +{re.escape(entry_point)}\s*\(.*?\)[^\n]*:", reference, re.M | re.S)
    if found is None:
        raise DataError(
            f"{row.location}: field 'canonical_solution' does not define {entry_point!r}"
        )
    return found.group()


def _tests(row: BenchmarkRow, entry_point: str, reference: str, number: int) -> str:
    tolerance = row.values.get("atol", 0)
    if not isinstance(tolerance, int | float):
        raise DataError(f"{row.location}: field 'atol' is {tolerance!r}, a number is expected")
    is_mbpp = not str(row.values["task_id"]).startswith("HumanEval")
    inputs: list[Any] = []
    for name in ("base_input", "plus_input"):
        # A problem without further inputs has an empty object.
        values = row.values.get(name) or []
        if not isinstance(values, list):
            raise DataError(f"{row.location}: field {name!r} must be a list of arguments")
        inputs += python_inputs(number, values) if is_mbpp else values
    return (
        f"{_CHECK}\n\n{_literal(inputs)}\n"
        f"check({entry_point}, {entry_point!r}, {reference!r}, inputs, {tolerance!r})\n"
    )


def _literal(inputs: list[Any]) -> str:
    """Return source that defines `inputs`; JSON is read much faster than Python's literals."""
    text = json.dumps(inputs, default=lambda value: None)
    if json.loads(text) == inputs:
        return f"import json\n\ninputs = json.loads({text!r})"
    return f"nan, inf = math.nan, math.inf\ninputs = {inputs!r}"


FAMILY = BenchmarkFamily(
    title="EvalPlus (HumanEval+, MBPP+)",
    fields=frozenset(
        {"task_id", "prompt", "entry_point", "canonical_solution", "base_input", "plus_input"}
    ),
    language_of=lambda row: "python",
    file_benchmarks=(
        BenchmarkSpec(
            name="evalplus",
            language="python",
            title="HumanEval+ or MBPP+ (EvalPlus)",
            licence="Apache-2.0 (MBPP: CC-BY-4.0)",
            use=ANY_USE,
            file="HumanEvalPlus.jsonl.gz",
            build=_build,
            notes=("numpy is available to tests and answers",),
        ),
    ),
)
