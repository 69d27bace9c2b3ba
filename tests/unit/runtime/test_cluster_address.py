"""Addresses and tokens with which no cluster can be used, and what the messages say."""

from __future__ import annotations

import socket

import pytest

from codem_ray.errors import ConfigError, ResourceError
from codem_ray.runtime import cluster_address
from codem_ray.runtime.cluster_address import check_address, refusal_message


def test_the_address_of_a_dashboard_is_refused_with_the_command_for_it() -> None:
    with pytest.raises(ConfigError, match=r"ray job submit --address http://host:8265 --working"):
        check_address("http://host:8265")


def test_an_address_where_nothing_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_address, "ANSWER_SECONDS", 0.0)
    with socket.socket() as closed:
        # Bound and not listening: every connection is refused.
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ResourceError, match=rf"RAY_ADDRESS={address} \(Connection refused\)"):
            check_address(address)


def test_addresses_that_may_be_of_a_cluster_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_address(f"127.0.0.1:{server.getsockname()[1]}")
    check_address("auto")
    check_address("ray://host:10001")


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({}, "RAY_AUTH_MODE is not set: set RAY_AUTH_MODE=token"),
        ({"RAY_AUTH_MODE": "disabled"}, "RAY_AUTH_MODE is 'disabled': set RAY_AUTH_MODE=token"),
        ({"RAY_AUTH_MODE": "token"}, "the content of ~/.ray/auth_token is not its token"),
        (
            {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": "/a/token"},
            "the content of /a/token is not its token",
        ),
        (
            {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "secret-value"},
            "the value of RAY_AUTH_TOKEN is not its token",
        ),
    ],
)
def test_a_cluster_that_refuses_this_process_leads_to_the_token(
    environment: dict[str, str], text: str
) -> None:
    reason = "Failed to connect to Ray cluster at host:6379"
    message = refusal_message("host:6379", reason, environment)
    assert text in message
    assert "`ray get-auth-token`" in message
    assert "secret-value" not in message


def test_other_reasons_of_ray_are_passed_on() -> None:
    message = refusal_message("auto", "Could not find any running Ray instance.", {})
    assert message.endswith(
        "RAY_ADDRESS=auto cannot be used: Could not find any running Ray instance."
    )
