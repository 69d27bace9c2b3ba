"""Attacks a host's services by executors that are Ray actors: python service_scene.py RESULTS.

It runs in network and mount namespaces of its own, as root there (`run_scene` makes them), and
writes what the attacks reached as JSON. The services are real: a Ray head with its dashboard and a
token, an MLflow server, an S3 server, a web server at the address of the clouds' metadata, and a
listener that counts connections.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from hostile_programs import Hostile, hostile_programs
from job_cluster import job_cluster
from mlflow_server import mlflow_server
from s3_server import s3_server
from service_attacks import (
    Targets,
    attack,
    listening_hosts,
    listening_sockets,
    service_programs,
)

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains, toolchain_folder
from codem_ray.sandbox.backends import open_sandbox

HOST, METADATA = "10.99.0.1", "169.254.169.254"
"""Addresses of this network namespace, beside 127.0.0.1."""
CREDENTIALS = (
    *(".aws/credentials", ".config/gcloud/application_default_credentials.json"),
    *(".azure/msal_token_cache.json", ".kube/config", ".ssh/id_ed25519", ".netrc"),
    ".cache/huggingface/token",
)
"""Files below the home folder."""
POD_TOKEN = Path("/run/secrets/kubernetes.io/serviceaccount/token")
VARIABLES = ("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "MLFLOW_TRACKING_PASSWORD", "RAY_AUTH_TOKEN")
START_SECONDS = 120.0


def run_scene(results: Path, *, timeout_seconds: float) -> subprocess.CompletedProcess[str]:
    """Run this module in namespaces of its own."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return subprocess.run(
        [
            *("unshare", *user, "--net", "--mount"),
            # Nothing outlives a pid namespace.
            *("--pid", "--fork", "--mount-proc", "--kill-child"),
            *(sys.executable, __file__, str(results)),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )


def make_executor(sandbox: str, folder: Path) -> Executor:
    """Build an executor with limits that end bombs soon, in the actor's process."""
    limits = {
        name: dataclasses.replace(spec.limits, cpu_seconds=4.0, wall_seconds=20.0)
        for name, spec in LANGUAGES.items()
    }
    return Executor(open_sandbox(sandbox), limits=limits, cache_dir=folder / f"cache-{sandbox}")


class Counter:
    """Counts connections to listeners that nobody has a reason to connect to."""

    def __init__(self) -> None:
        self.number = 0

    def listen(self, family: socket.AddressFamily, address: Any) -> socket.socket:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind(address)
        listener.listen()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return
            self.number += 1


