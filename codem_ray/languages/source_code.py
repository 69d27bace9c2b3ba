"""A source text with its syntax tree: statements, definitions, errors, and cuts by nodes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import SyntaxRules
from codem_ray.languages.syntax_trees import parse

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MAX_BYTES = 32_768
"""Longer sources are cut off: some grammars take quadratic time for an error in a long text."""
_MAX_OPERATORS = 400
_STRETCH = re.compile(rb"[^,;{}()\[\]]{400,}")
_OPERATORS = re.compile(rb"[=<>?!*&~^%|+/:.-]+")
_TRAILING_BLANKS = re.compile(rb"[ \t\r]+$", re.MULTILINE)
# Not after a single dot: the name of a field or a module's member.
_WORD = re.compile(r"(?<!\w)(?<!(?<!\.)\.)[^\W\d]\w*")
_NAME_FIELDS = ("alias", "declarator", "name", "left")
_VALUE_FIELDS = ("body", "value", "right")
_BLOCKS = frozenset({"block", "statement_block", "compound_statement", "statement_list"})
_BODIES = ("block", "statement", "body", "declaration_list")
_NAME_LISTS = re.compile(
    r".*(?:pattern|pattern_list|import_clause|named_imports|namespace_import|import_spec_list"
    r"|expression_list|reference_declarator|parenthesized_declarator|dotted_name|variable_list)"
)
_TO_DO = re.compile(rb"to-?do|your (?:code|solution)|implement", re.IGNORECASE)
_VARIABLES = frozenset(
    {"assignment", "assignment_expression", "augmented_assignment", "variable_declarator"}
    | {"declaration", "local_variable_declaration", "field_declaration", "var_spec", "const_spec"}
)
_NO_LINE_END = re.compile(r"[^\n]")


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
        self.root = _parsed(plain + b"\n", language).root_node

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

    def is_stub(self, node: Node) -> bool:
        """Return whether a definition has no body yet."""
        body = _body(node)
        if body is None:
            return True
        if body.type not in _BLOCKS:
            return self.rules.placeholder.fullmatch(self.of(body)[:300]) is not None
        inner = _statements_of(body)
        comments = [child for child in inner if is_comment(child)]
        rest = [child for child in inner if not is_comment(child)]
        # A body that only defines functions is a program that follows an unfinished prompt.
        idle = {node.type, *self.rules.imports}
        if all(child.type in idle or self._is_placeholder(child) for child in rest):
            return not body.has_error
        is_to_do = any(_TO_DO.search(self.code, c.start_byte, c.end_byte) for c in comments)
        rest = [child for child in rest if not self._is_placeholder(child)]
        return is_to_do and len(rest) == 1 and _is_trivial_return(rest[0])

    def _is_placeholder(self, statement: Node) -> bool:
        if statement.end_byte - statement.start_byte < 300:
            text = self.of(statement)
            if self.rules.placeholder.fullmatch(text):
                return True
        # A docstring.
        children = statement.named_children if statement.type == "expression_statement" else []
        return len(children) == 1 and children[0].type in self.rules.strings

    def body_of_function(self, statement: Node) -> Node | None:
        """Return the body of the first function or class that a statement defines, or None."""
        nodes = (found.node for found in self.definitions if found.statement == statement)
        bodies = (body for node in nodes if (body := _body(node)) is not None)
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

    def leaves(self, start: int = 0) -> Iterator[Node]:
        """Yield tokens, literals and comments in order, from a position on."""
        cursor = self.root.walk()
        while True:
            node = cursor.node
            assert node is not None
            is_whole = node.type in self.rules.strings or node.end_byte <= start
            if not is_whole and cursor.goto_first_child():
                continue
            if node.end_byte > max(start, node.start_byte):
                yield node
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return

    def blanked(
        self, node: Node | None = None, *, inside: Collection[str] = (), keep_strings: bool = False
    ) -> str:
        """Return the code of a node, with comments, literals and given nodes as blanks."""
        top = self.root if node is None else node
        # The root begins at the first code.
        start, end = (0, len(self.code)) if node is None else (node.start_byte, node.end_byte)
        cursor, spans = top.walk(), []
        while True:
            at = cursor.node
            assert at is not None
            is_string = at.type in self.rules.strings
            if is_comment(at) or is_string or (at.type in inside and at.id != top.id):
                if not (is_string and keep_strings):
                    quote = 1 if is_string and at.end_byte - at.start_byte > 1 else 0
                    spans.append((at.start_byte + quote, at.end_byte - quote))
            elif cursor.goto_first_child():
                continue
            is_done = False
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    is_done = True
                    break
            if is_done:
                break
        parts, done = [], start
        for first, last in spans:
            parts += [self.slice(done, first), _NO_LINE_END.sub(" ", self.slice(first, last))]
            done = max(done, last)
        return "".join((*parts, self.slice(done, end)))

    def words(self, node: Node | None = None) -> set[str]:
        """Return the names that occur in the code of a node, comments and literals excluded."""
        return set(_WORD.findall(self.blanked(node)))

    def closed(self) -> str:
        """Return the text with the braces that it leaves open closed."""
        depth = sum((leaf.type == "{") - (leaf.type == "}") for leaf in self.leaves())
        return f"{self.text.rstrip()}\n" + "}\n" * depth if depth > 0 else self.text

    def value_words(self, node: Node) -> set[str]:
        """Return the names in the value of a variable; none for functions, types and imports."""
        value = _value(node) if node.type in _VARIABLES else None
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
        return ParsedSource(text, language, is_bounded=False).blanked(keep_strings=keep_strings)
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
            _NO_LINE_END.sub(" ", found[0])
            if found["comment"]
            else found[0]
            if keep_strings
            else f"{found[0][0]}{' ' * (len(found[0]) - 2)}{found[0][-1]}"
        ),
        text,
    )


def is_comment(node: Node) -> bool:
    """Return whether a node is a comment."""
    return node.type.endswith("comment")


@lru_cache(maxsize=64)
def source_of_prompt(prompt: str, language: str) -> ParsedSource:
    """Return the source of a prompt whose last function is still open."""
    return ParsedSource(ParsedSource(prompt, language).closed(), language)


@lru_cache(maxsize=512)
def defined_names(text: str, language: str) -> frozenset[str]:
    """Return the names that a text of the benchmark defines at its top level."""
    return frozenset(found.name for found in ParsedSource(text, language).definitions)


@lru_cache(maxsize=16)
def _parsed(code: bytes, language: str) -> Tree:
    # The readings of a completion and their checks parse a text several times.
    return parse(code, language)


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


def _value(node: Node) -> Node | None:
    """Return the body or the value of a definition; it may be a function."""
    at: Node | None = node
    found: Node | None = None
    while at is not None and found is None:
        children = (at.child_by_field_name(field) for field in _VALUE_FIELDS)
        found = next((child for child in children if child is not None), None)
        at = at.child_by_field_name("declarator")
    return found


def _body(node: Node) -> Node | None:
    """Return the body of a function, or the value of a variable."""
    found = _value(node)
    while found is not None and found.type not in _BLOCKS:
        inner = found.child_by_field_name("body")
        if inner is None:
            break
        found = inner
    return found


def _statements_of(body: Node) -> list[Node]:
    """Return the comments and statements of a body, without blocks around all statements."""
    # Python's grammar puts comments before the first statement outside of the block.
    siblings = body.parent.children if body.parent is not None else []
    found = [node for node in siblings if is_comment(node) and node.end_byte <= body.start_byte]
    while True:
        children = body.named_children
        rest = [child for child in children if not is_comment(child)]
        if len(rest) != 1 or rest[0].type not in _BLOCKS:
            return found + children
        found += [child for child in children if is_comment(child)]
        body = rest[0]


def _is_trivial_return(node: Node) -> bool:
    values = node.named_children
    if len(values) == 1 and values[0].type == "expression_list":
        values = values[0].named_children
    return node.type == "return_statement" and (
        not values or (len(values) == 1 and values[0].named_child_count == 0)
    )
