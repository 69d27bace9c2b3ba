"""Open the report of a sweep in the browser and print its path; a report on remote storage is
fetched first. Without a display the path alone is printed."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser

from codem_ray.cli.options import add_folder, add_json, add_stored_limit, limit_suffix, open_folder
from codem_ray.cli.output import log, print_json
from codem_ray.errors import ExitCode
from codem_ray.sweep.sweep_report import fetch_report

EXAMPLES = """\
examples:
  codem-ray open runs/quickstart
  codem-ray open s3://bucket/runs/my-sweep --no-browser
"""
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME")
"""Environment variables; where a browser can be started, at least one of them is set."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    add_stored_limit(parser)
    parser.add_argument("--no-browser", action="store_true", help="print the path only")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Open the page; exit 4 if the sweep has no report yet."""
    page = fetch_report(open_folder(args.folder), limit_suffix(args.limit))
    is_opened = not args.no_browser and _has_display() and webbrowser.open(page.as_uri())
    if args.json:
        print_json({"page": str(page), "is_opened": is_opened})
    else:
        print(page)
    if not is_opened and not args.no_browser:
        log("no browser can be started here: open this file in one")
    return ExitCode.COMPLETE


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, _DISPLAYS))
