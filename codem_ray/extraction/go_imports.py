"""Reads, removes and writes the import declarations of a Go answer."""

from __future__ import annotations

import re

from codem_ray.extraction.masking import mask

_GO_IMPORT = re.compile(
    r"^import\s*\((?P<many>[^)]*)\)[ \t]*;?\n?|^import[ \t]+(?P<one>[^\n(]+)\n?", re.M
)
_GO_SPEC = re.compile(r'(?:(?P<alias>[\w.]+)[ \t]+)?"(?P<path>[^"\n]+)"')


def go_imports(text: str) -> list[tuple[str, str]]:
    """Return the alias (or an empty string) and path of every import in Go source."""
    source = mask(text, "go", keep_strings=True)
    found = [
        spec
        for clause in _GO_IMPORT.finditer(source)
        for spec in _GO_SPEC.finditer(clause["many"] or clause["one"] or "")
    ]
    return list(dict.fromkeys((spec["alias"] or "", spec["path"]) for spec in found))


def without_go_imports(text: str) -> str:
    """Return Go source without its import declarations."""
    source = mask(text, "go", keep_strings=True)
    for clause in reversed(list(_GO_IMPORT.finditer(source))):
        text = text[: clause.start()] + text[clause.end() :]
    return text.lstrip("\n")


def go_import_block(imports: list[tuple[str, str]]) -> str:
    """Write one import declaration; empty without imports."""
    if not imports:
        return ""
    specs = (f'{alias} "{path}"' if alias else f'"{path}"' for alias, path in imports)
    return "import (\n" + "".join(f"\t{spec}\n" for spec in specs) + ")\n\n"


def is_go_package_used(masked: str, path: str) -> bool:
    """Return whether masked Go code uses the package of that path under its default name."""
    return re.search(rf"(?<![.\w]){re.escape(path.rpartition('/')[2])}\.", masked) is not None
