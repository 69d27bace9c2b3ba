"""Print a script with which the shell completes commands, options, bundled names and paths."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import shtab

from codem_ray.benchmarks import BENCHMARKS
from codem_ray.config import bundled_sweeps
from codem_ray.errors import ExitCode

EXAMPLES = """\
examples:
  eval "$(codem-ray completion bash)"                       in ~/.bashrc
  codem-ray completion zsh > ~/.zfunc/_codem-ray            ~/.zfunc is in $fpath
  codem-ray completion fish > ~/.config/fish/completions/codem-ray.fish
"""
SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=SHELLS)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    # This module is itself imported by the parser.
    from codem_ray.cli.main import build_whole_parser

    parser = build_whole_parser()
    for sub in _subparsers(parser):
        for action in sub._actions:
            complete = _COMPLETERS.get(f"{'--' if action.option_strings else ''}{action.metavar}")
            if complete is not None:
                action.complete = complete()  # type: ignore[attr-defined]
    print(shtab.complete(parser, args.shell))
    return ExitCode.COMPLETE


def _subparsers(parser: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return commands.choices.values()


def _names_and_files(name: str, words: Iterable[str]) -> Mapping[str, Any]:
    """Return a completer of words and of files, in the form that shtab expects."""
    listed = " ".join(words)
    function = f"_codem_ray_{name}"
    return {
        "bash": function,
        "zsh": function,
        "fish": f"({function})",
        "preamble": {
            "bash": f'{function}() {{ compgen -W "{listed}" -- "$1"; compgen -f -- "$1"; }}\n',
            "zsh": f"{function}() {{ compadd -- {listed}; _files; }}\n",
            "fish": f"function {function}\n  string split ' ' -- '{listed}'\n"
            "  __fish_complete_path (commandline -ct)\nend\n",
        },
    }


_COMPLETERS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "SWEEP": lambda: _names_and_files("sweeps", bundled_sweeps()),
    "DIR": lambda: shtab.DIRECTORY,
    "STORAGE": lambda: shtab.DIRECTORY,
    "A": lambda: shtab.FILE,
    "B": lambda: shtab.FILE,
    "--B": lambda: _names_and_files("benchmarks", BENCHMARKS),
    "--FILE": lambda: shtab.FILE,
    "--OUT": lambda: shtab.FILE,
    "--FOLDER": lambda: shtab.DIRECTORY,
    "FILE": lambda: shtab.FILE,
    "GGUF": lambda: shtab.FILE,
}
"""What completes an argument, by its metavar; that of an option begins with two hyphens."""
