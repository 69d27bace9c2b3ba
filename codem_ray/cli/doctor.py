"""Report what this machine lacks to run sweeps, and how to install each missing part."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace

from codem_ray.checks import has_training, install_missing_node_packages, machine_findings
from codem_ray.cli.options import add_json
from codem_ray.cli.output import log, print_json
from codem_ray.errors import ExitCode
from codem_ray.sandbox.protocol import Finding

EXAMPLES = """\
examples:
  codem-ray doctor
  codem-ray doctor --install             fetch the Node packages of the lock file
  codem-ray doctor --self-check          run small hostile programs in the sandbox
  codem-ray doctor --self-check process-without-isolation    attacks that the weaker one allows
  codem-ray doctor --model bigcode/starcoderbase-7b
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--install", action="store_true", help="install the pinned Node packages if they are absent"
    )
    parser.add_argument(
        "--self-check",
        nargs="?",
        const="bubblewrap",
        metavar="BACKEND",
        help="attack a sandbox with small hostile programs, the same for every backend, and run "
        "each language's samples in it (default bubblewrap)",
    )
    parser.add_argument(
        "--model", metavar="ID", help="check that the hub's token gives access to this model"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 3 when something mandatory is missing."""
    if args.install and install_missing_node_packages():
        log("installed the Node packages of the lock file")
    findings = [
        # What is present needs no remedy.
        replace(finding, remedy="") if finding.is_present else finding
        for finding in machine_findings(self_check_backend=args.self_check, model=args.model)
    ]
    num_missing = sum(finding.is_mandatory and not finding.is_present for finding in findings)
    if args.json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print(_finding_text(finding))
        ready = "nothing is missing" if has_training() else "scoring: ready"
        print(f"\n{f'{num_missing} missing, see LACK above' if num_missing else ready}")
    return ExitCode.ENVIRONMENT if num_missing else ExitCode.COMPLETE


def _finding_text(finding: Finding) -> str:
    mark = "ok  " if finding.is_present else ("LACK" if finding.is_mandatory else "note")
    lines = [f"{mark}  {finding.name}: {finding.detail}"]
    lines += [f"        {line}" for line in finding.remedy.splitlines()]
    return "\n".join(lines)
