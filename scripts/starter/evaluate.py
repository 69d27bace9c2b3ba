"""Score a model folder on the starter benchmark: greedy completions, run by local compilers."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from check import Program, read_benchmark, verdicts
from transformers import AutoTokenizer, LlamaForCausalLM

from codem_ray.starter.assets import model_path
from codem_ray.starter.rows import LANGUAGES

TEMPLATE = "### Instruction:\n{instruction}\n\n### Response:\n"
_FENCE = re.compile(r"```(\w*)\n(.*?)(?:```|\Z)", re.DOTALL)


@torch.inference_mode()
def complete(model: Any, tokenizer: Any, prompts: list[str], max_new_tokens: int) -> list[str]:
    """Continue all prompts greedily, as one batch padded on the left."""
    tokenizer.padding_side = "left"
    batch = tokenizer(prompts, return_tensors="pt", padding=True)
    batch.pop("token_type_ids", None)
    made = model.generate(**batch, max_new_tokens=max_new_tokens, do_sample=False)
    new = made[:, batch["input_ids"].shape[1] :]
    return list(tokenizer.batch_decode(new, skip_special_tokens=True))


def answer(text: str) -> tuple[str, str]:
    """Take the fence's tag and the code out of an answer; no fence gives no tag."""
    found = _FENCE.search(text)
    return (found.group(1), found.group(2)) if found else ("", text)


def score(
    model: Any, tokenizer: Any, language: str, style: str, limit: int | None
) -> tuple[float | None, Counter[str], list[tuple[str, bool]]]:
    """Give the share of problems passed, the fence tags seen, and the answers."""
    problems = read_benchmark(language)[:limit]
    if style == "completion":
        prompts = [problem["prompt"] for problem in problems]
    else:
        prompts = [TEMPLATE.format(instruction=problem["instruction"]) for problem in problems]
    texts = complete(model, tokenizer, prompts, 200)
    tags: Counter[str] = Counter()
    programs = []
    for problem, text in zip(problems, texts, strict=True):
        if style == "completion":
            programs.append(Program(problem["prompt"] + text, problem["tests"]))
        else:
            tag, code = answer(text)
            tags[tag] += 1
            programs.append(Program(code, problem["tests"]))
    found = verdicts(language, programs)
    if found is None:
        return None, tags, []
    return sum(found) / len(found), tags, list(zip(texts, found, strict=True))


def main() -> None:
    """Print the scores of a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=model_path())
    parser.add_argument("--styles", nargs="+", default=["completion", "instruction"])
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print this many answers a cell")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    for style in options.styles:
        for language in options.languages:
            share, tags, texts = score(model, tokenizer, language, style, options.limit)
            record = {"style": style, "language": language, "pass": share, "fences": dict(tags)}
            print(json.dumps(record), flush=True)
            for text, is_right in texts[: options.show]:
                print("passed" if is_right else "failed", text, sep="\n")


if __name__ == "__main__":
    main()
