"""Tests that each command on a page about clusters is run by a test or marked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from page_commands import ROOT, blocks_of, pages

MODULES = {path.stem: path for path in (ROOT / "tests" / "integration" / "cluster").glob("*.py")}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_block_is_marked_or_run_by_a_test(page: Path) -> None:
    for block in blocks_of(page):
        if block.module is not None:
            assert "blocks_run_by(" in MODULES[block.module].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_block_is_valid_shell(page: Path) -> None:
    for block in blocks_of(page):
        done = subprocess.run(["bash", "-n"], input=block.text.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_file_that_a_page_names_exists(page: Path) -> None:
    for name in re.findall(r"\bcluster/[\w./-]+\w", page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("mark", ["", "<!-- needs luck -->\n", "<!-- needs a cloud -->\n\n"])
def test_a_block_without_a_known_mark_is_an_error(tmp_path: Path, mark: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"text\n{mark}```sh\nls\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has the mark"):
        list(blocks_of(page))


def test_a_block_in_another_language_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- needs a cloud -->\n```bash\nls\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no block of `sh`"):
        list(blocks_of(page))


def test_every_recipe_opens_with_its_cost_and_how_to_stop_it() -> None:
    for folder in ("local", "docker", "kuberay", "ray-up"):
        text = (ROOT / "cluster" / folder / "README.md").read_text(encoding="utf-8")
        _, cost, rest = text.partition("**Cost:**")
        assert cost, folder
        assert rest.count("\n\n") > 0, folder
        assert "**Stop:**" in rest.partition("\n\n")[0], folder
