"""HumanEvalPack: write a function, fix its bugs, or write it from the model's own explanation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from codem_ray.benchmarks import humaneval_x
from codem_ray.benchmarks.family import ANY_USE, BenchmarkFamily, BenchmarkSpec, id_prefix
from codem_ray.benchmarks.prompt_wording import instruction, one_line
from codem_ray.benchmarks.rows import BenchmarkRow
from codem_ray.languages import LANGUAGES
from codem_ray.records import EXPLANATION, Explanation, Problem

# Context that the authors' harness puts before every program, in addition to HumanEval-X's.
_MORE_SUPPLIED = {
    "python": "import statistics\n",
    "cpp": "#include<cmath>\n#include<deque>\n#include<fstream>\n#include<list>\n#include<map>\n"
    "#include<numeric>\n#include<queue>\n#include<set>\n#include<sstream>\n#include<stack>\n"
    "using namespace std;\n",
}


class Kind(StrEnum):
    """The task that the model is given."""

    WRITE = "write"
    FIX = "fix"
    EXPLAIN = "explain"


_ID_PREFIXES = {Kind.WRITE: "HumanEval", Kind.FIX: "HumanEvalFix", Kind.EXPLAIN: "HumanEvalExplain"}


def _write(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    prompt = row.text("prompt")
    parts = humaneval_x.split_prompt(row, prompt, spec.language)
    request = instruction(spec.language, parts.signature, parts.doc, given=parts.given)
    return _problem(Kind.WRITE, spec, row, prompt, request, parts)


def _fix(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    language, name = spec.language, row.text("entry_point")
    declaration = _declaration(row)
    parts = humaneval_x.split_prompt(row, declaration, language)
    broken, tests = declaration + row.text("buggy_solution"), row.text("test")
    tag = LANGUAGES[language].fence_tags[0]
    request = (
        f"Fix the bugs in the {LANGUAGES[language].title} function `{name}`, and give the whole "
        f"function.\n\n```{tag}\n{broken.strip()}\n```\n\n"
        f"It must pass these tests:\n\n```{tag}\n{tests.strip()}\n```"
    )
    comment = (
        f"{name} has bugs:\n\n{broken.strip()}\n\nThe tests:\n\n{tests.strip()}\n\n"
        f"{name} without bugs:"
    )
    return _problem(
        Kind.FIX, spec, row, _commented(comment, language) + declaration, request, parts
    )


def _explain(spec: BenchmarkSpec, row: BenchmarkRow) -> Problem:
    language, solution = spec.language, row.text("canonical_solution")
    declaration = _declaration(row)
    parts = humaneval_x.split_prompt(row, declaration, language)
    tag, length = LANGUAGES[language].fence_tags[0], len(row.text("docstring"))
    question = (
        f"Describe in plain words what this {LANGUAGES[language].title} code does, in at most "
        f"{length} characters and without code.\n\n"
        f"```{tag}\n{(declaration + solution).strip()}\n```"
    )
    request = (
        f"Write the {LANGUAGES[language].title} function `{one_line(parts.signature)}` that does "
        f"what this description says:\n{EXPLANATION}"
    )
    if parts.helpers.strip():
        request += f"\n\nIt may use what is already defined:\n{parts.helpers.strip()}"
    return _problem(
        Kind.EXPLAIN,
        spec,
        row,
        _commented(EXPLANATION, language) + declaration,
        request,
        parts,
        Explanation(question=question, max_characters=length, hidden=solution),
    )


def _problem(
    kind: Kind,
    spec: BenchmarkSpec,
    row: BenchmarkRow,
    prompt: str,
    request: str,
    parts: humaneval_x.Parts,
    explanation: Explanation | None = None,
) -> Problem:
    language, task_id = spec.language, row.text("task_id")
    # Only Go rows have a field for imports.
    imports = row.text("import", may_be_empty=True) if "import" in row.values else ""
    context = humaneval_x.SUPPLIED.get(language, "") + _MORE_SUPPLIED.get(language, "")
    return Problem(
        benchmark=spec.name,
        task_id=task_id,
        language=language,
        prompt=prompt,
        instruction=request,
        tests=humaneval_x.tests_of(row, language, parts),
        reference=row.text("canonical_solution"),
        broken=(row.text("buggy_solution"),),
        context=context + _with_line_end(imports) + parts.imports,
        entry_point=parts.entry_point,
        licence=spec.licence,
        # The three kinds are different problems, so their numbers must not be shared.
        common_id=f"{_ID_PREFIXES[kind]}/{task_id.rpartition('/')[2]}",
        options=dict(humaneval_x.OPTIONS.get(task_id, {})),
        explanation=explanation,
    )


def _declaration(row: BenchmarkRow) -> str:
    return _with_line_end(row.text("declaration"))


def _with_line_end(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _commented(text: str, language: str) -> str:
    mark = LANGUAGES[language].comment_prefix
    return re.sub(r"^(?=.)", f"{mark} ", text, flags=re.M).replace("\n\n", f"\n{mark}\n") + "\n"


_TITLES: Mapping[Kind, str] = {
    Kind.WRITE: "HumanEvalPack, written from the docstring",
    Kind.FIX: "HumanEvalPack, bugs to fix (HumanEvalFix, with its tests)",
    Kind.EXPLAIN: "HumanEvalPack, written from the model's own explanation",
}
_NOTES: Mapping[Kind, tuple[str, ...]] = {
    Kind.WRITE: (),
    Kind.FIX: ("the tests are in the prompt, as the benchmark's authors intend",),
    Kind.EXPLAIN: (
        (
            "two generations: the model explains the reference in at most the docstring's length, "
            "then writes the function from that; lines of the reference are removed in between"
        ),
    ),
}
_CONTROLS = "its buggy solutions are the broken controls of the reference gate"


def _spec(kind: Kind, name: str, language: str) -> BenchmarkSpec:
    return BenchmarkSpec(
        name=f"humanevalpack-{name}" if kind is Kind.WRITE else f"humanevalpack-{kind}-{name}",
        language=language,
        title=_TITLES[kind],
        licence="MIT",
        use=ANY_USE,
        hub_id="bigcode/humanevalpack",
        hub_file=f"data/{name}/data/humanevalpack.jsonl",
        file=f"humanevalpack/humanevalpack_{name}.jsonl",
        build=lambda spec, rows, source: [_BUILD[kind](spec, row) for row in rows],
        num_problems=164,
        id_aliases=("HumanEval",),
        notes=(*_NOTES[kind], _CONTROLS),
    )


_BUILD = {Kind.WRITE: _write, Kind.FIX: _fix, Kind.EXPLAIN: _explain}
_LANGUAGES = {"python": "python", "cpp": "cpp", "java": "java", "js": "javascript", "go": "go"}

FAMILY = BenchmarkFamily(
    title="HumanEvalPack",
    fields=frozenset(
        {"task_id", "prompt", "declaration", "canonical_solution", "buggy_solution", "test"}
    ),
    language_of=id_prefix,
    # A file given by path is read as the first kind, WRITE.
    benchmarks=tuple(
        _spec(kind, name, language) for kind in Kind for name, language in _LANGUAGES.items()
    ),
)
