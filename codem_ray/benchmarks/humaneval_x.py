"""HumanEval-X: HumanEval translated by hand to Python, C++, Java, JavaScript and Go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec, id_prefix
from codem_ray.benchmarks.prompt_wording import dedent, instruction, uncomment
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.languages import source_code
from codem_ray.languages.syntax_trees import is_comment
from codem_ray.records import Problem

# Context that the authors' harness puts before every program, without numpy, which no answer needs.
SUPPLIED = {
    "python": "import collections\nimport copy\nimport datetime\nimport functools\nimport hashlib\n"
    "import heapq\nimport itertools\nimport math\nimport re\nimport string\nimport sys\n"
    "from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple\n"
    "from typing import Union\n",
    "cpp": "#include<stdlib.h>\n#include<algorithm>\n#include<math.h>\n#include<stdio.h>\n"
    "#include<vector>\n#include<string>\n#include<climits>\n#include<cstring>\n"
    "#include<iostream>\n",
    "go": "import (\n"
    '    "bytes"\n    "crypto/md5"\n    "fmt"\n    "math"\n    "math/rand"\n    "regexp"\n'
    '    "sort"\n    "strconv"\n    "strings"\n    "time"\n)\n',
}

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "CPP/22": {"headers": "boost"},
    "CPP/137": {"headers": "boost"},
    "CPP/162": {"link": "-lcrypto"},
    "JavaScript/162": {"packages": "js-md5"},
}
"""Toolchain options of single problems, by task id."""

_CPP_GIVEN = re.compile(r"^typedef\b.*\n", re.M)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a prompt."""

    imports: str
    helpers: str
    """Definitions before the entry point."""
    doc: str
    signature: str
    entry_point: str

    @property
    def given(self) -> str:
        """Definitions that the prompt gives to the answer."""
        return "".join(_CPP_GIVEN.findall(self.imports)) + self.helpers


_SIGNATURE = {
    "python": re.compile(r"^def +(?P<name>\w+)\s*\(.*?\)[^\n]*:[ \t]*$", re.M | re.S),
    "javascript": re.compile(r"^(?:const|let|var|function) +(?P<name>\w+)[^\n]*", re.M),
    "go": re.compile(r"^func +(?P<name>\w+)\s*\([^\n]*", re.M),
    "cpp": re.compile(r"^[A-Za-z_][\w:<>,* &]*?[\s*&](?P<name>\w+)\s*\([^;{}]*\)\s*\{", re.M),
    "java": re.compile(r"^ +public [^\n;=(]*?(?P<name>\w+)\s*\([^\n;]*\{", re.M),
}
_IMPORT = {
    "python": re.compile(r"^(?:import|from)\b.*\n", re.M),
    "javascript": re.compile(r"(?!)"),
    "go": re.compile(r"^import\s*\([^)]*\)\s*\n|^import\b.*\n", re.M),
    "cpp": re.compile(r"^(?:#|using\b|typedef\b).*\n", re.M),
    "java": re.compile(r"^import\b.*\n", re.M),
}


def split_prompt(row: BenchmarkRow, prompt: str, language: str) -> Parts:
    """Split a prompt into imports, helpers, docstring, signature and entry point."""
    masked = source_code.mask(prompt, language)
    found = list(_SIGNATURE[language].finditer(masked))
    if not found:
        raise DataError(f"{row.location}: field 'prompt' ends in no {language} signature")
    entry = found[-1]
    imports = "".join(
        m.group() for m in _IMPORT[language].finditer(prompt) if masked[m.start()] != " "
    )
    signature = prompt[entry.start() : entry.end()]
    doc = _doc(prompt, entry.start(), entry.end(), language)
    return Parts(
        imports,
        _helpers(prompt[: entry.start()], found[:-1], language),
        doc,
        signature.strip(),
        entry["name"],
    )


