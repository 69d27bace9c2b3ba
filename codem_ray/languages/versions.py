"""Reads and hashes the versions of a language's tools."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.spec import LanguageSpec
from codem_ray.languages.toolchain import find_tool, missing_browser

_TIMEOUT_SECONDS = 60


def toolchain_digest(spec: LanguageSpec, *, uses_browser: bool = False) -> str:
    """Return a hash of the versions of a language's tools, as 16 hex digits.

    With `uses_browser` it covers the browser: its version, or that there is none.
    """
    outputs = [version_output(*command) for command in spec.version_commands]
    if spec.browser is not None:
        # Where no test uses a browser, it makes no difference which one is installed.
        outputs.append((browser_version(spec) if uses_browser else None) or "no browser")
    return hashlib.sha256("\0".join(outputs).encode()).hexdigest()[:16]


def toolchain_versions(spec: LanguageSpec) -> str:
    """Return the versions of a language's tools in one line."""
    outputs = (version_output(*command) for command in spec.version_commands)
    return "; ".join(output.strip().splitlines()[0] for output in outputs if output.strip())


def browser_version(spec: LanguageSpec) -> str | None:
    """Return the version of a language's browser; None if it needs none or none is installed."""
    if spec.browser is None or missing_browser(spec) is not None:
        return None
    return version_output(spec.browser.tool, "--version").strip()


def version_output(tool: str, *arguments: str) -> str:
    """Return the version of a tool as the tool prints it when called with these arguments.

    For a node package, return the name and version in its package.json.

    Raises:
        ToolchainError: The tool is not installed, fails or does not end.
    """
    return _output((str(find_tool(tool)), *arguments))


@functools.cache
def _output(command: tuple[str, ...]) -> str:
    if Path(command[0]).is_dir():
        about = json.loads((Path(command[0]) / "package.json").read_text(encoding="utf-8"))
        return f"{about['name']} {about['version']}\n"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(
            f"{' '.join(command)} did not end within {_TIMEOUT_SECONDS} seconds"
        ) from error
    if done.returncode:
        raise ToolchainError(f"{' '.join(command)} failed: {done.stderr.strip()[:500]}")
    return done.stdout + done.stderr


def forget_versions() -> None:
    """Clear the cache of versions, after an installation."""
    _output.cache_clear()
