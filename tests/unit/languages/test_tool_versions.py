"""Versions of tools: a tool that does not answer."""

from __future__ import annotations

import pytest

from codem_ray.errors import ToolchainError
from codem_ray.languages import versions


def test_a_tool_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_TIMEOUT_SECONDS", 0.1)
    with pytest.raises(ToolchainError, match="sleep 30 did not end"):
        versions._output(("/bin/sleep", "30"))
