"""Definitions, stubs, errors and masks of source texts, by their trees."""

from __future__ import annotations

import pytest

from codem_ray.languages import LANGUAGES, function_bodies, syntax_trees
from codem_ray.languages.source_code import MAX_BYTES, ParsedSource, mask


def names(code: str, language: str) -> list[str]:
    return [found.name for found in ParsedSource(code, language).definitions]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "A, *B = 1, 2\n@d\ndef f(): pass\nadd = lambda x: x\n", ["A", "B", "f", "add"]),
        ("python", "try:\n    import q as r\nexcept E:\n    r = 1\n", ["r", "r"]),
        ("cpp", "auto f(int a) -> int { return a; }", ["f"]),
        ("cpp", "std::vector<int> &g(int a) noexcept { }", ["g"]),
        ("cpp", "template<class T> T h(T x) { return x; }\nint a, *b = 0;", ["h", "a", "b"]),
        ("c", "char *poly(const char *s)\n{ return s; }\n#define X 1\n", ["poly", "X"]),
        ("java", "class S { int q; int[] f(int a) throws E { return null; } }", ["S", "q", "f"]),
        (
            "go",
            'import m "a/b"\nfunc F() {}\nvar a, b = 1, 2\ntype T int',
            ["m", "F", "a", "b", "T"],
        ),
        ("javascript", "export const {x, y: [z]} = q, g = (a) => 1;", ["x", "z", "g"]),
        ("typescript", "interface N {}\nconst f: N = (a) => { return a; };", ["N", "f"]),
    ],
)
def test_definitions_are_found(language: str, code: str, expected: list[str]) -> None:
    assert names(code, language) == expected


@pytest.mark.parametrize(
    "code", ["while (poly(a) > 0) { }", "return poly(a);", "if (a < poly(x)) { }"]
)
def test_calls_are_no_definitions(code: str) -> None:
    for language in ("c", "cpp", "java"):
        assert "poly" not in names(f"int g() {{ {code} }}", language)


STUBS = {
    "python": ["pass", "...", '"""Doc."""', "raise NotImplementedError", "# your code here"],
    "javascript": ["", "// TODO", "throw new Error('Not implemented');", "return;"],
    "java": ["", "throw new UnsupportedOperationException();", "// TODO\nreturn 0;"],
    "go": ['panic("not implemented")', "// write this"],
    "cpp": ["", "/* your code here */ return 0;", 'throw std::logic_error("not implemented");'],
}
HEADS = {
    "python": "def f(a):\n    {}\n",
    "javascript": "const f = (a) => {{\n{}\n}};\n",
    "java": "class S {{ int f(int a) {{\n{}\n}} }}\n",
    "go": "func f(a int) int {{\n{}\n}}\n",
    "cpp": "int f(int a) {{\n{}\n}}\n",
}


@pytest.mark.parametrize("language", STUBS)
def test_a_stub_is_no_body(language: str) -> None:
    def is_stub(body: str) -> bool:
        source = ParsedSource(HEADS[language].format(body), language)
        return function_bodies.is_stub(
            source, next(d.node for d in source.definitions if d.name == "f")
        )

    for body in STUBS[language]:
        assert is_stub(body), body
    assert not is_stub("return 0" if language == "python" else "return 0;")
    assert not is_stub('return "x"' if language == "python" else 'return "x";')


@pytest.mark.parametrize("language", [name for name, spec in LANGUAGES.items() if spec.syntax])
def test_samples_have_no_errors_and_keep_their_length_when_masked(language: str) -> None:
    samples = LANGUAGES[language].samples
    assert ParsedSource(samples.passes, language).error_bytes == 0
    comment = LANGUAGES[language].comment_prefix
    text = f"{samples.passes}{comment} déjà 'vu'\n"
    masked = mask(text, language)
    assert len(masked) == len(text)
    assert "vu" not in masked


@pytest.mark.parametrize("language", [name for name, spec in LANGUAGES.items() if spec.syntax])
def test_rules_name_types_that_the_grammar_has(language: str) -> None:
    rules = LANGUAGES[language].syntax
    assert rules is not None
    named = rules.definitions | rules.scopes | rules.functions | rules.imports | rules.headers
    named |= rules.strings | rules.effects | rules.bodies | rules.dropped
    assert named <= syntax_trees.node_types(language)


def test_names_in_comments_and_strings_are_not_renamed() -> None:
    code = "// half\nconst half = (a) => 'half' + half2(a) + half(a);\n"
    assert ParsedSource(code, "javascript").renamed({"half": "twice"}) == (
        "// half\nconst twice = (a) => 'half' + half2(a) + twice(a);\n"
    )


def test_a_very_long_text_and_an_endless_expression_are_cut() -> None:
    assert len(ParsedSource("x = 1\n" * MAX_BYTES, "python").code) <= MAX_BYTES
    assert len(ParsedSource("a=>" * 9_000, "java").code) < 3_000


def test_braces_that_a_text_leaves_open_are_closed() -> None:
    assert ParsedSource("int f() { if (a) { b();", "c").closed().count("}") == 2
