"""Compilers' caches: folders that are filled once and then read by every compilation."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from codem_ray.errors import ToolchainError

TIMEOUT_SECONDS = 600.0
"""Limit of one call of a compiler, and of waiting for another process that fills the folder."""


def filled_cache(caches: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder `name` under `caches`; `fill` writes it if it does not exist.

    One process fills the folder while others wait. The folder gets its name when it is complete, so
    an interrupted attempt leaves nothing behind.

    Raises:
        ToolchainError: Another process holds the lock for longer than TIMEOUT_SECONDS.
    """
    folder = caches / name
    if folder.is_dir():
        return folder
    lock = FileLock(caches / f"{name}.lock", timeout=TIMEOUT_SECONDS)
    try:
        with lock:
            if not folder.is_dir():
                with tempfile.TemporaryDirectory(dir=caches, prefix="new-") as temporary:
                    new = Path(temporary, "new")
                    new.mkdir()
                    fill(new)
                    new.rename(folder)
    except Timeout:
        raise ToolchainError(
            f"another process has held {lock.lock_file} for {TIMEOUT_SECONDS:.0f} s to fill a "
            "compiler's cache; end it and try again"
        ) from None
    return folder


def cache_name(tool: str, *parts: object) -> str:
    """Return the name of a tool's cache folder, which depends on the repr of each part."""
    return f"{tool}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def run_tool(
    tool: str,
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command on the harness's own sources, without a sandbox.

    Raises:
        ToolchainError: The command failed; the message holds its standard error.
    """
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"{tool} cannot compile our own sources: {done.stderr.strip()[:1500]}")
    return done
