"""Definitions are found in masked source text."""

import pytest

from codem_ray.extraction.statements import defines


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("java", "public double poly(List<Double> xs, double x) {"),
        ("java", "int[] poly(int a) throws Exception {"),
        ("cpp", "vector<int> &poly(vector<int> v = {}) {"),
        ("cpp", "int poly(function<int(int)> f) const {"),
        ("c", "char *poly(const char *s)\n{"),
    ],
)
def test_definitions_are_found(language: str, code: str) -> None:
    assert defines(code, language, "poly")


@pytest.mark.parametrize(
    "code",
    [
        "while (poly(xs, begin) * poly(xs, end) > 0) {",
        "return poly(xs);\n}\nvoid g() {",
        "if (a < poly(x)) {",
        "else poly(x); {",
    ],
)
def test_calls_are_not_taken_for_definitions(code: str) -> None:
    assert not defines(code, "java", "poly")
    assert not defines(code, "cpp", "poly")
