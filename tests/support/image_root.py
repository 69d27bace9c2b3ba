"""Runs the steps of a Dockerfile in a bare Debian root, without a container engine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# A plain chroot would not do: the kernel refuses user namespaces to a process in one.
_ENTER = """
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
cd /
exec "$@"
"""
_REGISTRIES = re.compile(r"(PIP|NPM_CONFIG)_\w+|\w+_proxy", re.IGNORECASE)
"""Variables with which this machine reaches its package registries."""
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_PLACE_OF_AUTHORITIES = "/machine-authorities.pem"
_AUTHORITY_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
_STEP_SECONDS = 1800


def read_steps(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, argument.strip())
        for name, _, argument in (line.partition(" ") for line in joined.splitlines() if line)
    ]


class ImageRoot:
    """A root folder in which the steps were run, and the user and environment at their end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.user = 0
        self.folder = "/"
        self.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

    def bootstrap(self, suite: str) -> None:
        """Install a minimal Debian, the same as the official image of that name."""
        command = ["debootstrap", "--variant=minbase", suite, str(self.root)]
        subprocess.run(command, check=True, capture_output=True, timeout=_STEP_SECONDS)
        # As a container engine would give them; and this machine's registries may be mirrors with
        # an authority of their own.
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
        shutil.copyfile(_AUTHORITIES, self.root / _PLACE_OF_AUTHORITIES.lstrip("/"))

    def build(self, dockerfile: Path, context: Path, arguments: Mapping[str, str]) -> None:
        """Run all steps, with these build arguments."""
        given: dict[str, str] = {}
        for name, argument in read_steps(dockerfile.read_text(encoding="utf-8")):
            match name:
                case "FROM":
                    image, _, suite = argument.partition(":")
                    assert image == "debian"
                    self.bootstrap(suite.removesuffix("-slim"))
                case "ENV":
                    self.environment |= _pairs(argument)
                case "ARG":
                    (default,) = _pairs(argument).items()
                    given[default[0]] = arguments.get(*default)
                case "COPY":
                    self._copy(shlex.split(argument), context)
                case "USER":
                    self.user = int(argument)
                case "WORKDIR":
                    self.folder = argument
                case "RUN":
                    done = self.run(["/bin/sh", "-c", argument], given)
                    assert done.returncode == 0, f"RUN {argument}\n{done.stdout}{done.stderr}"
                case "CMD":
                    pass
                case _:
                    raise AssertionError(f"{name} is not known here")

    def run(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root, as the image's user and without capabilities unless root."""
        inside = [*self._as_user(), *command]
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", _ENTER, "sh"]
        registries = {k: v for k, v in os.environ.items() if _REGISTRIES.fullmatch(k)}
        registries |= dict.fromkeys(_AUTHORITY_VARIABLES, _PLACE_OF_AUTHORITIES)
        home = "/root" if self.user == 0 else "/home/ray"
        return subprocess.run(
            [*enter, str(self.root), "env", f"--chdir={self.folder}", *inside],
            env={**registries, **self.environment, "HOME": home, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_STEP_SECONDS,
            check=False,
        )

    def _as_user(self) -> list[str]:
        if self.user == 0:
            return []
        ids = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        return ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]

    def _copy(self, paths: list[str], context: Path) -> None:
        *sources, target = paths
        place = self.root / target.lstrip("/")
        for source in sources:
            if (context / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(context / source, place, ignore=ignored)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(context / source, place / source)


def _pairs(argument: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(argument))
