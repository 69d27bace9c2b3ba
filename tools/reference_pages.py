"""Markdown of the reference pages that are made from code: the commands and the sweep file."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress
from typing import Any

from codem_ray.cli.main import COMMANDS, build_parser

_COMMANDS_HEAD = """# Commands

Made from the parsers in `codem_ray/cli/` by `tools/generate.py`.

Results go to standard output, progress and logs to standard error. A SWEEP is the path of a sweep
file or the name of a bundled one.

| exit code | meaning |
|---|---|
| 0 | complete |
| 1 | a bug |
| 2 | bad configuration or usage |
| 3 | the environment cannot run it; each missing thing is named |
| 4 | a trial or a cell is missing or incomplete; each is named |
| 130, 143 | interrupted by Ctrl-C or SIGTERM; the same command resumes |
"""
_SWEEP_HEAD = """# Sweep file

Made from `codem_ray/config/` by `tools/generate.py`. A sweep file is YAML with the sections below.
Unknown keys are refused, and the error names the nearest known key. `--set section.key=value`
overrides a key on the command line. `docs/sweep.schema.json` is the same as a JSON
schema: an editor that knows YAML schemas checks a file whose first line is
`# yaml-language-server: $schema=<path of sweep.schema.json>`.
"""


def commands_page() -> str:
    """Return the page of all commands: the help text of each."""
    parts = [_COMMANDS_HEAD]
    for name, summary in COMMANDS.items():
        parts.append(f"\n## {name}\n\n{summary[0].upper()}{summary[1:]}.\n\n")
        parts.append(f"```text\n{_help_of(name).rstrip()}\n```\n")
    return "".join(parts)


def _help_of(command: str) -> str:
    # argparse reads the width and the colours of its output from the environment.
    os.environ |= {"COLUMNS": "96", "NO_COLOR": "1"}
    parser = build_parser(command)
    text = io.StringIO()
    with redirect_stdout(text), suppress(SystemExit):
        parser.parse_args([command, "--help"])
    return text.getvalue()


def sweep_file_page(schema_text: str) -> str:
    """Return the page of all keys of a sweep file.

    Args:
        schema_text: The JSON schema of a sweep file.
    """
    schema = json.loads(schema_text)
    definitions = schema["$defs"]
    parts = [_SWEEP_HEAD, "\n## Top level\n\n", _table(schema, definitions)]
    for name, field in schema["properties"].items():
        parts += _sections(name, field, definitions)
    return "".join(parts)


def _sections(
    path: str, field: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 2
) -> Iterator[str]:
    """Yield the tables of the models that a field refers to, and of those inside them."""
    for reference in _references(field):
        section = definitions[reference]
        if "properties" not in section:
            continue
        about = section.get("description", "").strip()
        yield f"\n{'#' * depth} {path}: {reference}\n\n{about}\n\n"
        yield _table(section, definitions)
        for key, inner in section["properties"].items():
            yield from _sections(f"{path}.{key}", inner, definitions, min(depth + 1, 3))


def _references(field: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the models that a field refers to, also inside lists and unions."""
    if "$ref" in field:
        yield str(field["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf"):
        for one in field.get(key, ()):
            yield from _references(one)
    items = field.get("items")
    if isinstance(items, dict):
        yield from _references(items)


def _table(section: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    required = set(section.get("required", ()))
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in section["properties"].items():
        default = "required" if name in required else f"`{json.dumps(field.get('default'))}`"
        if isinstance(field.get("default"), dict):
            default = "its own defaults"
        meaning = " ".join(str(field.get("description", "")).split())
        cells = (f"`{name}`", _type(field, definitions), default, meaning)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _type(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        choices = definitions[name].get("enum")
        return ", ".join(f"`{choice}`" for choice in choices) if choices else name
    for key in ("anyOf", "oneOf"):
        if key in field:
            return " or ".join(dict.fromkeys(_type(one, definitions) for one in field[key]))
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    kind = str(field.get("type", "any"))
    if kind == "array" and isinstance(field.get("items"), dict):
        return f"list of {_type(field['items'], definitions)}"
    return {"null": "none", "object": "mapping"}.get(kind, kind)
