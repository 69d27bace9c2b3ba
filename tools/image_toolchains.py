"""Writes the part of the container image that installs the languages' toolchains."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable
from pathlib import Path

from codem_ray.languages import LanguageSpec

BEGIN = "# Generated from codem_ray/languages/ by tools/generate.py: do not edit."
END = "# End of the generated part."


def image_file(dockerfile: Path, project: Path, languages: Iterable[LanguageSpec]) -> str:
    """Return the Dockerfile with its generated part replaced.

    Raises ValueError if the file lacks the marks of that part.
    """
    text = dockerfile.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not begin or not end:
        raise ValueError(f"{dockerfile}: the lines {BEGIN!r} and {END!r} must be in it, in order")
    return before + begin + toolchain_part(languages, _own_dependencies(project)) + end + after


def toolchain_part(languages: Iterable[LanguageSpec], dependencies: frozenset[str]) -> str:
    """Return the build steps that install all toolchains.

    Args:
        languages: The languages of the image.
        dependencies: Packages that codem_ray itself depends on; a toolchain among them is installed
            with it, and Debian's package is left out.
    """
    debian: dict[str, None] = {}
    browser: dict[str, None] = {}
    for spec in languages:
        installation = spec.installation
        if dependencies.isdisjoint(installation.wheels):
            debian.update(dict.fromkeys(installation.debian))
        browser.update(dict.fromkeys(installation.debian_browser))
    return (
        f"{_install(sorted(debian))}"
        "# WITH_BROWSER=1 adds the browser that problems about layout need.\n"
        "ARG WITH_BROWSER=0\n"
        f'RUN [ "$WITH_BROWSER" = 0 ] || ( {_apt(sorted(browser))} )\n'
    )


def _install(packages: list[str]) -> str:
    return f"RUN {_apt(packages)}\n"


def _apt(packages: list[str]) -> str:
    names = textwrap.wrap(" ".join(packages), 88)
    return (
        "apt-get update -q && apt-get install -y -q --no-install-recommends \\\n        "
        + " \\\n        ".join(names)
        + " \\\n    && rm -rf /var/lib/apt/lists/*"
    )


def _own_dependencies(project: Path) -> frozenset[str]:
    dependencies = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return frozenset(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in dependencies)
