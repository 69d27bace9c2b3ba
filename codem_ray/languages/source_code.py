"""A source text with its syntax tree: statements, definitions, errors, and cuts by nodes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.languages import LANGUAGES
from codem_ray.languages.function_bodies import body_of, value_of
from codem_ray.languages.spec import SyntaxRules
from codem_ray.languages.syntax_trees import node_types, nodes_of, parse

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_BYTES = 32_768
"""Longer sources are cut off: some grammars take quadratic time for an error in a long text."""
_MAX_OPERATORS = 400
_STRETCH = re.compile(rb"[^,;{}()\[\]]{400,}")
_OPERATORS = re.compile(rb"[=<>?!*&~^%|+/:.-]+")
_TRAILING_BLANKS = re.compile(rb"[ \t\r]+$", re.MULTILINE)
# Not after a single dot: the name of a field or a module's member.
_WORD = re.compile(r"(?<!\w)(?<!(?<!\.)\.)[^\W\d]\w*")
_NAME_FIELDS = ("alias", "declarator", "name", "left")
_BODIES = ("block", "statement", "body", "declaration_list")
_NAME_LISTS = re.compile(
    r".*(?:pattern|pattern_list|import_clause|named_imports|namespace_import|import_spec_list"
    r"|expression_list|reference_declarator|parenthesized_declarator|dotted_name|variable_list)"
)
_VARIABLES = frozenset(
    {"assignment", "assignment_expression", "augmented_assignment", "variable_declarator"}
    | {"declaration", "local_variable_declaration", "field_declaration", "var_spec", "const_spec"}
)
_NO_LINE_END = re.compile(rb"[^\n]")
_NAME = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")


class Definition(NamedTuple):
    """A name that a top-level statement binds."""

    name: str
    node: Node
    """The node that binds it."""
    statement: Node


class ParsedSource:
    """A source text and its syntax tree. Positions are in bytes of UTF-8."""

    def __init__(self, text: str, language: str, *, is_bounded: bool = True) -> None:
        """Parse a text. Only its beginning counts if it is too long or an endless expression."""
        self.language = language
        self.rules: SyntaxRules = rules_of(language)
        code = text.encode("utf-8", "replace")
        self.code = _bounded(code) if is_bounded else code
        # Some grammars require a line end directly after an `#include`. The length stays.
        plain = _TRAILING_BLANKS.sub(lambda blanks: b"\n" * len(blanks[0]), self.code)
        self.root = parse(plain + b"\n", language).root_node

    @property
    def text(self) -> str:
        """The text that was parsed."""
        return self.code.decode("utf-8", "replace")

    def slice(self, start: int, end: int) -> str:
        """Return the text between two positions."""
        return self.code[start:end].decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """Return the text of a node."""
        return self.slice(node.start_byte, node.end_byte)

    def of_statement(self, node: Node) -> str:
        """Return the text of a statement with the semicolon that ends it."""
        after = node.next_sibling
        return self.of(node) + (";" if after is not None and after.type == ";" else "")

    @cached_property
    def _line_ends(self) -> list[int]:
        return [found.start() for found in re.finditer(rb"\n", self.code)]

    def row(self, position: int) -> int:
        """Return the line of a position, from 0; the rows of nodes count trailing blanks, too."""
        return bisect_left(self._line_ends, position)

    @cached_property
    def statements(self) -> list[Node]:
        """The top-level nodes, comments and errors included."""
        return [node for node in self.root.children if node.end_byte > node.start_byte]

    @cached_property
    def definitions(self) -> list[Definition]:
        """The definitions of the top level, in order; a class comes before those inside of it."""
        found = []
        for statement in self.statements:
            stack = [statement]
            while stack:
                node = stack.pop()
                is_scope = node.type in self.rules.scopes
                if node.type in self.rules.definitions or (
                    node.type in self.rules.imports and not is_scope
                ):
                    found += [Definition(name, node, statement) for name in self.names(node)]
                if is_scope:
                    stack += reversed(node.named_children)
        return found

    @cached_property
    def _bound_names(self) -> dict[int, set[str]]:
        names: dict[int, set[str]] = {}
        for name, _, statement in self.definitions:
            names.setdefault(statement.start_byte, set()).add(name)
        return names

    def names_in(self, statement: Node) -> set[str]:
        """Return the names that a top-level statement binds."""
        return self._bound_names.get(statement.start_byte, set())

    def names(self, node: Node) -> list[str]:
        """Return the names that a definition or an import binds."""
        if (exported := self.exported_name(node)) is not None:
            return [exported]
        found: list[str] = []
        stack = [node]
        while stack:
            at = stack.pop()
            inner: list[Node] = []
            for field in _NAME_FIELDS:
                if inner := at.children_by_field_name(field):
                    break
            if at.type == "pair_pattern":
                inner = at.children_by_field_name("value")
            elif not inner and (_NAME_LISTS.fullmatch(at.type) or at is node):
                inner = at.named_children[:1] if at.type == "dotted_name" else at.named_children
            if at.named_child_count == 0 and at.is_named and at is not node:
                found.append(self.of(at))
            stack += reversed(inner)
        if not found and (path := node.child_by_field_name("path")) is not None:
            # A Go package is known by the last part of its path.
            found.append(self.of(path).strip('"`').rpartition("/")[2])
        return found

    def exported_name(self, node: Node) -> str | None:
        """Return the name of a function that an assignment exports, or None."""
        left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if self.rules.exports is None or left is None or value is None:
            return None
        found = self.rules.exports.fullmatch(self.of(left))
        if found is None or value.type not in self.rules.functions:
            return None
        name = value.child_by_field_name("name")
        return found[1] or (self.of(name) if name is not None else None)

    def body_of_function(self, statement: Node) -> Node | None:
        """Return the body of the first function or class that a statement defines, or None."""
        nodes = (found.node for found in self.definitions if found.statement == statement)
        bodies = (body for node in nodes if (body := body_of(node)) is not None)
        return next((body for body in bodies if body.type.endswith(_BODIES)), None)

    @cached_property
    def error_bytes(self) -> int:
        """Bytes inside of errors; a missing token counts as one."""
        found = 0
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.is_missing:
                found += 1
            elif node.is_error:
                found += max(1, node.end_byte - node.start_byte)
            elif node.has_error:
                stack += node.children
        return found

    @cached_property
    def _unread(self) -> list[tuple[int, int, bool]]:
        """Start and end of each comment and of the text in each literal, and whether it is one."""
        found, reached = [], 0
        for node in nodes_of(self.root, self.language, _unread_types(self.language)):
            if node.start_byte >= reached:
                reached = node.end_byte
                is_literal = node.type in self.rules.strings
                quote = 1 if is_literal and reached - node.start_byte > 1 else 0
                found.append((node.start_byte + quote, reached - quote, is_literal))
        return found

    @cached_property
    def bare_code(self) -> bytes:
        """The code with a blank for each byte of a comment or of the text in a literal."""
        return _blanked(self.code, (span[:2] for span in self._unread))

    def blanked(self, node: Node, *, inside: frozenset[str] = frozenset()) -> str:
        """Return the bare code of a node, with a blank for each byte of some nodes inside."""
        start, end = node.start_byte, node.end_byte
        inner = [n for n in nodes_of(node, self.language, inside) if n != node] if inside else []
        code = self.bare_code[start:end]
        spans = ((n.start_byte - start, n.end_byte - start) for n in inner)
        return _blanked(code, spans).decode("utf-8", "replace")

    def masked(self, *, keep_strings: bool = False) -> str:
        """Return the text with a blank for each character of comments and of texts in literals."""
        parts, done = [], 0
        for start, end, is_literal in self._unread:
            if not (is_literal and keep_strings):
                blanks = re.sub(r"[^\n]", " ", self.slice(start, end))
                parts += [self.slice(done, start), blanks]
                done = end
        return "".join((*parts, self.slice(done, len(self.code))))

    def renamed(self, new_names: Mapping[str, str]) -> str:
        """Return the text with other names for some of its names."""
        parts, done = [], 0
        for name in _NAME.finditer(self.bare_code):
            new = new_names.get(name[0].decode("utf-8", "replace"))
            if new is not None:
                parts += [self.slice(done, name.start()), new]
                done = name.end()
        return "".join((*parts, self.slice(done, len(self.code))))

    def words(self, node: Node | None = None) -> set[str]:
        """Return the names that occur in the code of a node, comments and literals excluded."""
        bare = self.bare_code if node is None else self.bare_code[node.start_byte : node.end_byte]
        return set(_WORD.findall(bare.decode("utf-8", "replace")))

    def closed(self) -> str:
        """Return the text with the braces that it leaves open closed."""
        depth = self.bare_code.count(b"{") - self.bare_code.count(b"}")
        return f"{self.text.rstrip()}\n" + "}\n" * depth if depth > 0 else self.text

    def value_words(self, node: Node) -> set[str]:
        """Return the names in the value of a variable; none for functions, types and imports."""
        value = value_of(node) if node.type in _VARIABLES else None
        return set() if value is None or value.type in self.rules.functions else self.words(value)

    def without(self, nodes: Iterable[Node]) -> str:
        """Return the text without some nodes and the line ends that follow them."""
        parts, done = [], 0
        for node in sorted(nodes, key=lambda node: node.start_byte):
            start, end = node.start_byte, node.end_byte
            if start < done:
                continue
            rest = re.compile(rb"[ \t]*;?[ \t]*\n?").match(self.code, end)
            parts.append(self.code[done:start])
            done = rest.end() if rest else end
        return b"".join((*parts, self.code[done:])).decode("utf-8", "replace")

    def first_column(self, node: Node) -> bool:
        """Return whether only blanks precede a node in its line."""
        line = self.code.rfind(b"\n", 0, node.start_byte) + 1
        return not self.code[line : node.start_byte].strip()


def has_rules(language: str) -> bool:
    """Return whether answers of a language can be read by its syntax tree."""
    spec = LANGUAGES.get(language)
    return spec is not None and spec.grammar is not None and spec.syntax is not None


def rules_of(language: str) -> SyntaxRules:
    """Return the rules of a language that has some."""
    rules = LANGUAGES[language].syntax
    assert rules is not None
    return rules


def is_indented(language: str) -> bool:
    """Return whether the blocks of a language are marked by indentation."""
    return has_rules(language) and rules_of(language).is_indented


def mask(text: str, language: str, *, keep_strings: bool = False) -> str:
    """Return a text with comments and the contents of literals as blanks, at the same length."""
    if has_rules(language):
        return ParsedSource(text, language, is_bounded=False).masked(keep_strings=keep_strings)
    spec = LANGUAGES.get(language)
    marks = [rf"(?<![\w$]){re.escape(spec.line_comment)}.*"] if spec and spec.line_comment else []
    if spec and spec.block_comment:
        opening, end = map(re.escape, spec.block_comment)
        marks.append(rf"{opening}(?s:.*?)(?:{end}|\Z)")
    if not marks:
        return text
    # A comment mark inside of a string opens no comment.
    strings = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(
        rf"(?P<comment>{'|'.join(marks)})|{strings}",
        lambda found: (
            re.sub(r"[^\n]", " ", found[0])
            if found["comment"]
            else found[0]
            if keep_strings
            else f"{found[0][0]}{' ' * (len(found[0]) - 2)}{found[0][-1]}"
        ),
        text,
    )


@cache
def _unread_types(language: str) -> frozenset[str]:
    """Return the types of comments and literals."""
    comments = {type_ for type_ in node_types(language) if type_.endswith("comment")}
    return rules_of(language).strings | comments


def _blanked(code: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """Return code with a blank for each byte in some spans except line ends."""
    blanked = bytearray(code)
    for start, end in spans:
        blanked[start:end] = _NO_LINE_END.sub(b" ", code[start:end])
    return bytes(blanked)


@lru_cache(maxsize=32)
def source_of(text: str, language: str) -> ParsedSource:
    """Return a parsed text; the readings of a completion and their checks share it."""
    return ParsedSource(text, language)


@lru_cache(maxsize=512)
def defined_names(text: str, language: str) -> frozenset[str]:
    """Return the names that a text of the benchmark defines at its top level."""
    return frozenset(found.name for found in ParsedSource(text, language).definitions)


def _bounded(code: bytes) -> bytes:
    """Cut a text where it exceeds the limits.

    The memory of a parser grows with the square of the depth at which an expression ends in an
    error, as in `a=>a=>a=>`, so an expression of hundreds of operators ends the text.
    """
    code = code[:MAX_BYTES]
    for stretch in _STRETCH.finditer(code):
        operators = _OPERATORS.finditer(code, stretch.start(), stretch.end())
        if (last := next(islice(operators, _MAX_OPERATORS, None), None)) is not None:
            return code[: last.start()]
    return code
