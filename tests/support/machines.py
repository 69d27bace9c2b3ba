"""Machines on one host: Linux namespaces with an own address, processes, /tmp, home and name."""

from __future__ import annotations

import itertools
import os
import random
import re
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from waiting import wait_for

from codem_ray.languages.toolchain import toolchain_folder

ROOT = Path(__file__).parents[2]
HOME = Path.home()
START_SECONDS = 30.0
_LETTERS = itertools.cycle(string.ascii_lowercase)
"""Distinguish the networks of one process."""
_TOOLS = ("ip", "nsenter", "unshare", "setpriv", "mount", "hostname")
_KEPT = [
    path.resolve()
    for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix), toolchain_folder())
    if path.is_dir()
]
"""What the machines have in common, read-only: the code, Python, and installed tools."""

# Its process 1 waits for orphans too. /tmp hides the folder itself.
_SETUP = f"""
set -e
folder=$1
mount --make-rprivate /
while read -r source target; do
  mount --bind "$source" "$target" && mount -o remount,bind,ro "$target"
done < "$folder/kept"
mount --bind {ROOT} {ROOT} && mount -o remount,bind,ro {ROOT}
mount -t tmpfs tmpfs /dev/shm
mount --bind "$folder/hosts" /etc/hosts
mount --rbind "$folder/home" {HOME}
mount --bind "$folder/var-tmp" /var/tmp
mount --rbind "$folder/tmp" /tmp
mount -o remount,bind,ro /
hostname "$2"
ip link set lo up
while :; do sleep 1000; done
"""


def missing_for_machines() -> str:
    """Return why this host cannot have such machines; empty if it can."""
    if sys.platform != "linux":
        return "needs Linux namespaces"
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"needs {', '.join(missing)}"
    probe = subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "true"], check=False)
    return "" if probe.returncode == 0 else "this host forbids new namespaces"


