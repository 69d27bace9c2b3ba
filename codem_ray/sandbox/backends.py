"""The registry of sandbox backends."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from codem_ray.errors import ConfigError, SandboxError, SandboxUnavailableError
from codem_ray.sandbox import bubblewrap, process
from codem_ray.sandbox.protocol import Finding, Sandbox, SandboxBackend

ENTRY_POINT_GROUP = "codem_ray.sandboxes"
"""Another package adds a backend by an entry point of this group that names a SandboxBackend."""
DEFAULT_BACKEND = bubblewrap.BACKEND.name

_BUILT_IN = (bubblewrap.BACKEND, process.BACKEND)


@cache
def sandbox_backends() -> Mapping[str, SandboxBackend]:
    """Return the built-in and installed backends by name.

    Installed ones are loaded on the first call, not on import: their modules import this package.
    """
    known = {backend.name: backend for backend in _BUILT_IN}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        backend = entry.load()
        if not isinstance(backend, SandboxBackend):
            raise ConfigError(
                f"entry point {entry.name} of {ENTRY_POINT_GROUP} is a "
                f"{type(backend).__name__}; expected a SandboxBackend"
            )
        if backend.name in known:
            raise ConfigError(
                f"entry point {entry.name} of {ENTRY_POINT_GROUP} adds the sandbox "
                f"{backend.name!r}, a name that is already in use; choose another one"
            )
        known[backend.name] = backend
    return MappingProxyType(known)


def sandbox_backend(name: str) -> SandboxBackend:
    """Return the backend of that name; raise ConfigError if there is none."""
    known = sandbox_backends()
    if name in known:
        return known[name]
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else "."
    raise ConfigError(
        f"no sandbox backend is called {name!r}{hint} Known: {', '.join(known)}. "
        "Set evaluation.sandbox or --sandbox to one of them, or install the package that adds it."
    )


def open_sandbox(name: str = DEFAULT_BACKEND) -> Sandbox:
    """Return the sandbox of that backend.

    Raises ConfigError for an unknown name, SandboxUnavailableError if this host cannot provide it.
    """
    backend = sandbox_backend(name)
    missing = [one for one in backend.probe() if one.is_mandatory and not one.is_present]
    if missing:
        raise SandboxUnavailableError(
            f"the sandbox `{name}` is not available on this host. Missing:\n{_listed(missing)}"
        )
    try:
        return backend.open()
    except SandboxError as error:
        raise SandboxUnavailableError(f"the sandbox `{name}` does not work: {error}") from error


def _listed(missing: list[Finding]) -> str:
    return "\n".join(f"- {one.name}: {one.detail}\n  remedy: {one.remedy}" for one in missing)
