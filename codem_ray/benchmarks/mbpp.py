"""MBPP as published, and EvalPlus's MBPP+ on the hub: read as a file, without a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codem_ray.benchmarks.evalplus import packages_of
from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.prompt_wording import instruction
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.records import Problem


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    return [_problem(spec, row) for row in rows]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    # The sanitized edition calls the text `prompt`.
    doc = row.text("text" if "text" in row.values else "prompt").strip()
    reference, asserts = row.text("code").replace("\r\n", "\n"), row.texts("test_list")
    entry_point, signature = _entry_point(row, reference, asserts)
    examples = "\n".join(asserts)
    setup = [*row.texts("test_imports"), str(row.values.get("test_setup_code") or "")]
    tests = "\n".join((*setup, str(row.values.get("test") or examples), ""))
    number = str(row.values["task_id"]).rpartition("/")[2]
    return Problem(
        benchmark=spec.name,
        task_id=f"Mbpp/{number}",
        language="python",
        # The prompt of bigcode's harness.
        prompt=f'"""\n{doc}\n{examples}\n"""\n',
        instruction=instruction("python", signature, f"{doc}\n\n{examples}"),
        tests=tests,
        reference=reference,
        entry_point=entry_point,
        licence=spec.licence,
        common_id=f"Mbpp/{number}",
        options=packages_of(tests),
    )


def _entry_point(row: BenchmarkRow, code: str, asserts: Sequence[str]) -> tuple[str, str]:
    """Return name and signature of the function of the reference that the tests call."""
    try:
        defined = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError as error:
        raise DataError(f"{row.location}: field 'code' is no Python: {error}") from error
    called = re.findall(r"\w+(?=\s*\()", "\n".join(asserts))
    # The last definition of a name is the one that is called.
    by_name = {node.name: node for node in defined}
    name = next((name for name in called if name in by_name), None)
    if name is None:
        raise DataError(f"{row.location}: field 'test_list' calls no function of field 'code'")
    return name, f"def {name}({ast.unparse(by_name[name].args)})"


FAMILY = BenchmarkFamily(
    title="MBPP",
    fields=frozenset({"task_id", "code", "test_list"}),
    language_of=lambda row: "python",
    file_benchmarks=(
        BenchmarkSpec(
            name="mbpp",
            language="python",
            title="MBPP",
            licence="CC-BY-4.0",
            use=ANY_USE,
            file="mbpp.jsonl",
            build=_build,
        ),
    ),
)