class Machine:
    """A machine of a network. Root inside it sees its own files, processes and network only.

    Its /tmp and home outlive `kill` and `start`, as a disk does.
    """

    def __init__(self, name: str, address: str, folder: Path, bridge: str) -> None:
        self.name, self.address, self.folder = name, address, folder
        self._bridge = bridge
        self._link = f"{bridge}-{address.rpartition('.')[2]}"
        self._process: subprocess.Popen[bytes] | None = None
        self._spawned: list[subprocess.Popen[bytes]] = []
        self._init = 0
        self.environment = {
            "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": str(HOME),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._make_disk()

    def _make_disk(self) -> None:
        for part in ("tmp", "home", "var-tmp"):
            (self.folder / part).mkdir(parents=True)
        (self.folder / "tmp").chmod(0o1777)
        # Debian's own form: the host name is a loopback address.
        (self.folder / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n")
        lines = []
        for path in _KEPT:
            for hidden, part in ((HOME, "home"), (Path("/tmp"), "tmp")):
                if path.is_relative_to(hidden):
                    target = self.folder / part / path.relative_to(hidden)
                    target.mkdir(parents=True, exist_ok=True)
                    lines.append(f"{path} {target}\n")
        (self.folder / "kept").write_text("".join(lines))

    def start(self) -> None:
        """Boot, and join the network."""
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--kill-child", "--fork"]
        command += ["--mount", "--net", "--pid", "--uts", "--ipc", "--mount-proc"]
        command += ["sh", "-c", _SETUP, "sh", str(self.folder), self.name]
        with (self.folder / "setup.txt").open("w") as errors:
            self._process = subprocess.Popen(command, stderr=errors)
        self._init = _first_child(self._process.pid)
        host_end = ["ip", "link", "add", self._link, "type", "veth", "peer", "name", "eth0"]
        _call(*host_end, "netns", str(self._init))
        _call("ip", "link", "set", self._link, "master", self._bridge, "up")
        inside = ["nsenter", "--net", "-t", str(self._init), "ip"]
        _call(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _call(*inside, "link", "set", "eth0", "up")
        self._wait_for_setup()

    def _wait_for_setup(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while self.run(["hostname"], check=False).stdout.strip() != self.name:
            if time.monotonic() > give_up_at:
                errors = (self.folder / "setup.txt").read_text()
                raise TimeoutError(f"{self.name} did not start: {errors}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End all processes at once, as a loss of power does."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._init, signal.SIGKILL)
        for process in (self._process, *self._spawned):
            process.wait(timeout=START_SECONDS)
        self._spawned.clear()
        self._process, self._init = None, 0
        # The other end went with the network namespace, and this one goes a moment later.
        subprocess.run(["ip", "link", "del", self._link], check=False, capture_output=True)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Pull the network cable inside the block."""
        _call("ip", "link", "set", self._link, "down")
        try:
            yield
        finally:
            _call("ip", "link", "set", self._link, "up")

    def command(self, command: Sequence[str], environment: Mapping[str, str] = {}) -> list[str]:
        """Return a command that runs a command here."""
        variables = {**self.environment, **environment}
        enter = ["nsenter", "--mount", "--net", "--pid", "--uts", "--ipc", "-t", str(self._init)]
        settings = [f"{name}={value}" for name, value in variables.items()]
        return [*enter, "env", "-i", "-C", str(HOME), *settings, *command]

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] = {},
        *,
        check: bool = True,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command here to its end."""
        result = subprocess.run(
            self.command(command, environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )
        if check and result.returncode:
            text = f"{result.stdout}\n{result.stderr}"
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {result.returncode}\n{text}")
        return result

    def spawn(self, command: Sequence[str], environment: Mapping[str, str] = {}) -> None:
        """Start a command that ends with the machine; its output is in /tmp/output.txt."""
        with (self.folder / "tmp/output.txt").open("a") as output:
            process = subprocess.Popen(
                self.command(command, environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._spawned.append(process)

    def processes(self) -> dict[int, str]:
        """Return the command lines of its processes by process id of the host."""
        if not self._init:
            return {}
        space = Path(f"/proc/{self._init}/ns/pid").readlink()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            # A process may end while it is looked at; one inside a sandbox has a deeper namespace.
            with suppress(OSError):
                is_here = (folder / "ns/pid").readlink() == space
                if is_here or _is_below(folder, self._init):
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(folder.name)] = line.strip()
        return found


@contextmanager
def network(names: Sequence[str]) -> Iterator[dict[str, Machine]]:
    """Start a machine for each name, on one bridge that this process reaches too."""
    _remove_stale_links()
    bridge = f"crb{os.getpid()}{next(_LETTERS)}"
    subnet = f"10.{random.randrange(64, 128)}.{random.randrange(256)}"
    folder = Path(tempfile.mkdtemp(prefix="cr-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _call("ip", "link", "add", bridge, "type", "bridge")
        stack.callback(_call, "ip", "link", "del", bridge)
        _call("ip", "addr", "add", f"{subnet}.254/24", "dev", bridge)
        _call("ip", "link", "set", bridge, "up")
        machines = {}
        for number, name in enumerate(names, 1):
            machine = Machine(name, f"{subnet}.{number}", folder / name, bridge)
            stack.callback(machine.kill)
            machine.start()
            machines[name] = machine
        yield machines


def _remove_stale_links() -> None:
    """Remove links of processes that were killed; their machines died with them."""
    for link in Path("/sys/class/net").iterdir():
        owner = re.match(r"crb(\d+)", link.name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            # The kernel may remove the ends of a dead machine's link meanwhile.
            subprocess.run(["ip", "link", "del", link.name], check=False, capture_output=True)


def _first_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return int(wait_for(lambda: children.read_text().split(), "a machine starts", pause=0.02)[0])


def _is_below(folder: Path, ancestor: int) -> bool:
    pid = int(folder.name)
    while pid > 1:
        if pid == ancestor:
            return True
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
    return False


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
