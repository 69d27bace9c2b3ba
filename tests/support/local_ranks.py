"""Fine-tunes on ranks that are plain processes of this machine, without Ray."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.errors import NodeLostError
from codem_ray.training.training_spec import TrainingSpec

TIMEOUT_SECONDS = 280


@dataclass
class LocalSession:
    """A training session without a system around it; keeps metrics in a folder."""

    place: str
    folder: Path
    ends_after: int = 0
    """Steps after which this process is told to end, once it has saved a checkpoint; 0: never."""
    _steps: int = 0

    def report(self, metrics: dict[str, Any]) -> None:
        """Append the metrics to a file of this rank."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.place}.jsonl").open("a") as stream:
            stream.write(json.dumps(metrics) + "\n")

    def preempted_node(self) -> str:
        """Return "": no node is ever taken away."""
        return ""

    def is_ending(self) -> bool:
        """Whether the steps of `ends_after` are done; it is called at each step."""
        self._steps += 1
        return self._steps == self.ends_after


def train_locally(
    specs: Sequence[TrainingSpec],
    *,
    workers: int,
    ends_after: Sequence[int] = (),
    setup: Callable[[], None] | None = None,
) -> list[dict[str, Any]]:
    """Run fine-tunes one after another in the same `workers` processes; return rank 0's facts.

    Those with an entry in `ends_after` that is not 0 are ended after so many steps, as if by
    SIGTERM; they have no facts. `setup` is called in every process first.
    """
    with tempfile.TemporaryDirectory(prefix="codem-ray-ranks-") as folder:
        ends = [*ends_after, *[0] * (len(specs) - len(ends_after))]
        work = (list(zip(specs, ends, strict=True)), setup)
        (Path(folder) / "work").write_bytes(pickle.dumps(work))
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
    fine_tunes, setup = pickle.loads((folder / "work").read_bytes())
    if setup is not None:
        setup()
    for spec, ends_after in fine_tunes:
        with suppress(*([NodeLostError] if ends_after else [])):
            folder_of_run = Path(spec.ray_storage_path) / spec.trial_id
            session = LocalSession(f"worker {rank}", folder_of_run, ends_after)
            facts.append(train(spec, session))
    if rank == 0:
        (folder / "facts").write_bytes(pickle.dumps(facts))
    dist.destroy_process_group()


if __name__ == "__main__":
    _run_rank(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
