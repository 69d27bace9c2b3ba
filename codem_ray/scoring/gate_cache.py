"""Keep the reports of passed reference gates in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from codem_ray.benchmarks import benchmark_digest
from codem_ray.execution.verdict_cache import code_digest
from codem_ray.records import Problem
from codem_ray.scoring.gate_report import FORMAT_VERSION, GateReport
from codem_ray.storage import replacing


def gate_key(
    problems: Sequence[Problem], toolchain_digest: str, *, sandbox: str = "bubblewrap"
) -> str:
    """Return a hash of everything that a gate report depends on, as 16 hex digits."""
    parts = [
        str(FORMAT_VERSION),
        toolchain_digest,
        # A changed harness may count checks differently.
        code_digest(),
        sandbox,
        benchmark_digest(problems),
        *(repr((p.task_id, p.reference, p.broken, p.quarantine, p.context)) for p in problems),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def read_gate(key: str, folder: Path | None = None) -> GateReport | None:
    """Return the report kept under a key. None if absent, damaged or of another version."""
    try:
        return GateReport.from_json(json.loads(_path(key, folder).read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):
        # A cache that cannot be read costs another run of the gate, no more.
        return None


def write_gate(key: str, report: GateReport, folder: Path | None = None) -> None:
    """Keep the report of a gate that passed.

    Raises:
        ReferenceGateError: the gate failed.
    """
    report.raise_if_failed()
    text = json.dumps(report.to_json(), indent=1, sort_keys=True)
    with replacing(_path(key, folder)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _path(key: str, folder: Path | None) -> Path:
    return (folder or user_cache_path("codem_ray") / "gate") / f"{key}.json"
