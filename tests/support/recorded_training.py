"""Small fine-tunes whose final weights are recorded in tests/data/training.

`python tests/support/recorded_training.py FOLDER` trains them and writes their weights to FOLDER.
The recorded ones were trained by the loop on DeepSpeed that was replaced by transformers.Trainer.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from local_ranks import train_locally
from safetensors.torch import load_file, save_file
from tiny_llama import write_tokenizer

from codem_ray.config import TrainingConfig
from codem_ray.tokens.packed_rows import FACTS, IGNORED, TokensFacts
from codem_ray.training import target_head
from codem_ray.training.training_spec import TrainingSpec

RECORDED = Path(__file__).parents[1] / "data" / "training"
STEPS = 20
ROWS, WIDTH, BATCH = 10, 64, 4
TRAINING = TrainingConfig(
    epochs=STEPS * BATCH / ROWS,
    learning_rate=1e-3,
    batch_sequences=BATCH,
    warmup_steps=3,
    weight_decay=0.1,
)
_LLAMA = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "tie_word_embeddings": True,
}
_BIG_CODE = {
    "n_positions": 64,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", _LLAMA),
    "gpt_bigcode": ("GPTBigCodeConfig", _BIG_CODE),
}


def write_model(folder: Path, name: str) -> Path:
    """Write a model of MODELS with a tokenizer; its weights do not depend on any library."""
    kind, settings = MODELS[name]
    tokens = {"vocab_size": write_tokenizer(folder), "bos_token_id": 0, "eos_token_id": 1}
    config = getattr(transformers, kind)(**tokens, pad_token_id=1, **settings)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    weights = {key: _filled(key, tuple(weight.shape)) for key, weight in model.named_parameters()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _filled(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Return fixed values with the spread of random weights: norms about 1, the others about 0."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    values = np.sin(np.arange(1, np.prod(shape) + 1, dtype=np.float64) ** 1.5 + seed)
    centre = 1.0 if ("norm" in name or "ln_" in name) and name.endswith("weight") else 0.0
    return torch.from_numpy((centre + 0.25 * values).astype(np.float32).reshape(shape))


def write_rows(folder: Path) -> Path:
    """Write packed rows of three documents each and some padding."""
    folder.mkdir(parents=True)
    shape = (ROWS, WIDTH)
    ids = np.full(shape, 1, dtype=np.int32)
    labels = np.full(shape, IGNORED, dtype=np.int32)
    positions = np.zeros(shape, dtype=np.int32)
    counts = np.zeros((ROWS, 2), dtype=np.int32)
    for row in range(ROWS):
        start = 0
        for document in range(3):
            length = 12 + (5 * row + 7 * document) % 9
            end, middle = start + length, start + 4 + (row + document) % 4
            places = np.arange(length)
            ids[row, start:end] = 2 + (17 * row + 31 * document + places * (3 + document)) % 250
            labels[row, middle:end] = ids[row, middle:end]
            positions[row, start:end] = places
            start = end
        positions[row, start:] = np.arange(WIDTH - start)
        counts[row] = start, (labels[row] != IGNORED).sum()
    for name, values in zip(
        ("input_ids", "labels", "position_ids", "counts"),
        (ids, labels, positions, counts),
        strict=True,
    ):
        np.save(folder / f"{name}.npy", values)
    facts = TokensFacts(
        pairs=3 * ROWS,
        dropped_too_long=0,
        rows=ROWS,
        max_tokens=WIDTH,
        tokens=int(counts[:, 0].sum()),
        target_tokens=int(counts[:, 1].sum()),
        filling=float(counts[:, 0].sum()) / (ROWS * WIDTH),
        digest="recorded",
    )
    (folder / FACTS).write_text(json.dumps(asdict(facts)))
    return folder


def recorded_spec(root: Path, name: str, label: str, **changes: object) -> TrainingSpec:
    """Return a fine-tune of a model of MODELS in `root`; `changes` are settings of training."""
    model, rows = root / name, root / "rows"
    if not rows.exists():
        write_rows(rows)
    if not model.exists():
        write_model(model, name)
    training = TrainingConfig.model_validate(TRAINING.model_dump() | changes)
    return TrainingSpec(
        trial_id=f"{name}-{label}",
        base_model=str(model),
        tokens_folders=(str(rows),),
        training=training,
        seed=3,
        ray_storage_path=str(root / "state"),
        export_folder=str(root / "export" / f"{name}-{label}"),
    )


def final_weights(spec: TrainingSpec) -> Mapping[str, torch.Tensor]:
    """Return the weights of an export."""
    weights: dict[str, torch.Tensor] = load_file(Path(spec.export_folder) / "model.safetensors")
    return weights


def recorded_weights(name: str) -> Mapping[str, torch.Tensor]:
    """Return the recorded final weights of a model of MODELS."""
    weights: dict[str, torch.Tensor] = load_file(RECORDED / f"{name}.safetensors")
    return weights


def use_chunks() -> None:
    """Let this process compute losses in chunks of three tokens."""
    vars(target_head)["CHUNK_LOGITS"] = 3 * 258


def furthest(found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]) -> float:
    """Return the largest absolute difference of two sets of weights with the same names.

    The bias of GPTBigCode's key changes no output, so its gradient is rounding alone, of which Adam
    makes steps of full size: it is left out.
    """
    assert found.keys() == expected.keys()
    return max(
        (_determined(name, found[name]) - _determined(name, expected[name])).abs().max().item()
        for name in expected
    )


def _determined(name: str, weight: torch.Tensor) -> torch.Tensor:
    if not name.endswith("c_attn.bias"):
        return weight
    # Queries of all heads, then one key, then one value.
    width, head = _BIG_CODE["n_embd"], _BIG_CODE["n_embd"] // _BIG_CODE["n_head"]
    return torch.cat([weight[:width], weight[width + head :]])


if __name__ == "__main__":
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="codem-ray-recorded-") as made:
        specs = [recorded_spec(Path(made), name, "recorded") for name in MODELS]
        train_locally(specs, workers=1)
        target.mkdir(parents=True, exist_ok=True)
        for name, spec in zip(MODELS, specs, strict=True):
            save_file(dict(final_weights(spec)), target / f"{name}.safetensors")
