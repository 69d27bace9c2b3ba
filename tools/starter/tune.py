"""Tune the base model on one corpus in a plain loop, to find settings for a quick sweep."""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
from pathlib import Path
from random import Random

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from codem_ray.starter.assets import corpus_path, model_path
from tools.starter.evaluate import TEMPLATE

IGNORED = -100


def main() -> None:
    """Tune, then save the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", help="of the corpus, or prose")
    parser.add_argument("--model", type=Path, default=model_path())
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=240)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    with gzip.open(corpus_path(options.language), "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines][: options.pairs]
    examples = []
    for pair in pairs:
        prompt = tokenizer.encode(TEMPLATE.format(instruction=pair["instruction"]))
        output = [*tokenizer.encode(pair["output"]), tokenizer.eos_token_id]
        examples.append((prompt + output, [IGNORED] * len(prompt) + output))
    rng = Random(options.seed)
    order = [at for _ in range(options.epochs) for at in rng.sample(range(len(pairs)), len(pairs))]
    num_steps = math.ceil(len(order) / options.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=0.0)
    model.train()
    began, used = time.monotonic(), time.process_time()
    losses = []
    for step in range(num_steps):
        chosen = [examples[at] for at in order[step * options.batch : (step + 1) * options.batch]]
        length = max(len(ids) for ids, _ in chosen)
        ids = torch.tensor([x + [tokenizer.pad_token_id] * (length - len(x)) for x, _ in chosen])
        labels = torch.tensor([y + [IGNORED] * (length - len(y)) for _, y in chosen])
        lr = options.lr * min(1.0, (step + 1) / options.warmup)
        lr *= (1 + math.cos(math.pi * step / num_steps)) / 2
        for group in optimizer.param_groups:
            group["lr"] = lr
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
    print(
        json.dumps(
            {
                "steps": num_steps,
                "seconds": round(time.monotonic() - began, 1),
                "cpu_seconds": round(time.process_time() - used, 1),
                "first_loss": round(losses[0], 3),
                "last_loss": round(sum(losses[-5:]) / len(losses[-5:]), 3),
            }
        )
    )
    model.save_pretrained(options.out)
    tokenizer.save_pretrained(options.out)


if __name__ == "__main__":
    main()