def prepare_namespaces(mark: str) -> None:
    """Give the network its addresses, and /run a pod's token."""
    # Process ids of this namespace begin where those of a sandbox are not.
    Path("/proc/sys/kernel/ns_last_pid").write_text("20000")
    for arguments in (
        ["link", "set", "lo", "up"],
        ["addr", "add", f"{HOST}/32", "dev", "lo"],
        ["addr", "add", f"{METADATA}/32", "dev", "lo"],
    ):
        subprocess.run(["ip", *arguments], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    POD_TOKEN.parent.mkdir(parents=True)
    POD_TOKEN.write_text(mark)


def write_credentials(home: Path, mark: str) -> list[str]:
    """Write files with a secret, as users have them; return their paths."""
    paths = [home / name for name in CREDENTIALS]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never a file that somebody has.
        with path.open("x") as stream:
            stream.write(f"[default]\nsecret = {mark}\n")
    return [str(path) for path in (*paths, POD_TOKEN)]


def main(results: Path) -> None:
    """Start the services, attack them, and write the results."""
    mark = secrets.token_hex(32)
    prepare_namespaces(mark)
    variables = {
        **dict.fromkeys(VARIABLES, mark),
        "CODEM_RAY_DATA": "/nowhere",
        # It holds Node packages, and the home of the head is another one.
        "CODEM_RAY_TOOLCHAIN": str(toolchain_folder()),
    }
    os.environ.update(variables)
    with ExitStack() as stack:
        # Not below /tmp, which a sandbox hides anyway.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        counter, metadata = Counter(), Counter()
        unix, abstract = str(folder / "socket"), f"\0{secrets.token_hex(16)}"
        inet = stack.enter_context(counter.listen(socket.AF_INET, (HOST, 0)))
        stack.enter_context(counter.listen(socket.AF_UNIX, unix))
        stack.enter_context(counter.listen(socket.AF_UNIX, abstract))
        # Ray itself asks there for the kind of its machine.
        stack.enter_context(metadata.listen(socket.AF_INET, (METADATA, 80)))
        s3 = stack.enter_context(s3_server())
        mlflow = stack.enter_context(mlflow_server(folder))
        cluster = stack.enter_context(job_cluster(host=HOST, token=mark, variables=variables))
        os.environ.update(cluster.environment)
        token = cluster.folder / "home" / ".ray" / "auth_token"
        files = [*write_credentials(folder / "home", mark), str(token)]
        port = inet.getsockname()[1]
        import ray

        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        stack.callback(ray.shutdown)
        (node,) = ray.nodes()
        services = {
            "S3": s3.url.removeprefix("http://"),
            "MLflow": mlflow.url.removeprefix("http://"),
            "dashboard": cluster.dashboard.removeprefix("http://"),
            "GCS": cluster.address,
            "raylet": f"{HOST}:{node['NodeManagerPort']}",
            "object manager": f"{HOST}:{node['ObjectManagerPort']}",
            "metadata": f"{METADATA}:80",
            "listener": f"{HOST}:{port}",
        }
        everything = Targets(
            hosts=tuple(listening_hosts([HOST, "127.0.0.1"])),
            sockets=tuple(listening_sockets()),
            files=tuple(files),
            counted=services["listener"],
            mark=mark,
        )
        # Processes of Ray that are idle end, and their ports with them.
        lasting = dataclasses.replace(
            everything,
            hosts=tuple(services.values()),
            sockets=(
                unix,
                f"@{abstract[1:]}",
                node["RayletSocketName"],
                node["ObjectStoreSocketName"],
            ),
        )
        places = {
            "MARKER": files[0],
            "CACHE": str(folder / "cache-bubblewrap"),
            "PID": str(mlflow.pid),
            "HOSTVAR": "CODEM_RAY_DATA",
            "TMPDIR": str(folder / "temporary"),
            "SECRET": mark[:12],
            "PORT": str(port),
            "UNIX": unix,
            "ABSTRACT": abstract[1:],
            "CGROUPS": "",
            "ABOVE": ":".join(sorted({*Path(sys.base_prefix).parts, *Path(__file__).parts})),
            "EXPRESSION": "(" * 20_000 + "1" + ")" * 20_000 + " + ",
            "MARK": mark,
        }
        report = {
            "hosts": everything.hosts,
            "sockets": everything.sockets,
            "files": files,
            "services": services,
            "is_listed": set(lasting.hosts) <= set(everything.hosts)
            and set(lasting.sockets) <= set(everything.sockets),
            **attack_by_actors(everything, lasting, places, folder, counter),
        }
    results.write_text(json.dumps(report, indent=2))


def attack_by_actors(
    everything: Targets,
    lasting: Targets,
    places: Mapping[str, str],
    folder: Path,
    counter: Counter,
) -> dict[str, Any]:
    """Judge the programs on executors that are Ray actors, in the sandbox and without isolation."""
    from codem_ray.runtime.executors import ExecutorPool
    from codem_ray.sweep.executor_policy import fixed_size

    known = {name for name, spec in LANGUAGES.items() if not missing_toolchains([spec])}
    programs = [one for one in service_programs() if one.language in known]
    others = [one for one in hostile_programs() if one.language in known and not one.is_slow]
    factory = partial(make_executor, "bubblewrap", folder)
    with ExecutorPool.start(factory, fixed_size(2)) as pool:
        tries = partial(everything.places, is_any_enough=True)
        sandboxed = _outcomes(attack(pool.execute, programs, tries))
        isolation = _outcomes(attack(pool.execute, others, lambda language: places))
    num_connections = counter.number
    factory = partial(make_executor, "process-without-isolation", folder)
    with ExecutorPool.start(factory, fixed_size(2)) as pool:
        tries = partial(lasting.places, is_any_enough=False)
        programs = [one for one in programs if one.weaker is not None]
        weaker = _outcomes(attack(pool.execute, programs, tries))
    return {
        "sandboxed": sandboxed,
        "isolation": isolation,
        "connections": num_connections,
        "weaker": weaker,
        "connections_without_isolation": counter.number - num_connections,
    }


def _outcomes(attacks: Iterator[tuple[Hostile, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "program": str(program),
            "language": program.language,
            "kind": program.kind,
            "outcome": verdict.outcome,
            "expected": sorted(program.expected),
            "message": verdict.message[:500],
        }
        for program, verdict in attacks
    ]


if __name__ == "__main__":
    if shutil.which("ip") is None:
        raise SystemExit("`ip` (iproute2) is missing")
    main(Path(sys.argv[1]))
