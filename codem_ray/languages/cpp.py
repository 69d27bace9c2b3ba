"""C++."""

from __future__ import annotations

from codem_ray.languages import native
from codem_ray.languages.spec import Installation, LanguageSpec, Samples, Style

_FLAGS = ("-std=gnu++17", "-O1", "-w")

LANGUAGE = LanguageSpec(
    name="cpp",
    title="C++",
    aliases=("c++", "cxx", "cc"),
    fence_tags=("cpp", "c++", "cxx", "cc"),
    extension=".cpp",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("g++",),
    installation=Installation(debian=("g++", "libboost-dev", "libssl-dev")),
    version_commands=(("g++", "--version"),),
    stop=("\nint main", "\nvoid main", "\n#include", "\n/*", "\n//"),
    style=Style.ALONE,
    assemble=native.assembler(".cpp"),
    build=native.compiler("g++", ".cpp", _FLAGS),
    run=native.run,
    group="native",
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
