"""Train the starter kit's tokenizer and base model on generated documents.

The learning rate and the documents depend on the step alone, so that a training can be repeated and
an interrupted one continues as the same run.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from codem_ray.starter.assets import model_path
from tools.starter.documents import Document, documents, requests
from tools.starter.vocabulary import CONTEXT, train_tokenizer

POOL_BATCHES = 64
"""Number of steps whose documents are made together and sorted by length."""
DESCRIPTION_WEIGHT = 0.1
CHECKPOINT = "checkpoint.pt"
_FIXED = (
    *("steps", "documents", "late_from", "layers", "width", "lr", "warmup", "seed", "distant"),
    "requests",
)
"""Options that must not change on a resume."""

Batch = tuple[torch.Tensor, torch.Tensor]


def batch_size(step: int, options: argparse.Namespace) -> int:
    """Return the batch size of a step: doubled late, when gradients are noisy."""
    first_of_pool = step // POOL_BATCHES * POOL_BATCHES
    is_late = first_of_pool >= options.late_from * options.steps
    return int(options.documents) * (2 if is_late else 1)


def _encoded(
    tokenizer: PreTrainedTokenizerFast, made: list[Document]
) -> list[tuple[list[int], list[float]]]:
    """Return token ids and the weight of each.

    A description is drawn at random, so no model can predict it, and its tokens get a small weight.
    """
    coded = tokenizer([one.text for one in made], return_offsets_mapping=True)
    found = []
    for one, ids, offsets in zip(made, coded["input_ids"], coded["offset_mapping"], strict=True):
        first = one.text.index(one.description)
        last = first + len(one.description)
        weights = [DESCRIPTION_WEIGHT if first <= at < last else 1.0 for at, _ in offsets]
        found.append(([*ids, tokenizer.eos_token_id][:CONTEXT], [*weights, 1.0][:CONTEXT]))
    return found


def pool(
    tokenizer: PreTrainedTokenizerFast,
    number: int,
    size: int,
    seed: int,
    distant: float = 0.0,
    *,
    is_instruct: bool = False,
) -> list[Batch]:
    """Return the batches of a pool, each of `size` documents of similar length.

    Each document has its own row: it attends to nothing else, and its positions begin at zero, as
    in a prompt.
    """
    rng = Random(f"{seed}/pool/{number}")
    made = requests(rng) if is_instruct else documents(rng, distant)
    encoded = _encoded(tokenizer, list(islice(made, size * POOL_BATCHES)))
    encoded.sort(key=lambda pair: len(pair[0]))
    groups = [encoded[at : at + size] for at in range(0, len(encoded), size)]
    rng.shuffle(groups)
    batches = []
    for group in groups:
        length = len(group[-1][0])
        ids = [one + [tokenizer.pad_token_id] * (length - len(one)) for one, _ in group]
        weights = [one + [0.0] * (length - len(one)) for _, one in group]
        batches.append((torch.tensor(ids), torch.tensor(weights)))
    return batches


def batches(
    tokenizer: PreTrainedTokenizerFast, step: int, options: argparse.Namespace
) -> Iterator[Batch]:
    """Yield the batches from a step on."""
    while True:
        number, index = divmod(step, POOL_BATCHES)
        size = batch_size(step, options)
        seed, distant, is_instruct = options.seed, options.distant, options.requests
        made = pool(tokenizer, number, size, seed, distant, is_instruct=is_instruct)[index:]
        yield from made
        step += len(made)


def new_model(tokenizer: PreTrainedTokenizerFast, layers: int, width: int) -> LlamaForCausalLM:
    """Return an untrained model."""
    config = LlamaConfig(
        vocab_size=math.ceil(len(tokenizer) / 64) * 64,
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 64 * 64,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        num_key_value_heads=width // 32,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.02,
    )
    return LlamaForCausalLM(config)


def save_model(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model and tokenizer in half precision, each file atomically."""
    temporary = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    copied = LlamaForCausalLM(model.config)
    copied.load_state_dict(model.state_dict())
    copied.generation_config.pad_token_id = tokenizer.pad_token_id
    copied.generation_config.eos_token_id = tokenizer.eos_token_id
    copied.to(torch.bfloat16).save_pretrained(temporary)
    tokenizer.save_pretrained(temporary)
    # Both transformers 4 and 5 accept this name; 4 does not accept the one that 5 writes.
    settings = temporary / "tokenizer_config.json"
    named = json.loads(settings.read_text()) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    settings.write_text(json.dumps(named, indent=2) + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    for path in temporary.iterdir():
        path.replace(folder / path.name)
    temporary.rmdir()
    for path in folder.iterdir():
        # safetensors writes files that only their owner can read.
        path.chmod(0o644)


def new_optimizer(model: LlamaForCausalLM, lr: float) -> torch.optim.Optimizer:
    """Return AdamW with weight decay for matrices only."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95), foreach=True)


def learning_rate(step: int, options: argparse.Namespace) -> float:
    """Return the learning rate: warm-up, then a cosine down to a fiftieth of the peak."""
    warm = min(1.0, (step + 1) / options.warmup)
    falling = (1 + math.cos(math.pi * step / options.steps)) / 2
    return float(options.lr * warm * (0.02 + 0.98 * falling))


class PretrainingRun:
    """Model, optimizer and the number of steps done."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, options: argparse.Namespace) -> None:
        torch.manual_seed(options.seed)
        self.tokenizer = tokenizer
        self.options = options
        self.model = new_model(tokenizer, options.layers, options.width)
        if options.start is not None:
            begun = LlamaForCausalLM.from_pretrained(options.start, dtype=torch.float32)
            self.model.load_state_dict(begun.state_dict())
        self.optimizer = new_optimizer(self.model, options.lr)
        self.step = 0
        self.tokens = 0

    def load(self) -> None:
        """Resume from the checkpoint in the folder."""
        state: dict[str, Any] = torch.load(self.options.work / CHECKPOINT, weights_only=True)
        wanted = {name: getattr(self.options, name) for name in _FIXED}
        if state["options"] != wanted:
            raise SystemExit(f"the checkpoint was made with {state['options']}, not {wanted}")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.step, self.tokens = state["step"], state["tokens"]

    def save(self) -> None:
        """Write a checkpoint and the current model."""
        self.options.work.mkdir(parents=True, exist_ok=True)
        temporary = self.options.work / f"{CHECKPOINT}.tmp"
        torch.save(
            {
                "options": {name: getattr(self.options, name) for name in _FIXED},
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "step": self.step,
                "tokens": self.tokens,
            },
            temporary,
        )
        temporary.replace(self.options.work / CHECKPOINT)
        save_model(self.model, self.tokenizer, self.options.work / "model")

    def take_step(self, ids: torch.Tensor, weights: torch.Tensor) -> float:
        """Train on one batch; return its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.options)
        logits = self.model(input_ids=ids, use_cache=False).logits[:, :-1]
        each = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
        )
        weight = weights[:, 1:].flatten()
        loss = (each * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += int((weights > 0).sum())
        return float(loss.item())


def train(options: argparse.Namespace) -> None:
    """Train until the last step or the time limit."""
    torch.set_num_threads(options.threads)
    if options.start is None:
        tokenizer = train_tokenizer(options.seed)
    else:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(options.start)
    run = PretrainingRun(tokenizer, options)
    num_parameters = sum(parameter.numel() for parameter in run.model.parameters())
    vocabulary = len(run.tokenizer)
    print(json.dumps({"parameters": num_parameters, "vocabulary": vocabulary}), flush=True)
    if options.resume:
        run.load()
    run.model.train()
    began = last_saved = last_logged = time.monotonic()
    tokens_logged, documents_logged = run.tokens, 0
    losses: list[float] = []
    for ids, weights in batches(run.tokenizer, run.step, options):
        if run.step >= options.steps or time.monotonic() - began > options.minutes * 60:
            break
        losses.append(run.take_step(ids, weights))
        documents_logged += len(ids)
        now = time.monotonic()
        if run.step % options.log_every == 0:
            new_tokens = run.tokens - tokens_logged
            record = {
                "step": run.step,
                "tokens": run.tokens,
                "loss": round(sum(losses) / len(losses), 4),
                "lr": round(learning_rate(run.step - 1, options), 6),
                "tokens_per_second": round(new_tokens / (now - last_logged)),
                "tokens_per_document": round(new_tokens / documents_logged, 1),
                "minutes": round((now - began) / 60, 2),
            }
            print(json.dumps(record), flush=True)
            losses.clear()
            last_logged, tokens_logged, documents_logged = now, run.tokens, 0
        if now - last_saved > options.save_minutes * 60:
            run.save()
            last_saved = now
    run.save()
    is_done = run.step >= options.steps
    if is_done and options.out is not None:
        save_model(run.model, run.tokenizer, options.out)
    print(json.dumps({"done": is_done, "step": run.step, "tokens": run.tokens}), flush=True)


def main() -> None:
    """Parse the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument(
        "--out", type=Path, help=f"where the finished model goes, {model_path()} to ship it"
    )
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop this sitting then")
    parser.add_argument("--save-minutes", type=float, default=4.0)
    parser.add_argument("--documents", type=int, default=24, help="documents in a batch")
    parser.add_argument("--late-from", type=float, default=0.7, help="share of the steps")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=224)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--warmup", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="begin with this model: the last phase")
    parser.add_argument(
        "--distant",
        type=float,
        default=0.0,
        help="share of documents in which a language is named some way before its code",
    )
    parser.add_argument(
        "--requests", action="store_true", help="train on answered requests: the instruct model"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--log-every", type=int, default=25)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
