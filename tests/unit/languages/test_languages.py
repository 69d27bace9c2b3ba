"""The registry of languages."""

import subprocess
import sys

import pytest

from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES, language


def test_languages_are_in_the_order_of_the_paper() -> None:
    assert list(LANGUAGES) == [
        "python",
        "javascript",
        "typescript",
        "c",
        "cpp",
        "java",
        "go",
        "html",
    ]


def test_aliases_ignore_case() -> None:
    assert language("C++").name == "cpp"
    assert language("TS").name == "typescript"


def test_error_for_unknown_language_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean python"):
        language("pythn")


def test_names_and_aliases_are_unique() -> None:
    names = [name for spec in LANGUAGES.values() for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


def test_import_loads_neither_ray_nor_torch() -> None:
    code = "import codem_ray.languages, sys; print('ray' in sys.modules or 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
