"""Every backend that is at hand."""

from __future__ import annotations

import pytest

from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.process import ProcessSandbox


def _without_groups() -> BubblewrapSandbox:
    return BubblewrapSandbox(uses_cgroups=False)


_BACKENDS = {
    "bubblewrap": BubblewrapSandbox,
    "bubblewrap-polling": _without_groups,
    "process": ProcessSandbox,
    "process-polling": lambda: ProcessSandbox(uses_cgroups=False),
}


@pytest.fixture(scope="module", params=sorted(_BACKENDS))
def sandbox(request: pytest.FixtureRequest) -> BubblewrapSandbox | ProcessSandbox:
    if request.param.startswith("bubblewrap") and find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    return _BACKENDS[request.param]()
