"""Score a model folder on the starter benchmark: greedy completions, run by the executor."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from codem_ray.benchmarks import load
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.records import Job, Outcome, Problem
from codem_ray.starter.assets import model_path
from tools.starter.draws import LANGUAGES

TEMPLATE = "### Instruction:\n{instruction}\n\n### Response:\n"
BATCH = 32
_FENCE = re.compile(r"```(\w*)\n(.*?)(?:```|\Z)", re.DOTALL)


@torch.inference_mode()
def complete(model: Any, tokenizer: Any, prompts: list[str], max_new_tokens: int) -> list[str]:
    """Complete all prompts greedily, in batches padded on the left."""
    tokenizer.padding_side = "left"
    texts: list[str] = []
    for at in range(0, len(prompts), BATCH):
        batch = tokenizer(prompts[at : at + BATCH], return_tensors="pt", padding=True)
        batch.pop("token_type_ids", None)
        made = model.generate(**batch, max_new_tokens=max_new_tokens, do_sample=False)
        new = made[:, batch["input_ids"].shape[1] :]
        texts += tokenizer.batch_decode(new, skip_special_tokens=True)
    return texts


def answer(text: str) -> tuple[str, str]:
    """Return the fence tag and the code of an answer; without a fence the tag is empty."""
    found = _FENCE.search(text)
    return (found.group(1), found.group(2)) if found else ("", text)


def ask(
    model: Any, tokenizer: Any, problems: list[Problem], style: str, max_new_tokens: int
) -> tuple[list[str], list[str], Counter[str]]:
    """Return the completions, their programs, and the fence tags used."""
    if style == "completion":
        prompts = [problem.prompt for problem in problems]
    else:
        prompts = [TEMPLATE.format(instruction=problem.instruction) for problem in problems]
    texts = complete(model, tokenizer, prompts, max_new_tokens)
    if style == "completion":
        whole = [problem.prompt + text for problem, text in zip(problems, texts, strict=True)]
        return texts, whole, Counter()
    found = [answer(text) for text in texts]
    return texts, [code for _, code in found], Counter(tag for tag, _ in found)


def judge(executor: Executor, problems: list[Problem], programs: list[str]) -> list[bool]:
    """Return which programs pass."""
    jobs = [Job(problem=p, answer=code) for p, code in zip(problems, programs, strict=True)]
    return [verdict.outcome is Outcome.PASSED for verdict in executor.execute(jobs)]


def main() -> None:
    """Print the scores of a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=model_path())
    parser.add_argument("--styles", nargs="+", default=["completion", "instruction"])
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--max-new-tokens", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print this many answers a cell")
    parser.add_argument("--families", action="store_true", help="print each family's passes")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    executor = local_executor(num_threads=options.threads)
    for style in options.styles:
        for language in options.languages:
            problems = load(f"starter-full-{language}", limit=options.limit)
            texts, programs, tags = ask(model, tokenizer, problems, style, options.max_new_tokens)
            passed = judge(executor, problems, programs)
            record: dict[str, Any] = {
                "style": style,
                "language": language,
                "pass": round(sum(passed) / len(passed), 4),
                "fences": dict(tags),
            }
            if options.families:
                asked = Counter(problem.group for problem in problems)
                right = Counter(
                    problem.group
                    for problem, is_right in zip(problems, passed, strict=True)
                    if is_right
                )
                record["families"] = {name: f"{right[name]}/{asked[name]}" for name in asked}
            print(json.dumps(record), flush=True)
            for text, is_right in list(zip(texts, passed, strict=True))[: options.show]:
                print("passed" if is_right else "failed", text, sep="\n")


if __name__ == "__main__":
    main()
