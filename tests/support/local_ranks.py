"""Fine-tunes on ranks that are plain processes of this machine, without Ray."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.training.training_spec import TrainingSpec

TIMEOUT_SECONDS = 280


@dataclass
class LocalSession:
    """A training session without a system around it."""

    place: str

    def report(self, metrics: dict[str, Any]) -> None:
        """Drop the metrics."""

    def preempted_node(self) -> str:
        """Return "": no node is ever taken away."""
        return ""

    def is_ending(self) -> bool:
        """Return False: no process is told to end."""
        return False


def train_locally(specs: Sequence[TrainingSpec], *, workers: int) -> list[dict[str, Any]]:
    """Run fine-tunes one after another in the same `workers` processes; return rank 0's facts."""
    with tempfile.TemporaryDirectory(prefix="codem-ray-ranks-") as folder:
        (Path(folder) / "specs").write_bytes(pickle.dumps(list(specs)))
        ranks = [
            subprocess.Popen(
                [sys.executable, __file__, folder, str(rank), str(workers)],
                env=os.environ | {"LOCAL_RANK": str(rank)},
            )
            for rank in range(workers)
        ]
        try:
            codes = [rank.wait(TIMEOUT_SECONDS) for rank in ranks]
        finally:
            for process in ranks:
                process.kill()
                process.wait()
        if any(codes):
            raise RuntimeError(f"ranks ended with exit codes {codes}")
        facts: list[dict[str, Any]] = pickle.loads((Path(folder) / "facts").read_bytes())
        return facts


def _run_rank(folder: Path, rank: int, workers: int) -> None:
    import torch.distributed as dist

    from codem_ray.training.worker import train

    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=workers
    )
    specs = pickle.loads((folder / "specs").read_bytes())
    facts = [train(spec, LocalSession(f"worker {rank}")) for spec in specs]
    if rank == 0:
        (folder / "facts").write_bytes(pickle.dumps(facts))
    dist.destroy_process_group()


if __name__ == "__main__":
    _run_rank(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
