"""Reads C and C++ sources: macros, functions and library calls that separate answer and tests."""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SPLICE = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NOT_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_DEFINE = re.compile(
    r"^[ \t\f\v]*(?:#|%:|\?\?=)[ \t\f\v]*(?:define|undef)[ \t\f\v]+([A-Za-z_]\w*).*$", re.MULTILINE
)
"""`#define` or `#undef` of a name; after `#undef` an answer could declare a constant of it."""
_FUNCTION = re.compile(
    r"^(?!typedef\b|using\b|return\b|else\b)[A-Za-z_][\w:<>,&* \t]*?[\s*&](\w+)"
    r"\s*\([^;{}()]*\)\s*\{",
    re.MULTILINE,
)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*\n", re.MULTILINE)
_CALL = re.compile(r"(?<![\w.])(?<!->)([A-Za-z_]\w*)\s*\(")
_RESULT = r"^(?P<result>[A-Za-z_][\w:<>,&* \t]*?[\s*&]){name}\s*\("
_STANDARD = {
    "NULL": "((void *)0)",
    "true": "1",
    "false": "0",
    "bool": "_Bool",
    "CHAR_BIT": "__CHAR_BIT__",
    "CHAR_MAX": "__SCHAR_MAX__",
    "CHAR_MIN": "(-__SCHAR_MAX__ - 1)",
    "UCHAR_MAX": "(__SCHAR_MAX__ * 2 + 1)",
    "USHRT_MAX": "(__SHRT_MAX__ * 2 + 1)",
    "UINT_MAX": "(__INT_MAX__ * 2U + 1U)",
    "ULONG_MAX": "(__LONG_MAX__ * 2UL + 1UL)",
    "ULLONG_MAX": "(__LONG_LONG_MAX__ * 2ULL + 1ULL)",
    "LLONG_MAX": "__LONG_LONG_MAX__",
    "LLONG_MIN": "(-__LONG_LONG_MAX__ - 1LL)",
    "LONG_MIN": "(-__LONG_MAX__ - 1L)",
    **{f"{kind}_MAX": f"__{kind}_MAX__" for kind in ("SCHAR", "SHRT", "INT", "LONG", "SIZE")},
    **{f"{kind}_MIN": f"(-__{kind}_MAX__ - 1)" for kind in ("SCHAR", "SHRT", "INT")},
    **{
        f"{sign}INT{size}_MAX": f"__{sign}INT{size}_MAX__"
        for size in ("8", "16", "32", "64", "MAX", "PTR")
        for sign in ("", "U")
    },
    **{
        f"INT{size}_MIN": f"(-__INT{size}_MAX__ - 1)"
        for size in ("8", "16", "32", "64", "MAX", "PTR")
    },
    **{
        f"{kind}_{limit}": f"__{kind}_{limit}__"
        for kind in ("FLT", "DBL", "LDBL")
        for limit in ("MAX", "MIN", "EPSILON", "DIG", "MANT_DIG", "MAX_EXP", "MIN_EXP")
    },
    "NAN": '(__builtin_nanf(""))',
    "INFINITY": "(__builtin_inff())",
    "HUGE_VAL": "(__builtin_huge_val())",
    "M_PI": "3.14159265358979323846",
    "M_PI_2": "1.57079632679489661923",
    "M_PI_4": "0.78539816339744830962",
    "M_E": "2.7182818284590452354",
    "M_LN2": "0.69314718055994530942",
    "M_LN10": "2.30258509299404568402",
    "M_SQRT2": "1.41421356237309504880",
    "M_SQRT1_2": "0.70710678118654752440",
    "EOF": "(-1)",
    "RAND_MAX": "2147483647",
    "EXIT_SUCCESS": "0",
    "EXIT_FAILURE": "1",
}
"""Macros of the system headers that tests use, for answers that define or undefine them."""
_STANDARD_OF_C = {
    f"{name}(x)": f"__builtin_{name}(x)"
    for name in ("isnan", "isinf", "isfinite", "isnormal", "signbit")
}
_KEYWORDS_OF_CPP = ("true", "false", "bool")
_SIZED = re.compile(r"\b(?:(u?)int(8|16|32|64)_t|size_t)\b")
_PLAIN_WORDS = frozenset(
    _words(
        "std boost bool char short int long unsigned signed float double const string vector map "
        "set pair tuple unordered_map unordered_set list deque array optional any size_t int64_t "
        "int32_t uint64_t uint32_t uint8_t"
    )
)
"""Words of a plain result type, one of the language or its library."""
COMPARES = ("strcmp", "strlen")
"""The harness defines these itself in C++, because templates of the library call them."""
MEMORY = ("memcmp", "memcpy", "memmove", "memset")
"""The harness defines these in C++, for the same reason."""
ABSOLUTE = ("fabs", "abs")
MATH = _words(
    "round floor ceil trunc sqrt cbrt exp log log2 log10 sin cos tan atan pow fmod hypot fmin fmax "
    "atan2"
)
ONLY_C = _words(
    "lround llround labs llabs atoi atof strtol strtod qsort strchr strrchr strstr strcpy strncpy "
    "strcat strcasecmp memcpy memset isalpha isdigit isalnum isupper islower isspace ispunct "
    "toupper tolower"
)
"""Library functions of C that tests call. codem_library.h lists these and those of MATH."""


