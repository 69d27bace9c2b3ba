"""Installs one module as a package with an entry point, and runs Python with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SUPPORT = Path(__file__).parent


def install(site: Path, module: Path, group: str, attribute: str) -> None:
    """Make a folder importable that holds the module, its data files and its entry point."""
    name = module.stem
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    for file in (module, *module.parent.glob("*.jsonl")):
        (site / file.name).write_bytes(file.read_bytes())
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nown = {name}:{attribute}\n")


def python(site: Path, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Run Python in a process that sees the installed package."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT, _SUPPORT)))},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
