"""Folders that compilers fill once and every program's compilation only reads."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from codem_ray.errors import ToolchainError
from codem_ray.languages.spec import LanguageSpec, Unit

WAIT_SECONDS = 600.0
"""How long one process waits for another that fills the folder."""


def filled(caches: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder `name` under `caches`, filled by `fill` when it is not there.

    One process fills it while the others wait; it gets its name when it is complete, so what is
    interrupted is done anew.
    """
    folder = caches / name
    if folder.is_dir():
        return folder
    with _locked(caches / f"{name}.lock"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=caches, prefix="new-") as made:
                new = Path(made, "new")
                new.mkdir()
                fill(new)
                new.rename(folder)
    return folder


def folder_name(tool: str, *parts: object) -> str:
    """Return the name of a tool's folder: another where one of the parts is another."""
    return f"{tool}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def run_tool(
    tool: str,
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of a tool on sources of ours, to fill a folder; `env` None: our own.

    Raises:
        ToolchainError: it failed; says what the tool said.
    """
    done = subprocess.run(
        argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
    )
    if done.returncode:
        raise ToolchainError(f"{tool} cannot compile our own sources: {done.stderr.strip()[:1500]}")
    return done


def seal(file: Path) -> None:
    """Note beside a file of a cache what it holds."""
    _seal_of(file).write_text(_digest(file), encoding="ascii")


def check_seal(file: Path) -> None:
    """Hold a file to its seal, if it is there.

    Raises:
        ToolchainError: it holds something else, after a power cut perhaps.
    """
    if not file.is_file():
        return
    seal_file = _seal_of(file)
    if not seal_file.is_file() or seal_file.read_text(encoding="ascii") != _digest(file):
        raise ToolchainError(f"{file} is damaged: remove {file.parent}, it is then made anew")


def _seal_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_samples(spec: LanguageSpec, answers: Iterable[str], folder: Path) -> list[Unit]:
    """Write programs of a language's own samples under `folder`, each into one of its own."""
    units = []
    for number, answer in enumerate(answers):
        unit = Unit(name=f"u{number}", problem=spec.sample_problem, answer=answer)
        (folder / unit.name).mkdir(parents=True)
        for file, text in spec.assemble(unit).items():
            (folder / unit.name / file).write_text(text, encoding="utf-8")
        units.append(unit)
    return units


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock; it ends with the process, however that ends."""
    deadline = time.monotonic() + WAIT_SECONDS
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ToolchainError(
                        f"another process has held {path} for {WAIT_SECONDS:.0f} s to fill a "
                        "compiler's cache; end it and try again"
                    ) from None
                time.sleep(0.1)
        yield
