"""Train on a cluster while the cluster takes the workers' node away; print what happened.

Run it as a client of a cluster of two nodes, each with room for two workers.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import ray
from built_tokens import build_tokens
from example_pairs import make_pair
from ray.scripts.scripts import cli
from ray.util.placement_group import placement_group_table
from tiny_llama import write_tiny_llama

from codem_ray.config import TrainingConfig
from codem_ray.errors import NodeLostError
from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.runtime import train as runtime_train
from codem_ray.runtime.train import run_training
from codem_ray.training.training_spec import TrainingSpec

STEP_SECONDS = 0.5
DEADLINE_SECONDS = 90


def slow_training(config: dict[str, Any]) -> dict[str, Any]:
    """Train with steps that take their time, and mark the second one."""
    from codem_ray.training.packed_trainer import PackedTrainer

    get_batch_samples = PackedTrainer.get_batch_samples

    def slow_step(self: Any, *arguments: Any) -> Any:
        time.sleep(STEP_SECONDS)
        if self.state.global_step == 2:
            Path(config["spec"].export_folder).with_suffix(".started").touch()
        return get_batch_samples(self, *arguments)

    PackedTrainer.get_batch_samples = slow_step
    return train_on_this_rank(config)


def drain_when_started(mark: Path) -> None:
    """Give notice that the node of the workers will be taken away."""
    while not mark.exists():
        time.sleep(0.2)
    group = next(g for g in placement_group_table().values() if g["state"] == "CREATED")
    node = group["bundles_to_node_id"][0]
    cli(
        [
            *("drain-node", "--node-id", node, "--reason", "DRAIN_NODE_REASON_PREEMPTION"),
            *("--reason-message", "spot", "--deadline-remaining-seconds", str(DEADLINE_SECONDS)),
        ],
        standalone_mode=False,
    )
    drained.append(node)


train_on_this_rank = runtime_train._train_on_this_rank
drained: list[str] = []

if __name__ == "__main__":
    runtime_train._train_on_this_rank = slow_training
    root = Path(tempfile.mkdtemp(dir=sys.argv[1]))
    model = write_tiny_llama(root / "model", is_tied=True)
    build_tokens(
        [make_pair(n, f"add {n}", f"def f(a): return a + {n}") for n in range(17)],
        root / "tokens",
        tokenizer=load_tokenizer(str(model)),
        template="{{ instruction }}:",
        max_tokens=128,
    )
    spec = TrainingSpec(
        trial_id="preempted",
        base_model=str(model),
        tokens_folders=(str(root / "tokens"),),
        training=TrainingConfig(
            epochs=40, batch_sequences=4, micro_batch_sequences=1, checkpoint_every_steps=10_000
        ),
        ray_storage_path=str(root / "ray"),
        export_folder=str(root / "export"),
    )
    ray.init(log_to_driver=False)
    mark = Path(spec.export_folder).with_suffix(".started")
    threading.Thread(target=drain_when_started, args=(mark,), daemon=True).start()
    started = time.monotonic()
    notice = ""
    try:
        run_training(spec)
    except NodeLostError as error:
        notice = str(error)
    seconds = time.monotonic() - started
    result = run_training(spec)
    facts = {
        "notice": notice,
        "seconds": round(seconds, 1),
        "resumed_from": result.resumed_from_step,
        "steps": result.steps,
        "drained": drained,
    }
    print("RESULT " + json.dumps(facts))
