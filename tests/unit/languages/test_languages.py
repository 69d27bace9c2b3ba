"""The registry of languages."""

import subprocess
import sys

import pytest

from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES, language


def test_languages_stand_in_the_order_of_the_paper() -> None:
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


def test_aliases_find_their_language_in_any_case() -> None:
    assert language("C++").name == "cpp"
    assert language("TS").name == "typescript"


def test_unknown_language_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean python"):
        language("pythn")


def test_no_name_or_alias_is_used_twice() -> None:
    names = [name for spec in LANGUAGES.values() for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("spec", LANGUAGES.values(), ids=list(LANGUAGES))
def test_every_language_opens_comments_and_fences(spec) -> None:
    assert spec.comment_prefix
    assert spec.fence_tags
    assert spec.extension.startswith(".")


def test_import_is_light() -> None:
    code = "import codem_ray.languages, sys; print('ray' in sys.modules or 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
