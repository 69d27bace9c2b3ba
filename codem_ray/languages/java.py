"""The language Java: file assembly, compilation in batches, and execution with the tests."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from codem_ray.languages.java_source import (
    TUPLE_TYPES,
    clashing_imports,
    library_imports,
    with_plain_results,
    without_package_and_public,
)
from codem_ray.languages.sentinels import Sentinels, Values
from codem_ray.languages.spec import (
    Build,
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Program,
    Samples,
    SyntaxRules,
    Unit,
)
from codem_ray.languages.toolchain import find_tool
from codem_ray.records import Limits

_IMPORT = re.compile(r"^[ \t]*import\s+[^;]+;[ \t]*$", re.MULTILINE)
_PACKAGE = re.compile(r"^[ \t]*package\s+[\w.]+\s*;", re.MULTILINE)
_HARNESS = {
    "codem/Harness.java": "Harness.java",
    "codem/CodemPlain.java": "CodemPlain.java",
    # A stand-in for the library javatuples, which the prompts of MultiPL-E import.
    **{
        f"org/javatuples/{name}.java": f"javatuples/{name}.java" for name in ("Tuple", *TUPLE_TYPES)
    },
}
"""Files of the harness, by their place in a batch."""
_TESTS = "CodemTests"
"""New name of the tests' class Main, so that an answer may have a `Main` of its own."""
_MAIN = re.compile(r"\bMain\b")
# Java can open only the descriptors 0 to 2 by number, and the program uses 1 and 2.
_REPORT_ON_0 = ("/bin/sh", "-c", 'exec "$0" "$@" <&4')
_CONFIGURATION = Path("/etc/java-17-openjdk")
_JAVAC_FLAGS = (
    *("-J-Xmx1g", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"),
    *("-encoding", "UTF8", "-proc:none", "-nowarn", "-Xlint:none", "-g:source,lines"),
    *("-Xmaxerrs", "100000", "-implicit:none", "-d", "out"),
)
_JAVA_FLAGS = (
    # Not the serial collector: only G1 can use the objects in the JDK's archive of classes, with
    # which it starts in three quarters of the time.
    *("-XX:+UseG1GC", "-XX:ParallelGCThreads=1", "-XX:TieredStopAtLevel=1"),
    *("-Xms16m", "-Xmx512m", "-Xss16m", "-ea", "-Dfile.encoding=UTF-8", "-cp", "/work"),
)


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return two files of one package; `tests` is a class Main whose main throws or asserts."""
    head = f"package {unit.name};"
    problem = unit.problem
    # The tests get the benchmark's imports, independent of the answer's.
    imports = dict.fromkeys(
        line.strip()
        for text in (problem.context, problem.prompt, problem.tests)
        for line in _IMPORT.findall(text)
    )
    supplied_imports = [line.strip() for line in _IMPORT.findall(problem.context)]
    # Extraction may have added them to the answer.
    clashes = clashing_imports(supplied_imports, unit.answer)
    context_imports = " ".join(line for line in supplied_imports if line not in clashes)
    kept = _IMPORT.sub(lambda line: "" if line[0].strip() in clashes else line[0], unit.answer)
    # javac quotes source lines in its messages. Indented, a line cannot pass for a message.
    answer = without_package_and_public(kept).replace("\n", "\n ")
    supplied = f"{problem.context}\n{problem.prompt}"
    tests = _IMPORT.sub("", _PACKAGE.sub("", problem.tests))
    library = library_imports(tests, list(imports), supplied)
    tests = _MAIN.sub(_TESTS, with_plain_results(tests, problem.prompt, problem.entry_point))
    return {
        "Answer.java": f"{head} {context_imports} {answer}\n",
        f"{_TESTS}.java": "\n".join((f"{head} {' '.join(library)}", *imports, tests, "")),
    }


def _shared_files(harness: Path) -> Mapping[str, str]:
    return {place: (harness / file).read_text(encoding="utf-8") for place, file in _HARNESS.items()}


def _readable(binary: Path) -> tuple[Path, ...]:
    home = binary.parent.parent
    folders = () if home.is_relative_to("/usr/lib") else (home,)
    return folders + ((_CONFIGURATION,) if _CONFIGURATION.is_dir() else ())


def _compile(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    javac = find_tool("javac")
    files = ("Answer.java", f"{_TESTS}.java")
    sources = [f"{program.name}/{file}" for program in programs for file in files]
    return Invocation(
        argv=(str(javac), *_JAVAC_FLAGS, *_HARNESS, *sources),
        env={"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        readable=_readable(javac),
    )


def _is_built(batch: Path, name: str) -> bool:
    return (batch / "out" / name / f"{_TESTS}.class").is_file()


def _collect(batch: Path, name: str) -> Path:
    folder = batch / name / "run"
    folder.mkdir()
    shutil.move(batch / "out" / name, folder / name)
    # All programs share these files by hard links: nothing writes to them any more.
    for shared in ("codem", "org"):
        shutil.copytree(batch / "out" / shared, folder / shared, copy_function=os.link)
    return folder


def _run(unit: Unit, harness: Path) -> Invocation:
    java = find_tool("jvm")
    return Invocation(
        argv=(*_REPORT_ON_0, str(java), *_JAVA_FLAGS, "codem.Harness", unit.name),
        env={"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        readable=_readable(java),
    )


LANGUAGE = LanguageSpec(
    name="java",
    title="Java",
    fence_tags=("java",),
    labels=("jdk", "openjdk", "j2se", "jshell", "jsh"),
    extension=".java",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("javac", "jvm"),
    installation=Installation(debian=("openjdk-17-jdk-headless",)),
    version_commands=(("javac", "-version"),),
    limits=Limits(processes=256),
    stop=("\npublic ", "\n}\n", "\nclass ", "\nimport ", "\n//"),
    process_layout=ProcessLayout.ALONE,
    assemble=assemble,
    build=Build(
        # Half of the 164 problems of HumanEval-X.
        batch_size=82,
        command=_compile,
        shared_files=_shared_files,
        is_built=_is_built,
        collect=_collect,
    ),
    run=_run,
    grammar="tree_sitter_java:language",
    syntax=SyntaxRules(
        definitions=frozenset(
            {"class_declaration", "interface_declaration", "enum_declaration"}
            | {"record_declaration", "method_declaration", "local_variable_declaration"}
            | {"field_declaration"}
        ),
        scopes=frozenset(
            {"class_declaration", "class_body", "interface_declaration", "interface_body"}
            | {"record_declaration", "enum_declaration", "enum_body", "enum_body_declarations"}
        ),
        functions=frozenset(),
        imports=frozenset({"import_declaration", "package_declaration"}),
        strings=frozenset({"string_literal", "character_literal"}),
        tests=re.compile(
            r"@(?:\w+Test|Test)\b|^\s*import\s+(?:static\s+)?org\.(?:junit|testng|hamcrest|mockito)\b"
        ),
        bodies=frozenset({"class_body"}),
        dropped=frozenset({"package_declaration"}),
        tidy="codem_ray.languages.java_answer:with_solution_class",
    ),
    signs=re.compile(
        r"\bpublic (?:static |final |abstract )*(?:class|interface|enum|void|int|String|boolean)\b"
        r"|\bSystem\.out\.print|^import javax?\.|\b(?:String|boolean)(?:\[\])? \w+(?: =|[;,)(])",
        re.MULTILINE,
    ),
    sentinels=Sentinels(
        values=(
            Values(pattern=r"[Bb]oolean", fixed=("true", "false"), default="false"),
            Values(pattern=r"byte|short|int|Integer", fixed=("77", "-13"), default="0"),
            Values(pattern=r"[Ll]ong", fixed=("77L", "-13L"), default="0L"),
            Values(pattern=r"[Ff]loat", fixed=("77.5f", "-13.25f"), default="0f"),
            Values(pattern=r"[Dd]ouble", fixed=("77.5", "-13.25"), default="0.0"),
            Values(pattern=r"char|Character", fixed=("'M'", "'m'"), default="' '"),
            Values(pattern=r"String", fixed=('"sentinel"', '"other text"'), default='""'),
            Values(pattern=r"Object", fixed=("77", '"sentinel"'), default="null"),
            Values(
                pattern=r"(?:List|ArrayList|Collection|Iterable)<(.+)>",
                fixed=(
                    "new java.util.ArrayList<>(java.util.Arrays.asList({0}))",
                    "new java.util.ArrayList<>(java.util.Arrays.asList({0}, {0}))",
                ),
                default="new java.util.ArrayList<>()",
            ),
            Values(
                pattern=r"(?:Hash)?Set<(.+)>",
                fixed=("new java.util.HashSet<>(java.util.Set.of({0}))",) * 2,
                default="new java.util.HashSet<>()",
            ),
            Values(
                pattern=r"(?:Hash)?Map<(.+)>",
                fixed=("new java.util.HashMap<>(java.util.Map.of({all}))",) * 2,
                default="new java.util.HashMap<>()",
            ),
            Values(
                pattern=r"Optional<(.+)>",
                fixed=("java.util.Optional.of({0})",) * 2,
                default="java.util.Optional.empty()",
            ),
            Values(
                pattern=r"(.+)\[\]",
                fixed=("new {type} { {0} }", "new {type} { {0}, {0} }"),
                default="new {type} {}",
            ),
        ),
        raises='throw new IllegalStateException("sentinel");',
    ),
    samples=Samples(
        tests="public class Main {\n    public static void main(String[] args) {\n"
        "        Solution s = new Solution();\n"
        "        if (s.twice(2) != 4 || s.twice(-3) != -6) {\n"
        "            throw new AssertionError();\n        }\n    }\n}\n",
        passes="class Solution {\n    public int twice(int n) {\n        return 2 * n;\n    }\n}\n",
        fails="class Solution {\n    public int twice(int n) {\n        return n * n;\n    }\n}\n",
        loops="class Solution {\n    public int twice(int n) {\n        while (true) n++;\n"
        "    }\n}\n",
        exits="class Solution {\n    public int twice(int n) {\n        System.exit(0);\n"
        "        return 0;\n    }\n}\n",
        does_not_compile="class Solution {\n    public int twice(int n) {\n"
        '        return "n";\n    }\n}\n',
    ),
)
