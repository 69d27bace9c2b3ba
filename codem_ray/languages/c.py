"""The language C: compilation with gcc, and execution together with the tests."""

from __future__ import annotations

import re

from codem_ray.languages.native_assemble import assembler
from codem_ray.languages.native_build import NativeCompiler, run
from codem_ray.languages.spec import Installation, LanguageSpec, ProcessLayout, Samples

_COMPILER = NativeCompiler(
    tool="gcc",
    language="c",
    extension=".c",
    flags=("-std=gnu11", "-w"),
    # A function without a declaration would be called with the wrong types.
    first_flags=("-Werror=implicit-function-declaration",),
)

LANGUAGE = LanguageSpec(
    name="c",
    title="C",
    fence_tags=("c",),
    labels=(
        "clang",
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
    group="native",
    grammar="tree_sitter_c:language",
    signs=re.compile(r"#include\s*<(?:stdio|stdlib|string|stdbool|math|ctype)\.h>"),
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
