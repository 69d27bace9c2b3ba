"""McEval: problems written by hand in each language; HTML pages are judged by structure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec, id_prefix
from codem_ray.benchmarks.humaneval_x import SUPPLIED
from codem_ray.benchmarks.prompt_wording import dedent, instruction
from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.errors import DataError
from codem_ray.languages import source_code
from codem_ray.records import Problem

_FILE_NAMES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "c": "C",
    "cpp": "CPP",
    "java": "Java",
    "go": "Go",
    "html": "HTML",
}
_TYPESCRIPT = {"skipLibCheck": "true", "target": "esnext"}
_GO_TEST_IMPORTS = re.compile(r'^\s*"(?:testing|github\.com/stretchr/testify/assert)"\n', re.M)
_GO_HEAD = re.compile(r"\A\s*package\s+\w+\s*(?P<imports>import\s*\([^)]*\)\s*)?")


def _build(spec: BenchmarkSpec, rows: Sequence[BenchmarkRow], source: Source) -> list[Problem]:
    if spec.language == "html":
        return [_page(spec, row, source) for row in rows]
    return [_problem(spec, row) for row in rows]


def _page(spec: BenchmarkSpec, row: BenchmarkRow, source: Source) -> Problem:
    task_id, request = row.text("task_id"), row.text("instruction").strip()
    number = task_id.rpartition("/")[2]
    reference = source.text(f"mceval/HTML_refs/{number}.html")
    if not reference.strip():
        raise DataError(f"mceval/HTML_refs/{number}.html: is empty")
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language="html",
        prompt=f"<!-- {request.replace('--', '- -')} -->\n",
        instruction=f"Write HTML for the following request:\n{request}",
        tests=json.dumps({"kind": "structure", "reference": reference}, ensure_ascii=False),
        reference=reference,
        licence=spec.licence,
    )


def _problem(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    language, task_id = spec.language, row.text("task_id")
    prompt, reference, tests = (
        row.text("prompt"),
        row.text("canonical_solution"),
        row.text("test"),
    )
    if not prompt.endswith("\n") and not reference.lstrip().startswith("{"):
        # Some C prompts end in a declaration and a comment; the definition starts on a new line.
        prompt += "\n"
    context = SUPPLIED.get(language, "")
    if language == "go":
        head = _GO_HEAD.match(prompt)
        imports = (head["imports"] or "") if head else ""
        kept = re.sub(r"import\s*\(\s*\)\s*", "", _GO_TEST_IMPORTS.sub("", imports))
        prompt = kept + prompt[head.end() if head else 0 :]
        tests = _go_test_imports(imports, tests) + tests
        context += kept
    elif language == "java":
        imports = "".join(re.findall(r"^import\b.*\n", prompt, re.M))
        reference = _close_class(prompt, reference)
        tests = f"{imports}\npublic class Main extends Solution {{\n{tests}"
        context += imports
    elif language in ("c", "cpp"):
        context += "".join(re.findall(r"^(?:#include|using\b).*\n", prompt, re.M))
    elif language == "python":
        context += "".join(re.findall(r"^(?:import|from)\b.*\n", prompt, re.M))
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=language,
        prompt=prompt,
        instruction=instruction(language, row.text("signature"), dedent(row.text("docstring"))),
        tests=tests,
        reference=reference,
        context=context,
        entry_point=row.text("entry_point"),
        licence=spec.licence,
        options=dict(_TYPESCRIPT) if language == "typescript" else {},
    )


def _go_test_imports(imports: str, tests: str) -> str:
    packages = [
        path
        for path in re.findall(r'"([\w./]+)"', imports)
        if re.search(rf"\b{path.rpartition('/')[2]}\.", tests) or path == "testing"
    ]
    return "import (\n" + "".join(f'\t"{path}"\n' for path in packages) + ")\n\n"


def _close_class(prompt: str, reference: str) -> str:
    # Published solutions leave the class open, because their main method follows inside it.
    source = source_code.ParsedSource(prompt + reference, "java")
    is_closed = source.closed() == source.text
    return reference if is_closed else reference.rstrip() + "\n}\n"


_QUARANTINE: dict[str, dict[str, str]] = {
    "python": {
        "Python/9": "the published tests check nothing: they define a function and never call it",
    },
    "java": {
        "Java/53": "the tests call a method that only the reference has, and that no prompt names",
    },
    "html": {"HTML/16": "the reference passes, but is front matter in YAML: no answer in HTML can"},
}


def _spec(language: str) -> BenchmarkSpec:
    notes = ["not loaded from the hub: the file comes from the McEval repository"]
    if language == "html":
        notes.append(
            "scored by the structure of the page: text compared by normalised DOM, not as a string"
        )
    elif language == "go":
        notes.append("package clause and test imports are removed from the prompts")
    elif language == "java":
        notes.append("the tests become a class Main that extends the answer's Solution")
    return BenchmarkSpec(
        name=f"mceval-{language}",
        language=language,
        title="McEval",
        licence="CC-BY-SA-4.0",
        use=ANY_USE,
        file=f"mceval/mceval_{_FILE_NAMES[language]}.jsonl",
        build=_build,
        num_problems=53 if language == "java" else 50,
        notes=tuple(notes),
        quarantine=_QUARANTINE.get(language, {}),
    )


FAMILY = BenchmarkFamily(
    title="McEval",
    fields=frozenset({"task_id", "prompt", "instruction", "level"}),
    language_of=id_prefix,
    benchmarks=tuple(_spec(language) for language in _FILE_NAMES),
)
