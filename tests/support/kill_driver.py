"""The driver of a fine-tune that is killed again and again: one trial of Tune on a running Ray.

`python tests/support/kill_driver.py SPEC` with RAY_ADDRESS, where SPEC is a pickled TrainingSpec.
Before each step, rank 0 writes its process and the step to `progress` beside SPEC. Run again, it
goes on.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import ray

from codem_ray.errors import LostError
from codem_ray.runtime import train as runtime_train
from codem_ray.runtime.left_groups import remove_left_group
from codem_ray.runtime.train import run_training
from codem_ray.runtime.trials import run_in_tune
from codem_ray.storage import Storage

STEP_SECONDS = 0.25
PAUSE_SECONDS = 1.0
MAX_ATTEMPTS = 10


def slow_training(config: dict[str, Any]) -> dict[str, Any]:
    """Train with steps that take their time and are counted in a file."""
    from codem_ray.training.packed_trainer import PackedTrainer

    get_batch_samples = PackedTrainer.get_batch_samples
    progress = Path(config["spec"].ray_storage_path).parent / "progress"

    def slow_step(self: Any, *arguments: Any) -> Any:
        time.sleep(STEP_SECONDS)
        if self.args.process_index == 0:
            progress.write_text(f"{os.getpid()} {self.state.global_step}")
        return get_batch_samples(self, *arguments)

    PackedTrainer.get_batch_samples = slow_step
    return train_on_this_rank(config)


def attempts(spec: Any) -> dict[str, Any]:
    """Train until it is done, as a sweep does after lost processes and nodes."""
    runtime_train._train_on_this_rank = slow_training
    for _ in range(MAX_ATTEMPTS):
        remove_left_group(spec.ray_storage_path)
        try:
            result = run_training(spec)
        except LostError as error:
            print(f"LOST {error}", flush=True)
            time.sleep(PAUSE_SECONDS)
            continue
        return {"error": "", "resumed_from": result.resumed_from_step, "notes": result.notes}
    return {"error": f"not done after {MAX_ATTEMPTS} attempts"}


train_on_this_rank = runtime_train._train_on_this_rank

if __name__ == "__main__":
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    ray.init(log_to_driver=False, logging_level="ERROR")
    spec = pickle.loads(Path(sys.argv[1]).read_bytes())
    [end] = run_in_tune(
        lambda trial_id: attempts(spec),
        [spec.trial_id],
        name="killed",
        storage=Storage(str(Path(sys.argv[1]).parent / "tune")),
        max_concurrent=1,
        max_failures=MAX_ATTEMPTS,
    )
    print(f"ERROR {end.error}" if end.error else "DONE", flush=True)
    sys.exit(1 if end.error else 0)
