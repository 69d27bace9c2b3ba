"""The registry of benchmark families: those of this package and those of entry points."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from codem_ray.benchmarks import (
    evalplus,
    freecodecamp,
    humaneval,
    humaneval_c,
    humaneval_x,
    humanevalpack,
    mbpp,
    mceval,
    multipl_e,
    starter,
)
from codem_ray.benchmarks.family import BenchmarkFamily, BenchmarkSpec
from codem_ray.entry_points import installed, load_entry, nearest, require_new
from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES

ENTRY_POINT_GROUP = "codem_ray.benchmarks"
"""Another package adds benchmarks by an entry point of this group that names a BenchmarkFamily."""

# The first family whose fields fit reads a file, so McEval precedes HumanEval.
_BUILT_IN = (
    starter,
    humanevalpack,
    humaneval_x,
    multipl_e,
    humaneval_c,
    mbpp,
    mceval,
    evalplus,
    freecodecamp,
    humaneval,
)


def _collect() -> tuple[tuple[BenchmarkFamily, ...], Mapping[str, BenchmarkSpec]]:
    families: list[BenchmarkFamily] = [module.FAMILY for module in _BUILT_IN]
    known = {spec.name: spec for family in families for spec in family.benchmarks}
    for entry in installed(ENTRY_POINT_GROUP):
        family = load_entry(entry, BenchmarkFamily)
        for spec in family.benchmarks:
            require_new(spec.name, known, entry)
            if spec.language not in LANGUAGES:
                raise ConfigError(
                    f"entry point {entry.name} of {ENTRY_POINT_GROUP} adds the benchmark "
                    f"{spec.name} in the unknown language {spec.language!r}. "
                    f"Known: {', '.join(LANGUAGES)}"
                )
            known[spec.name] = spec
        families.append(family)
    return tuple(families), MappingProxyType(known)


FAMILIES, BENCHMARKS = _collect()
"""All families, and all benchmarks by name in the order of `codem-ray ls benchmarks`."""


def find(name: str) -> BenchmarkSpec:
    """Return the benchmark of that name.

    Raises:
        ConfigError: no benchmark has that name; the message suggests the nearest.
    """
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    near = " or ".join(map(repr, _nearest(name)))
    hint = f"; did you mean {near}?" if near else "."
    raise ConfigError(f"no benchmark is called {name!r}{hint} `codem-ray ls benchmarks` lists all")


def _nearest(name: str) -> list[str]:
    prefix = f"{name.lower().rstrip('-')}-"
    if family := [known for known in BENCHMARKS if known.startswith(prefix)]:
        # For the name of a family, its Python problems are meant most often.
        return sorted(family, key=lambda known: BENCHMARKS[known].language != "python")[:3]
    return nearest(_with_family_suffix(name), BENCHMARKS, cutoff=0.4)


def _with_family_suffix(name: str) -> str:
    """Replace a language at the end of a name by the family's suffix: `js` for `javascript`."""
    family, _, suffix = name.lower().rpartition("-")
    for known, spec in BENCHMARKS.items():
        target = LANGUAGES[spec.language]
        if known.rpartition("-")[0] == family and suffix in (target.name, *target.aliases):
            return known
    return name
