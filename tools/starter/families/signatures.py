"""Signatures of `solve`, and the code before its body in each language."""

from __future__ import annotations

from dataclasses import dataclass

CODE_LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go")
"""The programming languages of the kit, in the order of its files."""

_TYPE_OF_KIND = {
    "int": "int",
    "natural": "int",
    "small": "int",
    "digits": "int",
    "bool": "bool",
    "char": "char",
    "str": "str",
    "list": "list",
    "naturals": "list",
    "items": "items",
    "item": "item",
}
"""Type of each argument kind; kinds of one type differ in their test values."""

TYPES: dict[str, dict[str, str]] = {
    "python": {
        "int": "int",
        "bool": "bool",
        "str": "str",
        "list": "list[int]",
        "items": "list[dict[str, int]]",
    },
    "javascript": dict.fromkeys(("int", "bool", "str", "list", "items"), ""),
    "typescript": {
        "int": "number",
        "bool": "boolean",
        "str": "string",
        "list": "number[]",
        "items": "Item[]",
    },
    "c": {
        "int": "int",
        "bool": "bool",
        "str": "const char *",
        "list": "const int *",
        "items": "const Item *",
    },
    "cpp": {
        "int": "int",
        "bool": "bool",
        "str": "const std::string &",
        "list": "const std::vector<int> &",
        "items": "const std::vector<Item> &",
    },
    "java": {"int": "int", "bool": "boolean", "str": "String", "list": "int[]", "items": "Item[]"},
    "go": {"int": "int", "bool": "bool", "str": "string", "list": "[]int", "items": "[]Item"},
}
_RETURNED: dict[str, dict[str, str]] = {
    # C returns neither: the caller allocates the result, and the size of a list is returned.
    "c": {"str": "void", "list": "int"},
    "cpp": {"str": "std::string", "list": "std::vector<int>"},
    "java": {"list": "List<Integer>"},
}
_RECORDS = {
    "typescript": "interface Item {\n    price: number;\n    count: number;\n}\n\n",
    "c": "typedef struct {\n    int price;\n    int count;\n} Item;\n\n",
    "cpp": "struct Item {\n    int price;\n    int count;\n};\n\n",
    "go": "type Item struct {\n\tprice int\n\tcount int\n}\n\n",
}
"""Python and JavaScript declare no record type; Java's is declared inside the class."""
_JAVA_RECORD = "record Item(int price, int count) {}"


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and kinds of the arguments of `solve`, and the type of its result."""

    parameters: tuple[tuple[str, str], ...]
    returns: str

    @classmethod
    def read(cls, text: str) -> Signature:
        """Parse a signature such as `xs: list, k: int -> bool`."""
        taken, _, returned = text.partition("->")
        pairs = [part.split(":") for part in taken.split(",")]
        return cls(tuple((name.strip(), kind.strip()) for name, kind in pairs), returned.strip())

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the arguments."""
        return tuple(kind for _, kind in self.parameters)

    @property
    def types(self) -> dict[str, str]:
        """Types of the arguments by name."""
        return {name: _TYPE_OF_KIND[kind] for name, kind in self.parameters}

    @property
    def all_types(self) -> set[str]:
        """Types of arguments and result."""
        return {*self.types.values(), self.returns}


def _typed(name: str, kind: str, language: str) -> str:
    of_kind = TYPES[language][kind]
    if language == "javascript":
        return name
    if language in ("python", "typescript"):
        return f"{name}: {of_kind}"
    if language == "go":
        return f"{name} {of_kind}"
    joined = f"{of_kind}{name}" if of_kind.endswith(("*", "&")) else f"{of_kind} {name}"
    # A C array does not store its length.
    return f"{joined}, int n" if language == "c" and kind in ("list", "items") else joined


def signature_text(signature: Signature, language: str) -> str:
    """Return the head of `solve` in `language`, without the opening of the body."""
    parts = [_typed(name, kind, language) for name, kind in signature.types.items()]
    if language == "c" and signature.returns in ("str", "list"):
        parts.append("char *out" if signature.returns == "str" else "int *out")
    taken = ", ".join(parts)
    returned = _RETURNED.get(language, {}).get(
        signature.returns, TYPES[language][signature.returns]
    )
    if language == "python":
        return f"def solve({taken}) -> {returned}"
    if language == "javascript":
        return f"function solve({taken})"
    if language == "typescript":
        return f"function solve({taken}): {returned}"
    if language == "go":
        return f"func solve({taken}) {returned}"
    return f"{returned} solve({taken})"


def _includes(signature: Signature, program: str, language: str) -> list[str]:
    types = signature.all_types
    lines: list[str] = []
    if language == "c":
        lines += ["#include <stdbool.h>"] if {"bool"} & types or "False" in program else []
        lines += ["#include <string.h>"] if "len(s)" in program else []
    if language == "cpp":
        lines += ["#include <string>"] if "str" in types else []
        lines += ["#include <vector>"] if types & {"list", "items"} else []
    if language == "java" and signature.returns == "list":
        lines += ["import java.util.ArrayList;", "import java.util.List;"]
    return [*lines, ""] if lines else []


def head(signature: Signature, program: str, language: str, description: str | None) -> str:
    """Return all code before the body of `solve`; it ends with a line break."""
    mark = "#" if language == "python" else "//"
    comment = [] if description is None else [f"{mark} {description}"]
    opening = signature_text(signature, language)
    has_records = "items" in signature.all_types
    before = "\n".join([*_includes(signature, program, language), ""])
    before = before.removesuffix("\n") if before == "\n" else before
    if language == "python":
        return "\n".join([*comment, f"{opening}:", ""])
    if language == "java":
        record = [_JAVA_RECORD, ""] if has_records else []
        inner = [*record, *comment, f"public static {opening} {{"]
        indented = (f"    {line}" if line else "" for line in inner)
        return before + "\n".join(["class Solution {", *indented, ""])
    record_text = _RECORDS.get(language, "") if has_records else ""
    return before + record_text + "\n".join([*comment, f"{opening} {{", ""])
