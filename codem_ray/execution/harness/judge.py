"""Runs the tests of Python problems, each in a child process that asks the answer's process.

Each line of standard input is a request: the secret of an execution, a space, and the folder of the
tests.
"""

# mypy: ignore-errors
# ruff: noqa: PTH100, PTH120

import _ast
import builtins
import os
import sys
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge_report
import wire
from judge_names import (
    count_asserts,
    count_unittest,
    define_answer_names,
    define_benchmark_names,
    walk,
)
from judge_objects import ask
from judge_report import REPORT_FD, count_check, report, report_failure

# The folders of packages that the benchmark supplies.
sys.path += sys.argv[1:]
del sys.argv[1:]

PARSE_ONLY = 0x400
"""Flag of `compile`, equal to ast.PyCF_ONLY_AST."""


def run_tests():
    """Run the tests in the current folder and report."""
    with open("tests.py", encoding="utf-8") as file:
        source = judge_report.source = file.read()
    tree = compile(source, "tests.py", "exec", PARSE_ONLY, dont_inherit=True)
    with open("entry.txt", encoding="utf-8") as file:
        entry = file.read()
    # unittest.main looks for its tests in the module of this name.
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    space = module.__dict__
    space["__count_check__"] = count_check
    if "unittest" in source:
        count_unittest()
    helpers = define_benchmark_names(space, "context.py")
    helpers |= define_benchmark_names(space, "given.py")
    # An answer may replace neither a builtin that the tests use, such as `abs`, nor a helper of the
    # benchmark.
    names = sorted(
        {
            node.id
            for node in walk(tree)
            if isinstance(node, _ast.Name)
            and (node.id == entry or not (node.id in helpers or hasattr(builtins, node.id)))
        }
    )
    try:
        reply = ask({"names": names})
    except Exception as error:
        report("error", f"{type(error).__name__}: {error}")
    if "syntax" in reply:
        report("compile", reply["syntax"])
    try:
        define_answer_names(space, names, reply["names"], entry)
    except Exception as error:
        report("error", f"the answer's names cannot be read: {type(error).__name__}: {error}")
    count_asserts(tree)
    try:
        exec(compile(tree, "tests.py", "exec", dont_inherit=True), space)
    except Exception as error:
        report_failure(error)
    report("ok")


def judge():
    """Run the tests in the current folder and report; no exception of the tests escapes."""
    try:
        run_tests()
    except RecursionError:
        report("error", "a value too deep to be sent")
    except SystemExit as error:
        # unittest.main ends this way; only the tests can have raised it.
        report("failed" if error.code else "ok", f"the tests ended with status {error.code}")
    except KeyboardInterrupt as error:
        report("failed", f"the tests ended by {type(error).__name__}")


def requests():
    """Yield the requests, each as secret and folder.

    Input is read without Python's buffers, so that no child inherits a request that follows.
    """
    waiting = b""
    while True:
        line, end, rest = waiting.partition(b"\n")
        if end:
            waiting = rest
            yield line.split(b" ", 1)
            continue
        data = os.read(0, 4096)
        if not data:
            return
        waiting += data


def kill_group(leader):
    """Kill the processes that the tests left running."""
    try:  # noqa: SIM105
        os.killpg(leader, 9)
    except OSError:
        pass


def serve_requests():
    """Judge one program after the other, each in a child process."""
    os.write(REPORT_FD, b"ready\n")
    for secret, folder in requests():
        judge_report.secret = secret
        wire.read_fd = os.open(folder + b"/from_answer", os.O_RDONLY)
        wire.write_fd = os.open(folder + b"/to_answer", os.O_WRONLY)
        os.write(REPORT_FD, b"opened\n")
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.chdir(folder)
            judge()
        os.close(wire.read_fd)
        os.close(wire.write_fd)
        _, status = os.waitpid(child, 0)
        kill_group(child)
        if status:
            # The child reported no verdict. This process ends in the same way, so that the sandbox
            # sees how the child ended.
            if os.WIFSIGNALED(status):
                os.kill(os.getpid(), os.WTERMSIG(status))
            os._exit(os.waitstatus_to_exitcode(status) & 255)
        os.write(REPORT_FD, b"ready\n")


serve_requests()
