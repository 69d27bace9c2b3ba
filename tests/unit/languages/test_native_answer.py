"""Functions in C and C++ are killed when they end without the value that they promise."""

from __future__ import annotations

import pytest

from codem_ray.languages.native_answer import with_checked_end

CHECK = "__builtin_trap();"


@pytest.mark.parametrize(
    ("answer", "is_cpp"),
    [
        ("bool f(int a) {\n  if (a) return true;\n@}\n", False),
        ("int g(int a) { }\nchar *f(const char *s) { @}\n", False),
        ("void *f(void) { @}", False),
        ("int f(n) int n; { @}", False),
        ("#ifdef X\nint f(int x) { @}\n#else\nlong f(int x) { @}\n#endif\n", False),
        ("char *f(void) { /* schön */ @}", False),
        ("const string& f(string s) { @}", True),
        ("template <class T> T f(T x) { @}", True),
        ("struct A { int f(int x) { @} };", True),
        ("namespace a { vector<int> f(int x) { @} }", True),
    ],
)
def test_the_end_of_an_entry_point_with_a_value_is_checked(answer: str, is_cpp: bool) -> None:
    given = answer.replace("@", "")
    assert with_checked_end(given, "f", is_cpp=is_cpp) == answer.replace("@", CHECK)


@pytest.mark.parametrize(
    ("answer", "is_cpp"),
    [
        ("void f(int *a) { *a = 1; }", False),
        ("int g(int a) { }", False),
        ("int f(int a);", False),
        ("int f(int a) {", False),
        ("f { }", False),
        ("operator int() { }", True),
        ("auto f(int &a) { a = 1; }", True),
        ("", False),
    ],
)
def test_other_functions_stay_as_they_are(answer: str, is_cpp: bool) -> None:
    assert with_checked_end(answer, "f", is_cpp=is_cpp) == answer
