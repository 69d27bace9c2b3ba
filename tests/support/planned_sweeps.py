"""Small sweeps that are planned from the starter's files alone."""

from __future__ import annotations

import json

from codem_ray.config import Sweep, parse_sweep
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.sweep_plan import SweepPlan

TOOLCHAIN_DIGESTS = {"python": "toolchain-1", "java": "toolchain-1"}


def make_sweep(**changes: object) -> Sweep:
    """Make a sweep of three sources and two benchmarks; `changes` maps dotted keys to values."""
    raw: dict[str, object] = {
        "name": "planned",
        "base_model": {"path": "starter"},
        "sources": ["base", "python", {"name": "other", "model": "org/other", "revision": "abc"}],
        "data": {
            "corpora": [{"path": "starter"}],
            "pairs": 50,
            "template": "short",
            "max_tokens": 256,
            "decontaminate": False,
        },
        "generation": {"max_new_tokens": 128},
        "evaluation": {"benchmarks": ["starter-python", "starter-java"], "limit": 3},
        "storage": {"path": "/nowhere"},
    }
    return parse_sweep(raw, [f"{k}={json.dumps(v)}" for k, v in changes.items()], "test")


def plan_of(**changes: object) -> SweepPlan:
    """Plan the sweep offline; changes are by key with `__` for dots."""
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return plan_offline(make_sweep(**overrides)).plan