def _doc(prompt: str, start: int, end: int, language: str) -> str:
    if language == "python":
        found = re.search(r"(\"\"\"|''')(.*?)(?:\1|\Z)", prompt[end:], re.S)
        return found[2] if found else ""
    comment = re.compile(r"/\*.*?\*/|(?:^[ \t]*//[^\n]*(?:\n|\Z))+", re.S | re.M)
    inside = list(comment.finditer(prompt, end))
    before = list(comment.finditer(prompt, 0, start))
    return uncomment((inside or before)[-1].group()) if inside or before else ""


def _helpers(before: str, earlier: Sequence[re.Match[str]], language: str) -> str:
    if not earlier:
        return ""
    if language == "java":
        body = before[earlier[0].start() :].lstrip("\n")
        # The comment before the entry point does not belong to the helpers.
        return dedent(body[: len(source_code.mask(body, language).rstrip())]) + "\n"
    source = source_code.ParsedSource(before, language)
    kept = [
        source.of_statement(node)
        for node in source.statements
        if node.is_named
        and not is_comment(node)
        and not _IMPORT[language].match(source.of(node) + "\n")
    ]
    return "\n\n".join(kept) + "\n" if kept else ""


def build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    """Return the problems of rows with a prompt, a reference, and tests that call it."""
    return [_problem(spec, row) for row in rows]


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    prompt, language = row.text("prompt"), spec.language
    parts = split_prompt(row, prompt, language)
    task_id, reference = row.text("task_id"), row.text("canonical_solution")
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=language,
        prompt=prompt,
        instruction=instruction(language, parts.signature, parts.doc, given=parts.given),
        tests=tests_of(row, language, parts),
        reference=reference,
        context=SUPPLIED.get(language, "") + parts.imports,
        entry_point=parts.entry_point,
        licence=spec.licence,
        common_id=f"HumanEval/{task_id.rpartition('/')[2]}",
        options=dict(OPTIONS.get(task_id, {})),
    )


def tests_of(row: BenchmarkRow, language: str, parts: Parts) -> str:
    """Return the tests of a row with the imports that they need."""
    tests = row.text("test")
    if language == "java":
        return parts.imports + tests
    if language == "go":
        return re.sub(r"\A\s*package\s+\w+\s*", "", row.text("test_setup")) + "\n" + tests
    return tests


_QUARANTINE: dict[str, dict[str, str]] = {
    "javascript": {
        "JavaScript/112": "the reference returns `(z, false)`, a comma expression, not a pair",
        "JavaScript/155": "the reference gives [0, 0] for 0, the tests ask for [1, 0]",
    },
    "go": {
        "Go/95": "the reference depends on the order of a map and passes about 74 times in 100",
    },
}
_NOTES = {
    "javascript": ("problem 162 needs the npm package js-md5",),
    "cpp": ("problems 22 and 137 need boost's headers, 162 OpenSSL's libcrypto",),
    "go": (
        (
            "imports of the benchmark that an answer does not use are removed, as in the authors' "
            "harness: an unused import is a compile error"
        ),
    ),
}


def _spec(name: str, language: str) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=f"humaneval-x-{name}",
        language=language,
        title="HumanEval-X",
        licence="Apache-2.0",
        use=ANY_USE,
        hub_id="THUDM/humaneval-x",
        hub_file=f"data/{name}/data/humaneval.jsonl",
        file=f"humaneval-x/humaneval_{name}.jsonl.gz",
        build=build,
        num_problems=164,
        id_aliases=("HumanEval",),
        notes=_NOTES.get(language, ()),
        quarantine=_QUARANTINE.get(language, {}),
    )


FAMILY = BenchmarkFamily(
    title="HumanEval-X",
    fields=frozenset({"task_id", "prompt", "declaration", "canonical_solution", "test"}),
    language_of=id_prefix,
    benchmarks=(
        _spec("python", "python"),
        _spec("cpp", "cpp"),
        _spec("java", "java"),
        _spec("js", "javascript"),
        _spec("go", "go"),
    ),
)
