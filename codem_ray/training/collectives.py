"""Limits of a fine-tune's collective operations, and the agreement of its ranks on errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeVar

from codem_ray.errors import CodemError
from codem_ray.training.worker_errors import at_place, worker_error

T = TypeVar("T")
INTERFACE_VARIABLES = ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME")


def limit_new_groups(seconds: float) -> None:
    """Give process groups that are made without a limit this one, in this process.

    DeepSpeed makes its groups that way, and torch's default is 30 minutes.
    """
    import torch.distributed.distributed_c10d as torch_groups

    limit = timedelta(seconds=seconds)
    for name in ("default_pg_timeout", "default_pg_nccl_timeout"):
        setattr(torch_groups, name, limit)


class Agreement:
    """Lets all ranks of a fine-tune fail together, so that none waits for one that has failed.

    It has a process group of its own, on CPUs, which works on a GPU that has no memory left, too.
    """

    def __init__(self, trial_id: str, place: str, *, limit_seconds: float) -> None:
        """Every rank must call it. `place` names this rank and its node in messages."""
        import torch.distributed as dist

        self._trial_id, self._place = trial_id, place
        self._group = dist.new_group(backend="gloo", timeout=timedelta(seconds=limit_seconds))

    def close(self) -> None:
        """End the process group; the process may train again."""
        import torch.distributed as dist

        dist.destroy_process_group(self._group)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Raise the error of one rank's block on all ranks, once all have ended the block.

        The block must have no collective operation.
        """
        failure: CodemError | None = None
        try:
            yield
        except Exception as error:
            failure = worker_error(error, self._trial_id, self._place)
            failure.__cause__ = error
        self._raise_first(failure)

    def share(self, value: T) -> T:
        """Return rank 0's value on all ranks."""
        import torch.distributed as dist

        values = [value]
        dist.broadcast_object_list(values, src=0, group=self._group)
        return values[0]

    def _raise_first(self, failure: CodemError | None) -> None:
        import torch.distributed as dist

        failures: list[CodemError | None] = [None] * dist.get_world_size()
        places = [""] * len(failures)
        dist.all_gather_object(failures, failure, group=self._group)
        dist.all_gather_object(places, self._place, group=self._group)
        found = [(error, place) for error, place in zip(failures, places, strict=True) if error]
        if not found:
            return
        error, place = found[0]
        # What fails everywhere is not the fault of a node.
        shared = error if len(found) == len(failures) else at_place(error, place)
        raise shared from failure


def use_interface_of(address: str) -> None:
    """Let Gloo and NCCL use the network interface of an address, unless the user has chosen one.

    Gloo would resolve the host's name, which is 127.0.0.1 on many machines.
    """
    if name := interface_of(address, addresses_by_interface()):
        for variable in INTERFACE_VARIABLES:
            os.environ.setdefault(variable, name)


def addresses_by_interface() -> dict[str, list[str]]:
    """Return the addresses of this machine's network interfaces."""
    import psutil

    return {
        name: [address.address for address in addresses]
        for name, addresses in psutil.net_if_addrs().items()
    }


def interface_of(address: str, interfaces: Mapping[str, Sequence[str]]) -> str | None:
    """Return the interface that has an address; None: this machine has no such address.

    The loopback interface has all loopback addresses, though it lists one.
    """
    wanted = ip_address(address)
    for name, texts in interfaces.items():
        for found in map(_ip_address, texts):
            if found is None:
                continue
            if found == wanted or (found.is_loopback and wanted.is_loopback):
                return name
    return None


def _ip_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an IP address; None for an address of another kind, such as that of the hardware."""
    try:
        # The address of a link has its interface behind a "%".
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