def without_macros(answer: str, supplied: str, *, is_cpp: bool) -> list[str]:
    """Return directives that remove the macros of an answer.

    Macros of `supplied`, the code of the benchmark, get their definition back.
    """
    # An `#undef` of the benchmark is repeated as well.
    supplied_lines = {m[1]: m[0].strip() for m in _DEFINE.finditer(_spliced(supplied))}
    lines = []
    for name in dict.fromkeys(_defined(answer)):
        if name in ("defined", "__VA_ARGS__"):
            continue
        lines.append(f"#undef {name}")
        if name in supplied_lines:
            lines.append(supplied_lines[name])
        elif name in _STANDARD and not (is_cpp and name in _KEYWORDS_OF_CPP):
            value = "__null" if is_cpp and name == "NULL" else _STANDARD[name]
            lines.append(f"#define {name} {value}")
        elif not is_cpp and (call := f"{name}(x)") in _STANDARD_OF_C:
            lines.append(f"#define {call} {_STANDARD_OF_C[call]}")
    return lines


def _defined(source: str) -> list[str]:
    text = _spliced(source)
    # With and without comments, because a string may hold something that looks like a comment.
    return [
        match[1] for text in (text, _COMMENT.sub(" ", text)) for match in _DEFINE.finditer(text)
    ]


def _spliced(source: str) -> str:
    return _SPLICE.sub("", source)


def library_calls(
    tests: str, supplied: str, entry_point: str, *, known: Sequence[str]
) -> list[str]:
    """Return the library functions that tests call, except those that the benchmark defines."""
    called = set(_CALL.findall(_NOT_CODE.sub(" ", tests))) - {entry_point, *functions_of(tests)}
    code = _NOT_CODE.sub(" ", supplied)
    return [
        name
        for name in known
        if name in called and not re.search(rf"\b{name}\s*\([^;{{}}()]*\)\s*[{{;]", code)
    ]


def type_assertions(tests: str, *, is_cpp: bool) -> list[str]:
    """Return static assertions on the integer types of headers that tests use.

    An answer could change these types by a macro before it includes the header.
    """
    keyword = "static_assert" if is_cpp else "_Static_assert"
    found = {match[0]: match for match in _SIZED.finditer(_NOT_CODE.sub(" ", tests))}
    return [
        f"{keyword}(sizeof({name}) == {int(match[2] or 64) // 8} && ({name})1 / 2 == 0 && "
        f'({name})-1 {">" if match[1] or match[2] is None else "<"} 0, "{name} is another type");'
        for name, match in found.items()
    ]


def split_after_includes(tests: str) -> tuple[str, str]:
    """Split tests after the last header that they include."""
    end = max((match.end() for match in _INCLUDE.finditer(tests)), default=0)
    return tests[:end], tests[end:]


def functions_of(tests: str) -> list[str]:
    """Return the names of the functions that tests define, except main."""
    code = _NOT_CODE.sub(" ", tests)
    return [name for name in dict.fromkeys(_FUNCTION.findall(code)) if name != "main"]


def has_plain_result(prompt: str, entry_point: str, tests: str) -> bool:
    """Return whether a prompt declares a plain result type for a function that is no member."""
    name = re.escape(entry_point)
    found = re.search(_RESULT.format(name=name), _NOT_CODE.sub(" ", prompt), re.MULTILINE)
    if found is None or re.search(rf"(?:\.|->|::)\s*{name}\b", tests):
        return False
    words = set(re.findall(r"[A-Za-z_]\w*", found["result"]))
    return bool(words) and words <= _PLAIN_WORDS


def parameter_types(prompt: str, entry_point: str) -> list[str]:
    """Return the plain parameter types of the function that a prompt declares.

    Empty if it declares none, or if a parameter has another type, such as a pointer.
    """
    pattern = rf"[\w>&*\s]{re.escape(entry_point)}\s*\(([^;{{}}()]*)\)\s*\{{"
    found = re.search(pattern, _NOT_CODE.sub(" ", prompt))
    if found is None:
        return []
    types = []
    for parameter in re.split(r",(?![^<]*>)", found[1]):
        taken = re.fullmatch(r"\s*(?:const\s+)?([\w:<>, ]+?)\s*&?\s*\b\w+\s*", parameter)
        if taken is None:
            return []
        types.append(taken[1])
    return types
