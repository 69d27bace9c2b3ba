"""Report what this machine, or each node of a Ray cluster, lacks to run sweeps, and how to install
each missing part."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace

from codem_ray.checks import (
    has_training,
    install_missing_node_packages,
    machine_findings,
    require_training,
)
from codem_ray.cli.options import add_json, add_overrides
from codem_ray.cli.output import log, print_json
from codem_ray.config import load_sweep
from codem_ray.errors import ExitCode
from codem_ray.sandbox.protocol import Finding

EXAMPLES = """\
examples:
  codem-ray doctor
  codem-ray doctor --install             fetch the Node packages of the lock file
  codem-ray doctor --self-check          run small hostile programs in the sandbox
  codem-ray doctor --self-check process-without-isolation    attacks that the weaker one allows
  codem-ray doctor --model bigcode/starcoderbase-7b
  RAY_ADDRESS=auto codem-ray doctor --cluster               for all languages and defaults
  RAY_ADDRESS=auto codem-ray doctor --cluster my-sweep.yaml     for what this sweep needs
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
    parser.add_argument(
        "--cluster",
        nargs="?",
        const="",
        metavar="SWEEP",
        help="check every node of the cluster of RAY_ADDRESS instead of this machine, by one small "
        "task each: sandbox, toolchains, engine, GPU memory and, for a sweep, its storage; "
        "exit 3 if no node can execute, train or generate",
    )
    add_overrides(parser, "override any key of the sweep file of --cluster; may be repeated")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 3 when something mandatory is missing."""
    if args.cluster is not None:
        return _run_on_cluster(args)
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


def _run_on_cluster(args: argparse.Namespace) -> int:
    """Print what each node of the cluster is used for and what it lacks."""
    require_training()
    # The light installation does not have Ray.
    from codem_ray.runtime.sweep_nodes import check_cluster

    sweep = load_sweep(args.cluster, args.overrides) if args.cluster else None
    log("checking the nodes of the cluster")
    decision = check_cluster(sweep)
    if args.json:
        print_json(decision.to_json())
    else:
        print(decision.table(), end="")
    decision.check()
    return ExitCode.COMPLETE


def _finding_text(finding: Finding) -> str:
    mark = "ok  " if finding.is_present else ("LACK" if finding.is_mandatory else "note")
    lines = [f"{mark}  {finding.name}: {finding.detail}"]
    lines += [f"        {line}" for line in finding.remedy.splitlines()]
    return "\n".join(lines)
