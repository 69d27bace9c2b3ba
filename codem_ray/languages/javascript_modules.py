"""Turns an ES module into a script: the harness runs answers with `require`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codem_ray.languages.source_code import ParsedSource, source_of

if TYPE_CHECKING:
    from tree_sitter import Node

_REQUIRE = "declare var require: any;\n"


def as_script(program: str, entry_point: str | None) -> str:
    """Return a program without `export`, and with `require` for the imports that it uses."""
    return _as_script(program, "javascript")


def as_typed_script(program: str, entry_point: str | None) -> str:
    """Return a TypeScript program without `export`, with `require` for the imports it uses."""
    script = _as_script(program, "typescript")
    is_declared = "require(" in program or "require:" in program
    return script if is_declared or "require(" not in script else _REQUIRE + script


def _as_script(program: str, language: str) -> str:
    if "import" not in program and "export" not in program:
        return program
    source = source_of(program, language)
    edits: list[tuple[int, int, str]] = []
    imports = [node for node in source.statements if node.type == "import_statement"]
    rest = source_of(source.without(imports), language).words()
    for node in imports:
        used = rest.intersection(source.names(node))
        edits.append((node.start_byte, node.end_byte, _required(source, node) if used else ""))
    for node in source.statements:
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
            is_kept = inner is not None and (
                inner.type.endswith("declaration") or inner.type.startswith("internal")
            )
            # `export default function (a) {}` binds no name and cannot stand alone.
            end = inner.start_byte if inner is not None and is_kept else node.end_byte
            edits.append((node.start_byte, end, ""))
    for name, node, statement in source.definitions:
        value = node.child_by_field_name("right")
        if value is not None and source.exported_name(node) == name:
            edits.append((statement.start_byte, value.start_byte, f"const {name} = "))
    return _edited(source, edits)


def _edited(source: ParsedSource, edits: list[tuple[int, int, str]]) -> str:
    parts, done = [], 0
    for start, end, text in sorted(edits):
        parts += [source.slice(done, start), text]
        done = end
        if not text and source.code[end : end + 1] == b"\n" and source.code[start:end][-1:] != b" ":
            done += 1
    return "".join((*parts, source.slice(done, len(source.code))))


def _required(source: ParsedSource, node: Node) -> str:
    """Return the calls of `require` that bind the names of an import declaration."""
    module = node.child_by_field_name("source")
    clause = next((c for c in node.named_children if c.type == "import_clause"), None)
    if module is None or clause is None:
        return ""
    call = f"require({source.of(module)})"
    lines = []
    for child in clause.named_children:
        if child.type == "named_imports":
            specifiers = [
                ": ".join(source.of(part) for part in specifier.named_children)
                for specifier in child.named_children
            ]
            lines.append(f"const {{ {', '.join(specifiers)} }} = {call};")
        else:
            name = child.named_children[0] if child.named_children else child
            lines.append(f"const {source.of(name)} = {call};")
    return " ".join(lines)
