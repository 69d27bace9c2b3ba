"""Writes the reference page of the languages, docs/reference/languages.md."""

from __future__ import annotations

from collections.abc import Iterable

from codem_ray.languages.spec import LanguageSpec, ProcessLayout

_PROCESSES = {
    ProcessLayout.ALONE: "tests and answer in one process, which proves with a secret that it ran "
    "all tests",
    ProcessLayout.PAIR: "tests in one process, the answer in another",
    ProcessLayout.PAGES: "the answer is data, which one process examines",
}
_HEAD = """# Languages

The names in the second column are accepted wherever codem_ray expects a language, in any case and
with a version (`Python 3.10`, `c++17`), and so are the other spellings that label fields, code
fences and file suffixes use (`py3`, `mjs`, `main.py`): `codem_ray/languages/spellings.py` reads
them all.
`codem-ray doctor` says which of the tools are missing on a machine.
[Add a language](../how-to/add-language.md) shows how a package adds one.

`tools/generate.py` writes this page from `codem_ray/languages/`.

| language | names | code fence | processes | compiled | tools |
|---|---|---|---|---|---|
"""


def languages_page(languages: Iterable[LanguageSpec]) -> str:
    """Return the page as Markdown."""
    return _HEAD + "".join(_row(spec) for spec in languages)


def _row(spec: LanguageSpec) -> str:
    names = ", ".join(f"`{name}`" for name in (spec.name, *spec.aliases))
    compiled = "no"
    if spec.build is not None:
        compiled = "each program by itself" if spec.build.is_sequential else "in batches"
    installation = spec.installation
    packages = (
        ("Debian", installation.debian),
        ("PyPI", installation.wheels),
        ("npm", installation.npm),
    )
    tools = "; ".join(f"{source}: {', '.join(found)}" for source, found in packages if found)
    processes = _PROCESSES[spec.process_layout]
    cells = (spec.title, names, f"`{spec.fence_tags[0]}`", processes, compiled, tools)
    return f"| {' | '.join(cells)} |\n"
