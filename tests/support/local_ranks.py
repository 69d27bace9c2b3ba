"""Fine-tunes on ranks that are plain processes of this machine, without Ray."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.training.training_spec import TrainingSpec

TIMEOUT_SECONDS = 280


@dataclass
class FolderSession:
    """A training session that keeps checkpoints in a folder, which all ranks of a run share."""

    place: str
    folder: Path

    @contextmanager
    def checkpoint(self) -> Iterator[Path | None]:
        """Provide the folder of the last checkpoint."""
        names = sorted(path.name for path in self.folder.glob("step-*"))
        yield self.folder / names[-1] if names else None

    def report(
        self, metrics: dict[str, Any], checkpoint: Path | None = None, *, name: str = ""
    ) -> None:
        """Copy this rank's files of a checkpoint, once every rank has written its own."""
        import torch.distributed as dist

        if checkpoint is not None:
            for path in checkpoint.rglob("*"):
                if path.is_file():
                    target = self.folder / name / path.relative_to(checkpoint)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(path.read_bytes())
            dist.barrier()

    def preempted_node(self) -> str:
        """Return "": no node is ever taken away."""
        return ""


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
    facts = []
    for spec in pickle.loads((folder / "specs").read_bytes()):
        run = Path(spec.ray_storage_path) / spec.trial_id
        facts.append(train(spec, FolderSession(f"worker {rank}", run)))
    if rank == 0:
        (folder / "facts").write_bytes(pickle.dumps(facts))
    dist.destroy_process_group()


if __name__ == "__main__":
    _run_rank(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
