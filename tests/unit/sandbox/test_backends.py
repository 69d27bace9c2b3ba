"""Choosing a sandbox backend and checking what the host provides for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.errors import ConfigError, SandboxError, SandboxUnavailableError
from codem_ray.sandbox import backends, bubblewrap_probe
from codem_ray.sandbox.process import ProcessSandbox, _substitute
from codem_ray.sandbox.protocol import SandboxBackend


def test_an_unknown_backend_is_refused_with_the_known_names() -> None:
    with pytest.raises(ConfigError, match=r"'docker'.*bubblewrap, process-without-isolation"):
        backends.open_sandbox("docker")
    with pytest.raises(ConfigError, match="did you mean bubblewrap"):
        backends.open_sandbox("bublewrap")


def test_the_weaker_backend_is_opened_only_by_its_full_name() -> None:
    assert isinstance(backends.open_sandbox("process-without-isolation"), ProcessSandbox)
    with pytest.raises(ConfigError):
        backends.open_sandbox("process")


def test_a_backend_that_fails_to_open_is_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> ProcessSandbox:
        raise SandboxError("no free slots")

    broken = SandboxBackend(name="broken", isolates=True, open=fail)
    monkeypatch.setattr(backends, "sandbox_backends", lambda: {"broken": broken})
    with pytest.raises(SandboxUnavailableError, match="`broken` does not work: no free slots"):
        backends.open_sandbox("broken")


def test_a_host_without_bubblewrap_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bubblewrap_probe, "find_bwrap", lambda: None)
    with pytest.raises(SandboxUnavailableError, match="install the package `bubblewrap`"):
        backends.open_sandbox("bubblewrap")


def test_a_bubblewrap_that_cannot_make_namespaces_is_refused_with_its_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit 0\n'
        "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n",
        encoding="utf-8",
    )
    broken.chmod(0o755)
    monkeypatch.setattr(bubblewrap_probe, "find_bwrap", lambda: str(broken))
    monkeypatch.setattr(
        bubblewrap_probe, "_sysctl", lambda name: "1" if "apparmor" in name else None
    )
    with pytest.raises(SandboxUnavailableError) as caught:
        backends.open_sandbox("bubblewrap")
    assert "setting up uid map: Permission denied" in str(caught.value)
    assert f"profile bwrap {broken} flags=(unconfined)" in str(caught.value)
    assert "apparmor_parser -r" in str(caught.value)


def test_every_missing_property_has_a_remedy() -> None:
    findings = backends.sandbox_backend("bubblewrap").probe()
    assert {f.name for f in findings} >= {
        "bubblewrap",
        "namespaces",
        "system-call filter",
        "memory limit",
        "process limit",
    }
    assert all(f.remedy for f in findings if not f.is_present)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/work", "/d"),
        ("/work/a.py", "/d/a.py"),
        ("-I/work/include", "-I/d/include"),
        ("--out=/work/x", "--out=/d/x"),
        ("/work:/usr/lib", "/d:/usr/lib"),
        ("cat /work/x > /work/y", "cat /d/x > /d/y"),
        ("/home/work/x", "/home/work/x"),
        ("/workspace", "/workspace"),
        ("/work/clone/.venv/bin/node", "/work/clone/.venv/bin/node"),
    ],
)
def test_only_the_folder_named_work_is_substituted(text: str, expected: str) -> None:
    assert _substitute(text, "/d", ("/work/clone/.venv",)) == expected
