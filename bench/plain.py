"""The plain arm of bench/execution.py: a compiler process and a process for each program.

Other harnesses work in this way. Binaries, language flags, limits and the sandbox are the same as
ours; batches, precompiled headers and joint executables are left out. The verdict is the exit
status (in JavaScript and TypeScript also an empty standard error, since `console.assert` never ends
a program), so equal outcomes also check our judges against an independent verdict.
"""

from __future__ import annotations

import secrets
import shlex
import shutil
import tempfile
from pathlib import Path

from codem_ray.execution.building import write_files
from codem_ray.execution.running import command_of
from codem_ray.execution.verdicts import parse_report
from codem_ray.languages import go, go_build, language
from codem_ray.languages.spec import COMPILE_LIMITS, Invocation, Unit
from codem_ray.languages.toolchain import find_tool, node_modules, readable_root
from codem_ray.records import ExecutionResult, Problem
from codem_ray.sandbox.protocol import Sandbox

# Copies of our flags, so that a change of ours does not change the plain arm.
_NATIVE = {"c": ("-std=gnu11", "-w"), "cpp": ("-std=gnu++17", "-w")}
_TSC = ("--target", "es2020", "--module", "commonjs", "--skipLibCheck")
_TSC += ("--esModuleInterop", "--moduleResolution", "node10", "--outDir", "out")
_JAVAC = ("-J-Xmx1g", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "-encoding", "UTF8")
_JAVAC += ("-proc:none", "-nowarn", "-Xlint:none", "-g:source,lines", "-d", "out")
_JVM = ("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m")
_JVM += ("-XX:-UsePerfData", "-Xss16m", "-ea", "-Dfile.encoding=UTF-8", "-cp", "/work/out")
_GO = ("build", "-trimpath", "-ldflags=-s -w", "-buildvcs=false", "-o", "out/", "--", "./u0")
_C_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp"}
_JAVA_ENV = {"LC_ALL": "C.UTF-8", "HOME": "/tmp"}


def run_plain(
    sandbox: Sandbox, problem: Problem, answer: str, *, harness: Path, go_cache: Path | None
) -> bool:
    """Build and run one program; return whether it passed."""
    root = Path(tempfile.mkdtemp(prefix="codem-ray-plain-"))
    root.chmod(0o755)
    try:
        files, compiling, running = _program(problem, answer, harness, go_cache)
        write_files(root, files)
        if compiling is not None:
            (root / "out").mkdir(exist_ok=True)
            built = sandbox.run(command_of(compiling, root, COMPILE_LIMITS, is_writable=True))
            if built.exit_code != 0:
                return False
        secret = secrets.token_hex(16).encode()
        limits = language(problem.language).limits
        result = sandbox.run(command_of(running, root, limits, secret=secret))
        return _is_passed(problem.language, result, secret)
    finally:
        shutil.rmtree(root)


def _is_passed(name: str, result: ExecutionResult, secret: bytes) -> bool:
    if name == "go":
        # Our replacement of testify reports on a descriptor and always ends with status 0.
        report = parse_report(result.report, secret)
        return report is not None and report.status == "ok" and report.checks > 0
    is_silent = name not in ("javascript", "typescript") or not result.stderr
    return result.exit_code == 0 and is_silent


def _program(
    problem: Problem, answer: str, harness: Path, go_cache: Path | None
) -> tuple[dict[str, str], Invocation | None, Invocation]:
    """Return the files, the compiler's call (None without one) and the program's call."""
    name = problem.language
    source = f"{problem.context}\n{answer}\n{problem.tests}\n"
    if name == "python":
        python = find_tool("cpython")
        argv = (str(python), "-I", "-S", "-B", "program.py")
        env = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
        call = Invocation(argv=argv, env=env, readable=readable_root(python))
        return {"program.py": source}, None, call
    if name == "javascript":
        return {"program.js": source}, None, _node("program.js")
    if name == "typescript":
        compiler = str(find_tool("typescript") / "lib" / "tsc.js")
        return (
            {"program.ts": source},
            _node(compiler, *_TSC, "program.ts"),
            _node("out/program.js"),
        )
    if name in ("c", "cpp"):
        tool = {"c": "gcc", "cpp": "g++"}[name]
        gold = ("-fuse-ld=gold",) if Path("/usr/bin/ld.gold").exists() else ()
        link = (*gold, *shlex.split(problem.options.get("link", "")), "-lm")
        argv = (str(find_tool(tool)), *_NATIVE[name], "-o", "out/program", f"program.{name}", *link)
        run = Invocation(argv=("/work/out/program",), env={"LC_ALL": "C.UTF-8"})
        return {f"program.{name}": source}, Invocation(argv=argv, env=_C_ENV), run
    if name == "java":
        return _java(problem, answer)
    return _go(problem, answer, harness, go_cache)


def _node(*argv: str) -> Invocation:
    node, modules = find_tool("node"), node_modules()
    env = {"LC_ALL": "C.UTF-8", "NODE_PATH": str(modules), "HOME": "/tmp"}
    env["UV_THREADPOOL_SIZE"] = "1"
    return Invocation(argv=(str(node), *argv), env=env, readable=(modules, *readable_root(node)))


def _java(problem: Problem, answer: str) -> tuple[dict[str, str], Invocation, Invocation]:
    javac, jvm = find_tool("javac"), find_tool("jvm")
    readable = tuple(p for p in (Path("/etc/java-17-openjdk"), *readable_root(javac)) if p.is_dir())
    compiling = (str(javac), *_JAVAC, "Solution.java", "Main.java")
    return (
        {"Solution.java": answer, "Main.java": problem.tests},
        Invocation(argv=compiling, env=_JAVA_ENV, readable=readable),
        Invocation(argv=(str(jvm), *_JVM, "Main"), env=_JAVA_ENV, readable=readable),
    )


def _go(
    problem: Problem, answer: str, harness: Path, cache: Path | None
) -> tuple[dict[str, str], Invocation, Invocation]:
    unit = Unit(name="u0", problem=problem, answer=answer)
    files = {f"u0/{name}": text for name, text in go.assemble(unit).items()}
    files["go.mod"] = go_build.module_file(harness)
    binary = find_tool("go")
    readable = (harness, *readable_root(binary), *((cache,) if cache else ()))
    env = go_build.environment(cache or "/work/.cache")
    return (
        files,
        Invocation(argv=(str(binary), *_GO), env=env, readable=readable),
        Invocation(argv=("/work/out/u0",), env={"HOME": "/tmp", "GOTRACEBACK": "single"}),
    )
