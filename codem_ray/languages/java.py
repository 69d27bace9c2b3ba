"""Java."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.caches import (
    check_seal,
    filled,
    folder_name,
    run_tool,
    seal,
    write_samples,
)
from codem_ray.languages.java_source import (
    library_imports,
    with_plain_results,
    without_package_and_public,
)
from codem_ray.languages.spec import (
    Build,
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Program,
    Samples,
    Unit,
)
from codem_ray.languages.toolchain import find_tool
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Limits

_IMPORT = re.compile(r"^[ \t]*import\s+[^;]+;[ \t]*$", re.MULTILINE)
_PACKAGE = re.compile(r"^[ \t]*package\s+[\w.]+\s*;", re.MULTILINE)
_HARNESS = ("codem/Harness.java", "codem/CodemPlain.java")
_TESTS = "CodemTests"
"""What the tests' class is called here, so that an answer may have a `Main` of its own."""
_MAIN = re.compile(r"\bMain\b")
# Java has no way to a descriptor by its number but 0 to 2, and 1 and 2 are the program's own.
_REPORTING_AT_0 = ("/bin/sh", "-c", 'exec "$0" "$@" <&4')
_CONFIGURATION = Path("/etc/java-17-openjdk")
_ARCHIVE = "javac.jsa"
_FORMAT = 2
"""Of the folder that `_warm_up` fills."""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Lay out two files of one package; `tests` is a class Main whose main throws or asserts."""
    head = f"package {unit.name};"
    problem = unit.problem
    # The tests see the imports that the benchmark wrote, whatever the answer imports.
    imports = dict.fromkeys(
        line.strip()
        for text in (problem.context, problem.prompt, problem.tests)
        for line in _IMPORT.findall(text)
    )
    supplied = " ".join(line.strip() for line in _IMPORT.findall(problem.context))
    # javac shows lines of a source as they are: indented, none looks like a message about another.
    answer = without_package_and_public(unit.answer).replace("\n", "\n ")
    given = f"{problem.context}\n{problem.prompt}"
    tests = _IMPORT.sub("", _PACKAGE.sub("", problem.tests))
    library = library_imports(tests, list(imports), given)
    tests = _MAIN.sub(_TESTS, with_plain_results(tests, problem.prompt, problem.entry_point))
    return {
        "Answer.java": f"{head} {supplied} {answer}\n",
        f"{_TESTS}.java": "\n".join((f"{head} {' '.join(library)}", *imports, tests, "")),
    }


def _shared(harness: Path) -> Mapping[str, str]:
    return {path: (harness / Path(path).name).read_text(encoding="utf-8") for path in _HARNESS}


def _readable(binary: Path) -> tuple[Path, ...]:
    home = binary.parent.parent
    own = () if home.is_relative_to("/usr/lib") else (home,)
    return own + ((_CONFIGURATION,) if _CONFIGURATION.is_dir() else ())


def _compile(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    if cache is None or not (cache / _ARCHIVE).is_file():
        return _javac([one.name for one in programs])
    call = _javac([one.name for one in programs], f"-J-XX:SharedArchiveFile={cache / _ARCHIVE}")
    return dataclasses.replace(call, readable=(*call.readable, cache))


def _warm_up(caches: Path, harness: Path) -> Path:
    """Archive the compiler's own classes, which a sixth of a batch's time goes to reading."""
    name = folder_name("javac", toolchain_digest(LANGUAGE), _javac([]), harness, _FORMAT)
    cache = filled(caches, name, partial(_fill, harness))
    check_seal(cache / _ARCHIVE)
    return cache


def _fill(harness: Path, cache: Path) -> None:
    work = cache.with_name("work")
    (unit,) = write_samples(LANGUAGE, [LANGUAGE.samples.passes], work)
    (work / "codem").mkdir()
    for file, text in _shared(harness).items():
        (work / file).write_text(text, encoding="utf-8")
    archive = cache / _ARCHIVE
    call = _javac([unit.name], f"-J-XX:ArchiveClassesAtExit={archive}")
    try:
        run_tool("javac", call.argv, cwd=work, env=call.env)
    except ToolchainError:
        # A Java that makes no archive goes without.
        archive.unlink(missing_ok=True)
    if archive.is_file():
        seal(archive)


def _javac(names: Sequence[str], *options: str) -> Invocation:
    javac = find_tool("javac")
    sources = [f"{name}/{file}" for name in names for file in ("Answer.java", f"{_TESTS}.java")]
    return Invocation(
        argv=(
            str(javac),
            *options,
            "-J-Xmx1g",
            "-J-XX:+UseSerialGC",
            "-J-XX:TieredStopAtLevel=1",
            "-encoding",
            "UTF8",
            "-proc:none",
            "-nowarn",
            "-Xlint:none",
            "-g:source,lines",
            "-Xmaxerrs",
            "100000",
            "-implicit:none",
            # A program's first concatenation would otherwise make classes for 20 ms.
            "-XDstringConcat=inline",
            "-d",
            "out",
            *_HARNESS,
            *sources,
        ),
        env={"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        readable=_readable(javac),
    )


def _is_built(batch: Path, name: str) -> bool:
    return (batch / "out" / name / f"{_TESTS}.class").is_file()


def _collect(batch: Path, name: str) -> Path:
    folder = batch / name / "run"
    folder.mkdir()
    shutil.move(batch / "out" / name, folder / name)
    # The same files for all: nothing is written there any more.
    shutil.copytree(batch / "out" / "codem", folder / "codem", copy_function=os.link)
    return folder


def _run(unit: Unit, harness: Path) -> Invocation:
    java = find_tool("jvm")
    return Invocation(
        argv=(
            *_REPORTING_AT_0,
            str(java),
            # A start takes 53 ms of CPU time with these, 83 with the serial collector: its objects
            # are G1's, so that only G1 takes them from the archive of classes, which here lies at
            # the address for which it was written.
            "-Xshare:auto",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:ArchiveRelocationMode=0",
            "-XX:+UseG1GC",
            "-XX:ParallelGCThreads=1",
            "-XX:ConcGCThreads=1",
            "-XX:G1ConcRefinementThreads=1",
            "-XX:TieredStopAtLevel=1",
            # Programs end before what is called a hundred times is worth compiling.
            "-XX:CompileThresholdScaling=4",
            "-Xms16m",
            "-Xmx512m",
            "-XX:-UsePerfData",
            "-Xss16m",
            "-ea",
            "-Dfile.encoding=UTF-8",
            "-cp",
            "/work",
            "codem.Harness",
            unit.name,
        ),
        env={"LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        readable=_readable(java),
    )


LANGUAGE = LanguageSpec(
    name="java",
    title="Java",
    fence_tags=("java",),
    extension=".java",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("javac", "jvm"),
    installation=Installation(debian=("openjdk-17-jdk-headless",)),
    version_commands=(("javac", "-version"),),
    limits=dataclasses.replace(Limits(), memory_bytes=1 << 30, processes=256),
    stop=("\npublic ", "\n}\n", "\nclass ", "\nimport ", "\n//"),
    process_layout=ProcessLayout.ALONE,
    assemble=assemble,
    build=Build(
        batch_size=82,
        command=_compile,
        shared_files=_shared,
        is_built=_is_built,
        collect=_collect,
        warm_up=_warm_up,
    ),
    run=_run,
    group="managed",
    grammar="tree_sitter_java:language",
    signs=re.compile(
        r"\bpublic (?:static |final |abstract )*(?:class|interface|enum|void|int|String|boolean)\b"
        r"|\bSystem\.out\.print|^import javax?\.|\b(?:String|boolean)(?:\[\])? \w+(?: =|[;,)(])",
        re.MULTILINE,
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
