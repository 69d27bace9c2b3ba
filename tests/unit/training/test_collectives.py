"""Network interfaces of workers, and limits of process groups."""

from __future__ import annotations

from datetime import timedelta

import pytest

from codem_ray.training import collectives
from codem_ray.training.collectives import (
    INTERFACE_VARIABLES,
    addresses_by_interface,
    interface_of,
    limit_new_groups,
    use_interface_of,
)

INTERFACES = {
    "lo": ["127.0.0.1", "::1", "00:00:00:00:00:00"],
    "eth0": ["192.168.1.7", "fe80::1%eth0"],
    "ib0": ["10.0.0.2", "fe80::2%ib0"],
}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "lo"),
        ("127.0.0.3", "lo"),
        ("10.0.0.2", "ib0"),
        ("fe80::1", "eth0"),
        ("10.0.0.3", None),
    ],
)
def test_the_interface_of_an_address_is_found_among_several(address: str, name: str | None) -> None:
    assert interface_of(address, INTERFACES) == name


def test_gloo_and_nccl_use_the_interface_unless_the_user_has_chosen_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collectives, "addresses_by_interface", lambda: INTERFACES)
    gloo, nccl = INTERFACE_VARIABLES
    monkeypatch.delenv(gloo, raising=False)
    monkeypatch.setenv(nccl, "ib7")
    use_interface_of("10.0.0.2")
    assert collectives.os.environ[gloo] == "ib0"
    assert collectives.os.environ[nccl] == "ib7"


def test_this_machine_has_a_loopback_interface() -> None:
    pytest.importorskip("psutil", reason="the light install has no psutil")
    assert interface_of("127.0.0.1", addresses_by_interface()) is not None


def test_torch_gives_new_process_groups_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="the light install has no torch")
    import torch.distributed.distributed_c10d as torch_groups

    for name in ("default_pg_timeout", "default_pg_nccl_timeout"):
        monkeypatch.setattr(torch_groups, name, getattr(torch_groups, name))
    limit_new_groups(900.0)
    # What `new_group` asks if it is called without a limit.
    assert torch_groups._get_default_timeout("gloo") == timedelta(seconds=900)
