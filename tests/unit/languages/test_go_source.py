"""Import declarations of Go sources."""

import pytest

from codem_ray.languages.go_sharing import exposes_package_path, is_inert
from codem_ray.languages.go_source import (
    fix_imports,
    import_paths,
    mentions,
    names_of_tests,
    redefined_names,
    with_imports,
)


def test_unused_import_of_the_benchmark_is_removed() -> None:
    fixed = fix_imports(
        'import (\n\t"math"\n\t"sort"\n)\n\nfunc F() { sort.Ints(nil) }\n', {"math", "sort"}
    )
    assert '"math"' not in fixed
    assert '"sort"' in fixed


def test_unused_import_of_the_answer_stays() -> None:
    assert '"os"' in fix_imports('import "os"\n\nfunc F() {}\n', {"math"})


def test_supplied_import_is_added_if_used() -> None:
    fixed = fix_imports("func F() float64 { return math.Sqrt(2) }\n", {"math", "sort"})
    assert '"math"' in fixed
    assert '"sort"' not in fixed


def test_other_import_is_not_added() -> None:
    assert "import" not in fix_imports("func F() { strings.ToUpper(s) }\n", {"math"})


@pytest.mark.parametrize(
    ("answer", "is_added"),
    [
        ("func f(b []byte) int {\n\tbytes := bytes.NewReader(b)\n\treturn bytes.Len()\n}\n", True),
        ("func f() int {\n\tbytes := g()\n\treturn bytes.Len()\n}\n", False),
        ("func f(a int, bytes Counter) int { return bytes.Len() }\n", False),
        ("func f() int {\n\tvar bytes Counter\n\treturn bytes.Len()\n}\n", False),
        ("func f() int { return bytes.len }\n", False),
        ("var bytes Counter\n\nfunc f() int { return bytes.Len() }\n", False),
        ("func g(bytes int) {}\n\nfunc f() int { return bytes.Count(nil, nil) }\n", True),
    ],
)
def test_a_package_is_added_only_where_no_variable_has_its_name(
    answer: str, is_added: bool
) -> None:
    assert ("import" in fix_imports(answer, {"bytes"})) is is_added


def test_names_in_strings_and_comments_are_not_uses() -> None:
    fixed = fix_imports(
        'import "math"\n\n// math.Sqrt\nfunc F() string { return "math.Sqrt" }\n', {"math"}
    )
    assert "import" not in fixed


def test_lines_keep_their_numbers() -> None:
    source = 'import (\n\t"math"\n)\n\nfunc F() { math.Abs(1) }\n'
    fixed = fix_imports(source, {"math"})
    assert fixed.splitlines()[4] == source.splitlines()[4]


def test_import_paths_and_test_names_are_found() -> None:
    source = 'import m "math/rand"\nimport (\n"sort"\n)\nfunc TestA(t *testing.T) {}\n'
    assert import_paths(source) == {"math/rand", "sort"}
    assert names_of_tests(source) == ["TestA"]


def test_strings_and_comments_are_not_declarations() -> None:
    source = 'var s = `\nimport "os"\npackage main\n`\n/*\nimport "fmt"\n*/\nvar r = \'"\'\n'
    assert with_imports(source, {"os", "fmt"}) == f"package main; {source}\n"
    assert import_paths(source) == set()


def test_comments_beside_declarations_stay() -> None:
    source = '/* a\n*/ package main // b\n/* c\n*/ import "math" /* d\n*/\nvar x = math.Pi\n'
    assert with_imports(source, {"math"}) == (
        'package main; import ("math"); /* a\n*/  // b\n/* c\n*/  /* d\n*/\nvar x = math.Pi\n\n'
    )


