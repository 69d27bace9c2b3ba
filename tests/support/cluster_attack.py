"""A job whose executors attack the cluster that runs them: python cluster_attack.py TARGETS.

TARGETS is JSON: `hosts`, the addresses of services, and `secret`, which the nodes' token files and
environments hold. The last line of the output is JSON: outcomes by node
and program, in the sandbox and without isolation.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from service_attacks import Targets, attack, service_programs

from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.runtime.executors import build_executor

BACKENDS = {"sandboxed": "bubblewrap", "weaker": "process-without-isolation"}


@ray.remote(num_cpus=0)
class Attacker:
    """An executor of one node."""

    def attack(self, backend: str, targets: Targets, is_any_enough: bool) -> dict[str, str]:
        """Return the outcome of each program."""
        known = {name for name, spec in LANGUAGES.items() if not missing_toolchains([spec])}
        programs = [one for one in service_programs() if one.language in known]
        if not is_any_enough:
            programs = [one for one in programs if one.weaker is not None]
        outcomes = attack(
            build_executor(backend).execute,
            programs,
            lambda language: targets.places(language, is_any_enough=is_any_enough),
        )
        return {str(program): str(verdict.outcome) for program, verdict in outcomes}


def main(given: dict[str, Any]) -> None:
    """Attack from every node with CPUs."""
    # The actors import what this file imports.
    paths = os.pathsep.join([os.environ["PYTHONPATH"], str(Path(__file__).parent)])
    environment = {"env_vars": {"PYTHONPATH": paths}}
    ray.init(runtime_env=environment, log_to_driver=False, logging_level="ERROR")
    nodes = [node for node in ray.nodes() if node["Alive"]]
    ports = ("NodeManagerPort", "ObjectManagerPort")
    raylets = [f"{node['NodeManagerAddress']}:{node[port]}" for node in nodes for port in ports]
    report: dict[str, dict[str, dict[str, str]]] = {kind: {} for kind in BACKENDS}
    for node in nodes:
        if not node["Resources"].get("CPU"):
            continue
        targets = Targets(
            hosts=(*given["hosts"], *raylets),
            sockets=(node["RayletSocketName"], node["ObjectStoreSocketName"]),
            files=(str(Path.home() / ".ray/auth_token"),),
            counted=given["hosts"][0],
            mark=given["secret"],
        )
        here = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        attacker = Attacker.options(  # type: ignore[attr-defined]
            scheduling_strategy=here
        ).remote()
        for kind, backend in BACKENDS.items():
            answer = attacker.attack.remote(backend, targets, kind == "sandboxed")
            report[kind][node["NodeManagerHostname"]] = ray.get(answer, timeout=600)
    print(json.dumps(report))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
