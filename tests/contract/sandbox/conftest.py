"""Every registered backend, and the built-in ones without control groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from codem_ray.sandbox.backends import sandbox_backends
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.process import ProcessSandbox
from codem_ray.sandbox.protocol import Sandbox

_BACKENDS = sandbox_backends()
_POLLING: dict[str, Callable[[], Sandbox]] = {
    BubblewrapSandbox.name: partial(BubblewrapSandbox, uses_cgroups=False),
    ProcessSandbox.name: partial(ProcessSandbox, uses_cgroups=False),
}


def _opened(name: str, open_backend: Callable[[], Sandbox]) -> Sandbox:
    if missing := [f for f in _BACKENDS[name].probe() if f.is_mandatory and not f.is_present]:
        pytest.skip(f"{name} is not available on this host: {missing[0].detail}")
    return open_backend()


@pytest.fixture(scope="module", params=[*_BACKENDS, *(f"{name}-polling" for name in _POLLING)])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Return the sandbox of each backend in turn."""
    name = request.param.removesuffix("-polling")
    return _opened(name, _BACKENDS[name].open if name == request.param else _POLLING[name])


@pytest.fixture(scope="module", params=[name for name, one in _BACKENDS.items() if one.isolates])
def isolating(request: pytest.FixtureRequest) -> Sandbox:
    """Return the sandbox of each backend that isolates."""
    return _opened(request.param, _BACKENDS[request.param].open)
