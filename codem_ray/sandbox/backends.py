"""The registry of sandbox backends."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from codem_ray.entry_points import collect, nearest, unknown_name
from codem_ray.errors import ConfigError, SandboxError, SandboxUnavailableError
from codem_ray.sandbox import bubblewrap, process
from codem_ray.sandbox.protocol import Sandbox, SandboxBackend

ENTRY_POINT_GROUP = "codem_ray.sandboxes"
"""Another package adds a backend by an entry point of this group that names a SandboxBackend."""
DEFAULT_BACKEND = bubblewrap.BACKEND.name

_BUILT_IN = (bubblewrap.BACKEND, process.BACKEND)


@cache
def sandbox_backends() -> Mapping[str, SandboxBackend]:
    """Return the built-in and installed backends by name.

    Installed ones are loaded on the first call, not on import: their modules import this package.
    """
    return collect(ENTRY_POINT_GROUP, SandboxBackend, _BUILT_IN)


def sandbox_backend(name: str) -> SandboxBackend:
    """Return the backend with this name; raise ConfigError if there is none."""
    known = sandbox_backends()
    if name in known:
        return known[name]
    text = f"no sandbox backend is called {name!r}"
    message = unknown_name(text, known, suggestions=nearest(name, known))
    raise ConfigError(
        f"{message} Set evaluation.sandbox or --sandbox to one of them, or install the package "
        "that adds it."
    )


def open_sandbox(name: str = DEFAULT_BACKEND) -> Sandbox:
    """Return the sandbox of the backend with this name.

    Raises ConfigError for an unknown name, SandboxUnavailableError if this host cannot provide it.
    """
    backend = sandbox_backend(name)
    missing = [
        f"- {finding.name}: {finding.detail}\n  remedy: {finding.remedy}"
        for finding in backend.probe()
        if finding.is_mandatory and not finding.is_present
    ]
    if missing:
        raise SandboxUnavailableError(
            "\n".join((f"the sandbox `{name}` is not available on this host. Missing:", *missing))
        )
    try:
        return backend.open()
    except SandboxError as error:
        raise SandboxUnavailableError(f"the sandbox `{name}` does not work: {error}") from error
