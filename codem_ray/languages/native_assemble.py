"""Joins an answer in C or C++ with its tests into one source in which its macros end first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from codem_ray.languages.c_library import C_FUNCTIONS
from codem_ray.languages.native_answer import with_checked_end
from codem_ray.languages.native_source import (
    ABSOLUTE,
    COMPARES,
    MATH,
    ONLY_C,
    functions_of,
    has_plain_result,
    library_calls,
    parameter_types,
    split_after_includes,
    type_assertions,
    without_macros,
)
from codem_ray.languages.spec import Unit

NUMBER = "0123456789abcdef"
"""Placeholder of the number that `native_build` gives each program."""
IDENTITY_LINE = f"#define CODEM_ID {NUMBER}"
_MAX_CHOSEN = 2
"""Largest number of parameters for which functions are chosen by type."""
HeadSplitter = Callable[[str], tuple[str, str]]
"""Split a source into lines to put before the harness's first header, and the other lines."""


_SCOPE_LINE = re.compile(r"[ \t]*(?:#[ \t]*include\b|using[ \t]+namespace\b).*")
"""A line that brings names of a library into scope."""


def source_name(extension: str, attempt: int = 0) -> str:
    """Return the name of a source that `assembler` makes, for the first or second attempt."""
    return f"program{attempt or ''}{extension}"


def assembler(
    extension: str, split_head: HeadSplitter = lambda source: ("", source)
) -> Callable[[Unit], Mapping[str, str]]:
    """Return the `assemble` of a language with this file extension, ".c" or ".cpp"."""
    is_cpp = extension == ".cpp"

    def assemble(unit: Unit) -> Mapping[str, str]:
        """Return a source per opening; `tests` is a main function whose checks are asserts."""
        entry_point = unit.problem.entry_point or ""
        unit = replace(unit, answer=with_checked_end(unit.answer, entry_point, is_cpp=is_cpp))
        return {
            source_name(extension, attempt): _source(unit, *split_head(text), is_cpp=is_cpp)
            for attempt, text in enumerate(openings(unit))
        }

    return assemble


def _source(unit: Unit, head: str, body: str, *, is_cpp: bool) -> str:
    return "\n".join(
        (
            head,
            '#include "codem_check.h"',
            body,
            "",
            *_separation(unit, is_cpp=is_cpp),
            '#line 1 "tests"',
            _tests(unit, is_cpp=is_cpp),
            "",
            # codem_tests.h declares it extern, so that the harness can link to it from C++ too.
            "void *const CODEM_NAME(tests_main_) = (void *)main;",
            *type_assertions(unit.problem.tests, is_cpp=is_cpp),
            "",
        )
    )


def openings(unit: Unit) -> list[str]:
    """Return one or two beginnings of a source: the benchmark's context, then the answer.

    In the first, the context has only the includes and `using` lines of the program itself: of the
    answer, or of the prompt if the answer has no include. More headers would change what a call
    means: with `strlen` of the library in scope, tests that call an answer's `strlen(string)` with
    a literal call the library's. The second is for answers that do not compile without what the
    benchmark supplies, which is left out if the answer has the name of a function of the library.
    """
    problem = unit.problem
    from_answer, from_prompt = _scope_lines(unit.answer), _scope_lines(problem.prompt)
    has_include = any(line.startswith("#") for line in from_answer)
    own = from_answer if has_include else from_answer | from_prompt
    supplied = _scope_lines(problem.context)
    if problem.entry_point in C_FUNCTIONS:
        supplied = from_answer | from_prompt
    contexts = (_restricted(problem.context, own), _restricted(problem.context, supplied))
    return [f'{context}\n#line 1 "answer"\n{unit.answer}' for context in dict.fromkeys(contexts)]


def _scope_lines(source: str) -> set[str]:
    return {"".join(m[0].split()) for line in source.split("\n") if (m := _SCOPE_LINE.match(line))}


def _restricted(context: str, allowed: set[str]) -> str:
    """Return a context without the includes and `using` lines that are not allowed."""
    return "\n".join(
        line
        for line in context.split("\n")
        if not _SCOPE_LINE.match(line) or "".join(line.split()) in allowed
    )


def called_functions(unit: Unit, known: Sequence[str]) -> list[str]:
    """Return the known library functions that the tests call."""
    problem = unit.problem
    return library_calls(problem.tests, _supplied(unit), problem.entry_point or "", known=known)


def _supplied(unit: Unit) -> str:
    return f"{unit.problem.context}\n{unit.problem.prompt}"


def _separation(unit: Unit, *, is_cpp: bool) -> list[str]:
    """Return the lines that separate the tests from the answer's macros and functions."""
    problem, supplied = unit.problem, _supplied(unit)
    lines = without_macros(unit.answer, supplied, is_cpp=is_cpp)
    lines += ["#undef CODEM_ID", IDENTITY_LINE, '#include "codem_tests.h"']
    helpers = [n for n in functions_of(problem.tests) if not re.search(rf"\b{n}\b", supplied)]
    lines += [f"#define {name} CODEM_NAME({name}_)" for name in helpers]
    entry = problem.entry_point
    if is_cpp and entry and has_plain_result(problem.prompt, entry, problem.tests):
        called = entry
        types = parameter_types(problem.prompt, entry) if entry in C_FUNCTIONS else ()
        if 0 < len(types) <= _MAX_CHOSEN:
            lines += _choice_by_type(types)
            called = f"CODEM_NAME(own_)::chosen({entry})"
        lines.append(f"#define {entry}(...) CODEM_NAME(plain_)::checked({called}(__VA_ARGS__))")
    return lines


def _choice_by_type(types: Sequence[str]) -> list[str]:
    """Return functions `chosen` that take the one of several functions with these parameters.

    An answer may include the library's function of its own name, which a literal matches better.
    """
    forms = ("{}", "const {} &", "{} &")
    return [
        "namespace CODEM_NAME(own_) {",
        *(
            f"template <class R> R (*chosen(R (*f)({', '.join(taken)})))({', '.join(taken)})"
            " { return f; }"
            for taken in product(*([form.format(one) for form in forms] for one in types))
        ),
        "}",
    ]


def _tests(unit: Unit, *, is_cpp: bool) -> str:
    """Return the tests, with calls of library functions redirected to the harness."""
    tests = unit.problem.tests
    # codem_tests.h redirects the others in C.
    names = called_functions(unit, (*MATH, *ABSOLUTE, *COMPARES) if is_cpp else (*MATH, *ONLY_C))
    if is_cpp and re.search(r"\b(?:complex|valarray)\b", "\n".join(openings(unit)) + tests):
        # The headers of these types overload the mathematical functions.
        names = [name for name in names if name in COMPARES]
    if not names:
        return tests
    lines = ['#include "codem_library.h"']
    for name in names:
        target = f"CODEM_NAME(lib_)::{name}" if is_cpp else f"CODEM_NAME({name}_)"
        lines += [f"#undef {name}", f"#define {name}(...) {target}(__VA_ARGS__)"]
    # C++ headers would not compile after these macros.
    before, after = split_after_includes(tests) if is_cpp else ("", tests)
    lines += [f'#line {before.count(chr(10)) + 1} "tests"', after]
    return before + "\n".join(lines)
