"""The language C: compilation with gcc, and execution together with the tests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codem_ray.languages.native_assemble import assembler
from codem_ray.languages.native_build import NativeCompiler, run
from codem_ray.languages.sentinels import NUMBER_TYPE, Sentinels, Values
from codem_ray.languages.spec import Installation, LanguageSpec, ProcessLayout, Samples, SyntaxRules

_COMPILER = NativeCompiler(
    tool="gcc",
    language="c",
    extension=".c",
    flags=("-std=gnu11", "-w"),
    # A function without a declaration would be called with the wrong types.
    first_flags=("-Werror=implicit-function-declaration",),
)


def with_helpers(program: str, context: str, helpers: Sequence[str]) -> str:
    """Return a program with helpers; `native_assemble` adds the context."""
    return "".join(f"{helper}\n\n" for helper in helpers) + program


RULES = SyntaxRules(
    definitions=frozenset(
        {"function_definition", "declaration", "type_definition", "struct_specifier"}
        | {"enum_specifier", "union_specifier", "preproc_def", "preproc_function_def"}
    ),
    scopes=frozenset({"preproc_if", "preproc_ifdef", "preproc_else", "linkage_specification"}),
    functions=frozenset(),
    imports=frozenset({"preproc_include"}),
    headers=frozenset({"preproc_include"}),
    strings=frozenset({"string_literal", "char_literal"}),
    main="main",
    add_context="codem_ray.languages.c:with_helpers",
)
LANGUAGE = LanguageSpec(
    name="c",
    title="C",
    fence_tags=("c",),
    labels=(
        "clang",
        "gcc",
        "c89",
        "c90",
        "c99",
        "c11",
        "c17",
        "c18",
        "c23",
        "c2x",
        "gnu99",
        "gnu11",
        "gnu17",
        "csrc",
    ),
    extension=".c",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("gcc",),
    installation=Installation(debian=("gcc", "libc6-dev")),
    version_commands=(("gcc", "--version"),),
    stop=("\nint main", "\nvoid main", "\n#include", "\n/*", "\n//"),
    process_layout=ProcessLayout.ALONE,
    assemble=assembler(".c"),
    build=_COMPILER.build(),
    run=run,
    grammar="tree_sitter_c:language",
    syntax=RULES,
    signs=re.compile(r"#include\s*<(?:stdio|stdlib|string|stdbool|math|ctype)\.h>"),
    sentinels=Sentinels(
        values=(
            Values(pattern=r"bool|_Bool", fixed=("1", "0"), default="0"),
            Values(pattern=NUMBER_TYPE, fixed=("77", "-13"), default="0"),
            Values(
                pattern=r"(?:const )?char\*", fixed=('"sentinel"', '"other text"'), default='""'
            ),
            Values(
                pattern=r".+\*",
                fixed=(
                    "({ static long room[64] = {77, 77}; ({type})room; })",
                    "({ static long room[64] = {-13, 1}; ({type})room; })",
                ),
                default="0",
            ),
            Values(
                pattern=r".+",
                fixed=(
                    "({ static {type} v; __builtin_memset(&v, 77, sizeof v); v; })",
                    "({ static {type} v; __builtin_memset(&v, 13, sizeof v); v; })",
                ),
                default="({ static {type} v; v; })",
            ),
        ),
        raises="__builtin_abort();",
    ),
    samples=Samples(
        tests="#include <assert.h>\nint main() {\n    assert(twice(2) == 4);\n"
        "    assert(twice(-3) == -6);\n    return 0;\n}\n",
        passes="int twice(int n) {\n    return 2 * n;\n}\n",
        fails="int twice(int n) {\n    return n * n;\n}\n",
        loops="int twice(int n) {\n    volatile int i = 0;\n    while (1) i++;\n    return i;\n}\n",
        exits="#include <stdlib.h>\nint twice(int n) {\n    exit(0);\n}\n",
        does_not_compile="int twice(int n) {\n    return 2 * m;\n}\n",
    ),
)
