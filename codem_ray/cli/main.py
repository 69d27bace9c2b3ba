"""The `codem-ray` command: run a subcommand and turn errors into messages and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from codem_ray import __version__
from codem_ray.config.submitted_job import submitted_job
from codem_ray.errors import CodemError, ExitCode

COMMANDS = {
    "init": "write a commented sweep file from options or answers",
    "plan": "show what a sweep would do and cost; starts nothing",
    "data": "build and show what a sweep trains on: pairs, tokens, drops, examples",
    "run": "run the missing parts of a sweep; the same command resumes",
    "status": "show the state of a sweep, from its storage alone",
    "evaluate": "score one model, or completions made elsewhere",
    "validate": "run the reference gate: references pass, broken controls fail",
    "compare": "compare two scored files, or two sweeps",
    "open": "open the report in the browser, or print its path",
    "report": "build matrix, figures and page again from storage",
    "show": "show what a model wrote for a problem, and its outcome, next to base",
    "replay": "judge a stored cell or problem again and report outcomes that differ",
    "ls": "list sweeps, benchmarks, languages, or the runs of a storage",
    "prune": "list files of a sweep and its caches that can be deleted, or delete them",
    "doctor": "report what this machine lacks and how to install it",
    "completion": "print a script for the completion of bash, zsh or fish",
    "convert-model": "convert a GGUF file to a model folder",
}

EPILOG = """\
examples:
  codem-ray plan quickstart                 what the sweep would do and cost
  codem-ray data quickstart --examples go   what it trains on, as the model sees it
  codem-ray run quickstart                  run it; run it again to resume
  codem-ray run my.yaml --set training.learning_rate=1e-5 --limit 20
  codem-ray status runs/quickstart          its current state
  codem-ray open runs/quickstart            its report
  codem-ray init my.yaml                    a sweep file of your own
  codem-ray doctor                          what this machine lacks

exit codes: 0 complete, 1 a bug, 2 bad configuration or usage, 3 the environment cannot run it,
4 a trial or cell is missing or incomplete, 130 and 143 after Ctrl-C and SIGTERM
"""


def build_parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Return the parser with the arguments of the chosen command only.

    Importing every command would take most of the time of `codem-ray plan`.
    """
    return _parser({chosen})


def build_whole_parser() -> argparse.ArgumentParser:
    """Return the parser with the arguments of all commands."""
    return _parser(COMMANDS)


def _parser(commands: Collection[str | None]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="codem-ray",
        description="Tune a code LLM on one programming language and measure what happens to the "
        "others.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"codem-ray {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if name not in commands:
            subparsers.add_parser(name, help=summary)
            continue
        module = importlib.import_module(f"codem_ray.cli.{name.replace('-', '_')}")
        sub = subparsers.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


_ENVIRONMENT = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EIO, errno.EBADF, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
    *(errno.ENAMETOOLONG, errno.ELOOP),
}
"""Errors caused by the environment."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Ray shows users of a job only whether it failed, so the job's log ends with the exit code.
    """
    status: object = int(ExitCode.BUG)
    try:
        status = code = _run(argv)
        return code
    except SystemExit as end:
        status = end.code or 0
        raise
    finally:
        if submitted_job() is not None:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                print(f"codem-ray: exit code {_with_meaning(status)}", file=sys.stderr, flush=True)


def _with_meaning(status: object) -> str:
    meanings = {int(code): code.meaning for code in ExitCode}
    return (
        f"{status}: {meanings[status]}"
        if isinstance(status, int) and status in meanings
        else str(status)
    )


def _run(argv: Sequence[str] | None) -> int:
    terminations: list[int] = []
    _replace_closed_streams()
    _allow_any_text()
    try:
        with _sigterm_raises(terminations):
            arguments = sys.argv[1:] if argv is None else list(argv)
            args = build_parser(arguments[0] if arguments else None).parse_args(arguments)
            code = int(args.run(args))
            # A failure at the interpreter's exit could not be reported any more.
            sys.stdout.flush()
            return code
    except CodemError as error:
        print(f"codem-ray: {error}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        if terminations:
            return int(ExitCode.TERMINATED)
        print("codem-ray: stopped; run the same command again to continue", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of the pipe (`| head`) has closed it.
        _drop_output()
        return int(ExitCode.COMPLETE)
    except RecursionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1].name
        print(
            f"codem-ray: an input file is nested too deeply (in {where}): JSON or YAML of a "
            "thousand levels, or a value that contains itself",
            file=sys.stderr,
        )
        return int(ExitCode.CONFIG)
    except UnicodeEncodeError as error:
        if _is_utf8(error.encoding):
            raise
        print(
            f"codem-ray: {error.object!a} cannot be the name of a file in this locale, whose "
            f"encoding is {error.encoding}: set PYTHONUTF8=1",
            file=sys.stderr,
        )
        return int(ExitCode.ENVIRONMENT)
    except OSError as error:
        if error.errno not in _ENVIRONMENT:
            raise
        place = error.filename or "standard output, or a file"
        print(f"codem-ray: cannot read or write {place}: {error.strerror}", file=sys.stderr)
        _drop_output()
        return int(ExitCode.ENVIRONMENT)


@contextmanager
def _sigterm_raises(seen: list[int]) -> Iterator[None]:
    """Let SIGTERM end a command like Ctrl-C, and append the signal to `seen`.

    Does nothing outside the main thread, which alone receives signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        # Printed at once: if Ray's processes were stopped too, closing Ray may end this process.
        print(
            "codem-ray: stopped by SIGTERM; run the same command again to continue",
            file=sys.stderr,
        )
        seen.append(number)
        # Ray passes on no other exception from a wait unchanged.
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _replace_closed_streams() -> None:
    """Replace standard streams that the caller has closed (`>&-`) by the null device.

    Python sets them to None, and the next file that is opened would get the free descriptor.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # It stays open as long as the process.
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)


def _allow_any_text() -> None:
    """Print "?" for characters that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # In the locale C it is "surrogateescape", which fails on all but names of files.
            lossy = ("strict",) if _is_utf8(stream.encoding) else ("strict", "surrogateescape")
            if stream.errors in lossy:
                stream.reconfigure(errors="replace")


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") == "utf8"


def _drop_output() -> None:
    """Discard buffered output, so that the interpreter's exit does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
