"""Import declarations of Go sources."""

from codem_ray.languages.go_source import fix_imports, import_paths, names_of_tests


def test_unused_import_of_the_benchmark_is_dropped() -> None:
    fixed = fix_imports(
        'import (\n\t"math"\n\t"sort"\n)\n\nfunc F() { sort.Ints(nil) }\n', {"math", "sort"}
    )
    assert '"math"' not in fixed
    assert '"sort"' in fixed


def test_unused_import_of_the_answers_own_stays() -> None:
    assert '"os"' in fix_imports('import "os"\n\nfunc F() {}\n', {"math"})


def test_supplied_import_is_added_when_used() -> None:
    fixed = fix_imports("func F() float64 { return math.Sqrt(2) }\n", {"math", "sort"})
    assert '"math"' in fixed
    assert '"sort"' not in fixed


def test_import_not_supplied_is_not_added() -> None:
    assert "import" not in fix_imports("func F() { strings.ToUpper(s) }\n", {"math"})


def test_a_name_in_a_string_or_comment_is_no_use() -> None:
    fixed = fix_imports(
        'import "math"\n\n// math.Sqrt\nfunc F() string { return "math.Sqrt" }\n', {"math"}
    )
    assert "import" not in fixed


def test_lines_keep_their_numbers() -> None:
    source = 'import (\n\t"math"\n)\n\nfunc F() { math.Abs(1) }\n'
    fixed = fix_imports(source, {"math"})
    assert fixed.splitlines()[4] == source.splitlines()[4]


def test_paths_and_names_are_read() -> None:
    source = 'import m "math/rand"\nimport (\n"sort"\n)\nfunc TestA(t *testing.T) {}\n'
    assert import_paths(source) == {"math/rand", "sort"}
    assert names_of_tests(source) == ["TestA"]