@pytest.mark.parametrize(
    "answer",
    [
        'import "a/codemharness"',
        r'import h "a/\x63odemharness"',
        r'import ( /* " */ h "a/code\155harness" /* " */ )',
        r'import h "a/\u0063odemharness"',
        "//go:linkname x a/codemharness.secret",
    ],
)
def test_name_is_found_in_every_spelling(answer: str) -> None:
    assert mentions(answer, "codemharness")
    assert not mentions('var x = "codem\\nharness"', "codemharness")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("const true = 1 == 0", ["true"]),
        ("const (\n\tother, true = 7, (1 == 0)\n)", ["true"]),
        ("const other,\n true = 7, (1 == 0)", ["true"]),
        ("var\nlen = 3", ["len"]),
        ("func len(x int) int { return 3 }", ["len"]),
        ("type (\n A struct { x int }\n int = A\n)", ["int"]),
        ('package main; import ("fmt"); type int bool', ["int"]),
        ("func max(a, b int) int { true := a > b; len := a; return len }", []),
        ("func (s T) len() int { return 1 }", []),
        ("var x int = len(a)\nvar y = []int{len(a)}\nvar z = 1 +\n len(a)", []),
        ('var f = func(a int) bool { return true }\nconst s string = "true"', []),
        ("type I interface { len() int }\nfunc g[T any](x T) T { return x }", []),
        ("const string = 1", []),
    ],
)
def test_redefined_names_that_tests_use_are_found(answer: str, expected: list[str]) -> None:
    assert redefined_names(answer, "assert.Equal(true, len(x), int(1)) // string") == expected


@pytest.mark.parametrize(
    "source",
    [
        'package main; import ("fmt"); func F() { var x = 1; fmt.Println(x, "var init") }',
        'package main\n\nimport (\n\t"fmt"\n)\n\nconst (\n\ta = iota\n\tb\n)\n',
        "type T struct {\n\tx int\n}\n\nfunc (t T) Get(\n\tn int,\n) error { return nil }",
        "// var x\n/* func init() {} */\nfunc F() rune { return '{' }\n",
        "func F() string { return `\nvar x = 1\nfunc init() {` }",
        'func F() string { return "\\"" } // "\nfunc G() {}',
    ],
)
def test_source_that_runs_nothing_is_inert(source: str) -> None:
    assert is_inert(source, ["fmt"])


@pytest.mark.parametrize(
    "source",
    [
        "var x = f()\nfunc f() int { return 1 }",
        "func f() int { return 1 }; var x = f()",
        "func f() int { return 1 } /* } */ ; /* x */ var x = f()",
        "const s = `a\n` ; var x = len(s)",
        "func F() rune { return '\\'' }\nvar x = '\"'",
        "func /* a\n*/ init() {}",
        "func\ninit() {}",
        "type T int\nvar (\n\ta = 1\n)",
        'import "os"\nfunc F() { os.Exit(0) }',
        'import f "os"; func F() { f.Exit(0) }',
        "import `os`",
        'import ("fmt"; . "os")',
        r'import "\x6fs"',
        'import "C"',
        "//go:noinline\nfunc F() {}",
        "func F() {}\n}",
        "func F() {",
        "}\n{ var x = 1 }",
        "func F() {}\n" + "// long\n" * 10_000,
    ],
)
def test_source_that_may_run_something_is_not_inert(source: str) -> None:
    assert not is_inert(source, ["fmt"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("func F(x interface{}) { switch x.(type) { case int: } }", False),
        ('func F(x []int, f func(int) int) string { return "type struct" } // type', False),
        ("func F(m map[string]interface{}, n [5]int) {}", False),
        ("type T int", True),
        ("func F() { type T int }", True),
        ("func F() []struct{ a int } { return nil }", True),
        ("func F(x interface{ M() }) {}", True),
        ("func F[T any](x T) {}", True),
        ("func F(m map[interface{}]int) {}", True),
        ("func F(m map[ /* x */ any]int) {}", True),
    ],
)
def test_source_with_own_types_exposes_its_package_path(source: str, expected: bool) -> None:
    assert exposes_package_path(source) is expected
