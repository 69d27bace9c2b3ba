"""Writes docs/reference/languages.md from what the system knows of its languages."""

from __future__ import annotations

from collections.abc import Iterable

from codem_ray.languages.spec import LanguageSpec, ProcessLayout

_HOW = {
    ProcessLayout.ALONE: "tests and answer in one process, with a secret and a count of checks",
    ProcessLayout.PAIR: "tests in one process, the answer in another",
    ProcessLayout.PAGES: "the answer is data; one process looks at many",
}
_HEAD = """# Languages

Made from `codem_ray/languages/` by `tools/generate.py`. A language is one file there, or one file
of another package with an entry point of the group `codem_ray.languages` that names its
`LanguageSpec`: the sweep file, `ls languages`, `doctor`, the sandbox, the matrix and this page know
it from then on. `doctor --self-check` runs the samples that the file brings along. Its problems
come as a file in the starter's format (rows of `task_id, language, prompt, instruction, tests,
reference, broken, entry_point, group, licence`), named under `evaluation.benchmarks` or given to
`--benchmark`. The starter has no pairs in it, so `sources: all` needs a corpus that has some.

| language | called | code fence | how it is run | compiled | toolchain |
|---|---|---|---|---|---|
"""


def languages_page(languages: Iterable[LanguageSpec]) -> str:
    """Return the page as Markdown."""
    return _HEAD + "".join(_row(spec) for spec in languages)


def _row(spec: LanguageSpec) -> str:
    called = ", ".join(f"`{name}`" for name in (spec.name, *spec.aliases))
    fence = f"`{spec.fence_tags[0]}`"
    compiled = "no"
    if spec.build is not None:
        is_single = spec.build.batch_size == 1 or spec.build.is_sequential
        compiled = "one to a call" if is_single else "many to a call"
    sources = [
        f"{kind} {', '.join(names)}"
        for kind, names in (
            ("Debian:", spec.installation.debian),
            ("wheel:", spec.installation.wheels),
            ("npm:", spec.installation.npm),
        )
        if names
    ]
    cells = (spec.title, called, fence, _HOW[spec.process_layout], compiled, "; ".join(sources))
    return f"| {' | '.join(cells)} |\n"
