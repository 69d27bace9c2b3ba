"""Explains why the cluster of RAY_ADDRESS cannot be used: its address, or its token."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from codem_ray.errors import ConfigError, ResourceError

ANSWER_SECONDS = 15.0
"""A head that restarts is unavailable for some seconds."""
_CONNECT_SECONDS = 5.0
_DASHBOARD = ("http://", "https://")
_TOKEN_HELP = (
    "put the cluster's token (on its head, `ray get-auth-token` prints it) in ~/.ray/auth_token "
    "or in the environment variable RAY_AUTH_TOKEN"
)


def check_address(address: str) -> None:
    """Refuse an address that cannot be that of a cluster, or that nothing answers at.

    Raises:
        ConfigError: it is the address of a dashboard.
        ResourceError: no connection to it is possible.
    """
    if address.startswith(_DASHBOARD):
        raise ConfigError(
            f"RAY_ADDRESS is {address}, the dashboard of a cluster, to which `ray job submit` "
            f"sends commands: run `ray job submit --address {address} --working-dir . -- codem-ray "
            "...`, or, on a node of the cluster, set RAY_ADDRESS=auto"
        )
    host, _, port = address.rpartition(":")
    if not port.isdigit() or "/" in host:
        # `auto`, and other schemes of Ray.
        return
    give_up_at = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
        except OSError as error:
            if time.monotonic() < give_up_at:
                time.sleep(1.0)
                continue
            raise ResourceError(
                f"no Ray cluster answers at RAY_ADDRESS={address} ({error.strerror or error}): "
                "check that its head runs, that this is its host and port (6379 unless chosen), "
                "and that no firewall is between"
            ) from error
        return


def refusal_message(address: str, reason: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what to do if a cluster that answers does not accept this process.

    `reason` is Ray's message, which names a wrong token only on standard error.
    """
    if not reason.startswith("Failed to connect"):
        # For example, `auto` on a machine without Ray.
        return f"the Ray cluster at RAY_ADDRESS={address} cannot be used: {reason}"
    mode = environment.get("RAY_AUTH_MODE")
    if mode != "token":
        shown = "is not set" if mode is None else f"is {mode!r}"
        return (
            f"the Ray cluster at {address} does not accept this process, probably because it asks "
            f"for a token and RAY_AUTH_MODE {shown}: set RAY_AUTH_MODE=token, and {_TOKEN_HELP}"
        )
    return (
        f"the Ray cluster at {address} does not accept this process, probably because "
        f"{_token_source(environment)} is not its token: {_TOKEN_HELP}"
    )


def missing_token_message() -> str:
    """Return what to do if RAY_AUTH_MODE asks for a token and there is none."""
    return f"RAY_AUTH_MODE is 'token', but this process finds no token: {_TOKEN_HELP}"


def _token_source(environment: Mapping[str, str]) -> str:
    if environment.get("RAY_AUTH_TOKEN"):
        return "the value of RAY_AUTH_TOKEN"
    return f"the content of {environment.get('RAY_AUTH_TOKEN_PATH') or '~/.ray/auth_token'}"
