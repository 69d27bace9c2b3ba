"""The verdict of the program being judged: its secret, its count of checks, its one report."""

# mypy: ignore-errors

import os

REPORT_FD = 4
secret = b""
checks = 0
source = ""
"""Text of the tests."""


def report(status, message=""):
    """Write the verdict and end the process, so that nothing after the first report counts."""
    line = b"%s %s %d %s\n" % (
        secret,
        status.encode(),
        checks,
        " ".join(message.split())[:1500].encode("utf-8", "replace"),
    )
    os.write(REPORT_FD, line)
    os._exit(0)


def report_failure(error):
    """Report an exception with the last line of the tests in its traceback."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "tests.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    text = source.splitlines()[line - 1].strip() if line else ""
    status = "error" if hasattr(error, "is_from_answer") else "failed"
    report(status, f"{type(error).__name__}: {error} (test line {line}: {text})")


def count_check():
    """Count one check of the tests."""
    global checks
    checks += 1
