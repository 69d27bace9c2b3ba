"""Measure the memory of a node while several workers load a model at ZeRO stage 3.

Each worker is a process of this machine. The figures are sums over the workers, less what they held
before loading, as a multiple of the weights' bytes, from /proc/PID/smaps_rollup about every 0.2 s:

- held: anonymous and shared memory, which the kernel cannot take back;
- with mapped files: the proportional set size, in which pages of the weight files count too while
  they are mapped, although the kernel can drop them at any time.

    bench/loading.py
    bench/loading.py --megabytes 200 --workers 2
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

WIDTH, INNER, VOCABULARY = 1024, 4096, 258
_HELD = ("Pss_Anon", "Pss_Shmem")


def write_model(folder: Path, megabytes: int) -> int:
    """Write a Llama of about so many megabytes in fp32; return the bytes of its weights."""
    import torch
    import transformers
    from safetensors.torch import save_file
    from tiny_llama import write_tokenizer

    per_layer = 4 * (4 * WIDTH * WIDTH + 3 * WIDTH * INNER)
    config = transformers.LlamaConfig(
        vocab_size=write_tokenizer(folder),
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=max(1, round(megabytes * 1e6 / per_layer)),
        num_attention_heads=16,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        architectures=["LlamaForCausalLM"],
    )
    config.save_pretrained(folder)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    weights = {name: torch.ones(weight.shape) for name, weight in model.named_parameters()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return sum(weight.numel() * 4 for weight in weights.values())


def load(folder: Path, rank: int, workers: int) -> None:
    """Load the model as a worker does, between two files that the parent watches."""
    import torch
    import torch.distributed as dist

    from codem_ray.config import TrainingConfig
    from codem_ray.training.environment import (
        configure_accelerate,
        import_deepspeed,
        prepare_environment,
    )
    from codem_ray.training.training_spec import TrainingSpec

    prepare_environment(has_gpu=False, threads=1, extensions=folder / "extensions")
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=workers
    )
    import_deepspeed(has_gpu=False)
    from codem_ray.training.arguments import training_arguments
    from codem_ray.training.method_registry import make_method
    from codem_ray.training.model import load_model, plan_model

    spec = TrainingSpec(
        trial_id="loading",
        base_model=str(folder / "model"),
        tokens_folders=(),
        training=TrainingConfig(batch_sequences=workers, zero_stage=3),
        workers=workers,
        ray_storage_path=str(folder),
        export_folder=str(folder / "export"),
    )
    plan = plan_model(spec)
    configure_accelerate(has_gpu=False, limit_seconds=600)
    # From here on, transformers divides models among the ranks.
    arguments = training_arguments(
        spec, folder / "trainer", steps=1, world_size=workers, parameters=plan.form.parameters
    )
    (folder / f"ready-{rank}").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    model = load_model(spec, plan, make_method(spec.training), is_divided=True)
    held = sum(weight.ds_tensor.numel() for weight in model.parameters())
    assert held * workers >= plan.form.parameters, "the weights are not divided"
    assert torch.all(next(iter(model.parameters())).ds_tensor == 1), "the weights are not loaded"
    (folder / f"done-{rank}").touch()
    # Without its parent, a worker ends too.
    while not (folder / "end").exists() and folder.exists():
        time.sleep(0.05)
    del arguments


def memory_of(processes: list[int]) -> dict[str, int]:
    """Return the bytes that processes hold: `held`, and `all` with their mapped files."""
    sums = {"held": 0, "all": 0}
    for process in processes:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("Pss", *_HELD):
                sums["all" if name == "Pss" else "held"] += int(value.split()[0]) * 1024
    return sums


def _wait_for(folder: Path, name: str, ranks: list[subprocess.Popen[bytes]]) -> bool:
    if any(rank.poll() is not None for rank in ranks):
        raise SystemExit("a worker ended early; its error is above")
    return all((folder / f"{name}-{rank}").exists() for rank in range(len(ranks)))


def main() -> int:
    """Print the peak and the end of both figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the weights")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rank is not None:
        load(arguments.folder, arguments.rank, arguments.workers)
        return 0
    with tempfile.TemporaryDirectory(prefix="codem-ray-loading-") as made:
        folder = Path(made)
        (folder / "model").mkdir()
        weights = write_model(folder / "model", arguments.megabytes)
        options = ["--folder", made, "--workers", str(arguments.workers)]
        ranks = [
            subprocess.Popen(
                [sys.executable, __file__, *options, "--rank", str(rank)],
                env=os.environ | {"LOCAL_RANK": str(rank)},
            )
            for rank in range(arguments.workers)
        ]
        try:
            while not _wait_for(folder, "ready", ranks):
                time.sleep(0.2)
            processes = [rank.pid for rank in ranks]
            before = memory_of(processes)
            (folder / "go").touch()
            peak = dict(before)
            while not _wait_for(folder, "done", ranks):
                now = memory_of(processes)
                peak = {name: max(value, now[name]) for name, value in peak.items()}
                time.sleep(0.2)
            after = memory_of(processes)
        finally:
            (folder / "end").touch()
            for rank in ranks:
                rank.wait(60)
    print(f"{weights / 1e9:.2f} GB of weights, {arguments.workers} workers, ZeRO stage 3")
    for name, label in (("held", "held"), ("all", "with mapped files")):
        at_most, at_end = ((state[name] - before[name]) / weights for state in (peak, after))
        print(f"{label:18} peak {at_most:.2f} x the weights, after loading {at_end:.2f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
