"""The language C++: compilation with g++ and precompiled headers, and execution with the tests."""

from __future__ import annotations

import dataclasses
import re

from codem_ray.languages.c import RULES
from codem_ray.languages.cpp_headers import FLAGS, precompiled_headers, split_head
from codem_ray.languages.native_assemble import assembler
from codem_ray.languages.native_build import NativeCompiler, run
from codem_ray.languages.sentinels import NUMBER_TYPE, Sentinels, Values
from codem_ray.languages.spec import Installation, LanguageSpec, ProcessLayout, Samples

_COMPILER = NativeCompiler(
    tool="g++",
    language="c++",
    extension=".cpp",
    flags=FLAGS,
    headers=precompiled_headers,
    runtime="codem_runtime.cpp",
)


LANGUAGE = LanguageSpec(
    name="cpp",
    title="C++",
    related={"c": "C++ grew out of C, and most C is valid C++ (Stroustrup 1994)"},
    aliases=("c++", "cxx", "cc"),
    fence_tags=("cpp", "c++", "cxx", "cc", "cplusplus", "hpp"),
    labels=(
        "c-plus-plus",
        "hxx",
        "hh",
        "h++",
        "ipp",
        "tpp",
        "ixx",
        "cppm",
        "g++",
        "gnu++",
        "clang++",
        "c++src",
    ),
    extension=".cpp",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("g++",),
    installation=Installation(debian=("g++", "libboost-dev", "libssl-dev")),
    version_commands=(("g++", "--version"),),
    stop=("\nint main", "\nvoid main", "\n#include", "\n/*", "\n//"),
    process_layout=ProcessLayout.ALONE,
    assemble=assembler(".cpp", split_head),
    build=_COMPILER.build(),
    run=run,
    grammar="tree_sitter_cpp:language",
    syntax=dataclasses.replace(
        RULES,
        definitions=RULES.definitions
        | {"class_specifier", "alias_declaration", "namespace_alias_definition"}
        | {"concept_definition"},
        scopes=RULES.scopes | {"template_declaration", "namespace_definition", "declaration_list"},
        imports=RULES.imports | {"using_declaration"},
        headers=RULES.headers | {"using_declaration"},
        strings=RULES.strings | {"raw_string_literal"},
        # The body of a test macro, such as Catch2's.
        dropped=frozenset({"compound_statement"}),
        tests=re.compile(
            r"^#\s*include\s*<(?:gtest|gmock|catch2?|doctest|boost/test)\b"
            r"|^(?:TEST(?:_F|_P|_CASE)?|BOOST_AUTO_TEST_CASE)\s*\("
        ),
    ),
    snippet_frame=("void snippet() {\n", "\n}"),
    signs=re.compile(
        # Headers without `.h` are C++'s.
        r"#include\s*<(?:\w+|bits/stdc\+\+\.h)>|\bstd::|\b(?:cout|cerr)\s*<<|\bcin\s*>>"
        r"|^[ \t]*(?:using )?namespace \w+|^[ \t]*template\s*<|^[ \t]*(?:public|private):",
        re.MULTILINE,
    ),
    superset_of="c",
    sentinels=Sentinels(
        values=(
            Values(pattern=r"bool", fixed=("true", "false"), default="false"),
            Values(pattern=NUMBER_TYPE, fixed=("77", "-13"), default="0"),
            Values(
                pattern=r"(?:const )?(?:char\*|(?:std::)?string)",
                fixed=('({type})"sentinel"', '({type})"other text"'),
                default='({type})""',
            ),
            Values(
                pattern=r"(?:std::)?(?:vector|list|deque|(?:unordered_)?set)<(.+)>",
                fixed=("{type}{ {0} }", "{type}{ {0}, {0} }"),
                default="{type}()",
            ),
            Values(
                pattern=r"(?:std::)?(?:unordered_)?map<(.+)>",
                fixed=("{type}{ { {all} } }", "{type}{ { {all} } }"),
                default="{type}()",
            ),
            Values(
                pattern=r"(?:std::)?(?:pair|tuple)<(.+)>",
                fixed=("{type}({all})", "{type}({all})"),
                default="{type}()",
            ),
            Values(
                pattern=r"(?:boost|std)::any", fixed=("77", 'std::string("sentinel")'), default="0"
            ),
            Values(
                pattern=r".+\*",
                fixed=(
                    "({ static long room[64] = {77, 77}; ({type})room; })",
                    "({ static long room[64] = {-13, 1}; ({type})room; })",
                ),
                default="nullptr",
            ),
            Values(pattern=r"(.+)&", fixed=("*new auto({0})",) * 2, default="*new auto({0})"),
            Values(pattern=r".+", fixed=("{type}()", "{type}()"), default="{type}()"),
        ),
        raises="__builtin_abort();",
    ),
    samples=Samples(
        tests="#include <cassert>\nint main() {\n    assert(twice({1, 2}) == 6);\n"
        "    assert((twice(std::vector<int>{-3}) == -6));\n}\n",
        passes="#include <vector>\nint twice(std::vector<int> v) {\n    int s = 0;\n"
        "    for (int x : v) s += x;\n    return 2 * s;\n}\n",
        fails="#include <vector>\nint twice(std::vector<int> v) {\n    return v.size();\n}\n",
        loops="#include <vector>\nint twice(std::vector<int> v) {\n    volatile int i = 0;\n"
        "    while (true) i = i + 1;\n}\n",
        exits="#include <vector>\n#include <cstdlib>\nint twice(std::vector<int> v) {\n"
        "    std::exit(0);\n}\n",
        does_not_compile="#include <vector>\nint twice(std::vector<int> v) {\n    return w;\n}\n",
    ),
)
