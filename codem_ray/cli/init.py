"""Write a commented sweep file from options, or from answers to questions on a terminal. The file
is written only if `codem-ray plan` accepts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from codem_ray.benchmarks import BENCHMARKS
from codem_ray.cli.output import log, print_json
from codem_ray.config import BUNDLED_MODELS, parse_sweep
from codem_ray.config.sweep_writing import commented_sweep
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.languages import LANGUAGES
from codem_ray.starter.assets import STARTER
from codem_ray.storage import replacing
from codem_ray.sweep.planning import plan_offline
from codem_ray.wording import plural

EXAMPLES = """\
examples:
  codem-ray init                                    ask, and write sweep.yaml
  codem-ray init my.yaml --no-input                 a small study with the starter kit
  codem-ray init go.yaml --model Qwen/Qwen2.5-Coder-0.5B --corpus 'pairs/*.jsonl' \\
      --sources base,go,python --gpus 2 --storage s3://bucket/runs
"""
_QUESTIONS = {
    "model": ("base model: starter, a hub id or a folder", STARTER),
    "corpus": ("corpora: starter, files, globs or hub:<dataset>, separated by commas", STARTER),
    "sources": ("sources: all, or languages, base, mixed, prose, shuffled", "all"),
    "benchmarks": ("benchmarks: auto (one for each language), or names of `ls benchmarks`", "auto"),
    "pairs": ("pairs per source: auto (as many as the smallest source has), or a number", "auto"),
    "seeds": ("seeds", "0"),
    "gpus": ("GPUs for a trial; 0 trains on CPUs", "0"),
    "storage": ("storage: folder or URI", "runs"),
}
"""Question and default by option."""
_SMALL_MODEL: dict[str, dict[str, Any]] = {
    "data": {"template": "short", "max_tokens": 512},
    "training": {"epochs": 2.0, "learning_rate": 3.0e-4, "batch_sequences": 4, "warmup_steps": 3},
    "generation": {"max_new_tokens": 160, "batch_size": 32},
}
_LARGE_MODEL: dict[str, dict[str, Any]] = {
    "data": {"template": "alpaca", "max_tokens": 2048},
    "training": {"epochs": 3.0, "learning_rate": 2.0e-5, "batch_sequences": 32, "warmup_steps": 6},
    "generation": {"max_new_tokens": 512, "batch_size": 16},
}
_STARTER_DATA: dict[str, Any] = {
    # Problems are held out by construction, and similar pairs differ in what they teach.
    "decontaminate": False,
    "cleaning": {
        "duplicates": False,
        "near_duplicates": None,
        "truncated": False,
        "max_error_share": None,
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "path", metavar="FILE", nargs="?", default="sweep.yaml", help="default: sweep.yaml"
    )
    parser.add_argument("--name", help="name of the sweep; default: that of the file")
    for option, (question, default) in _QUESTIONS.items():
        parser.add_argument(
            f"--{option}", metavar=option.upper(), help=f"{question} (default: {default})"
        )
    parser.add_argument("--no-input", action="store_true", help="ask nothing, take the defaults")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    parser.add_argument("--json", action="store_true", help="print path and keys as JSON")


def run(args: argparse.Namespace) -> int:
    """Write the file; ConfigError if it exists or `plan` refuses it."""
    path = Path(args.path)
    if path.exists() and not args.force:
        raise ConfigError(f"{path} exists: choose another name, or replace it with --force")
    answers = {option: getattr(args, option) for option in _QUESTIONS}
    is_asked = not args.no_input and sys.stdin.isatty() and sys.stderr.isatty()
    for option, (question, default) in _QUESTIONS.items():
        if answers[option] is None:
            answers[option] = _ask(question, default) if is_asked else default
    values = _values(args.name or path.stem, answers)
    text = commented_sweep(
        values,
        f"Made by `codem-ray init`. See what it does and costs: codem-ray plan {path}\n"
        f"All keys: docs/reference/sweep-file.md; --set KEY=VALUE overrides one for a run.",
    )
    parse_sweep(yaml.safe_load(text), (), str(path))
    # Planned with local storage: a file can be written where the store cannot be reached.
    local = parse_sweep(yaml.safe_load(text), ("storage.path=runs",), str(path))
    plan = plan_offline(local).plan
    with replacing(path.resolve()) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if args.json:
        print_json({"path": str(path), "sweep": values})
    else:
        print(path)
    log(
        f"{plural(len(plan.trials), 'trial')} and {plural(len(plan.cells()), 'cell')}; next: "
        f"codem-ray plan {path}, then codem-ray run {path}"
    )
    return ExitCode.COMPLETE


def _ask(question: str, default: str) -> str:
    print(f"{question} [{default}]: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise ConfigError(
            "the input ended before all questions, and nothing was written: answer them, or add "
            "--no-input"
        )
    return line.strip() or default


def _values(name: str, answers: dict[str, str]) -> dict[str, Any]:
    """Return the keys of the sweep file in the order in which they are written."""
    is_small = answers["model"] in BUNDLED_MODELS
    settings = _SMALL_MODEL if is_small else _LARGE_MODEL
    corpora = _listed(answers["corpus"])
    sources = answers["sources"]
    gpus = _count("--gpus", answers["gpus"])
    data: dict[str, Any] = {"corpora": [{"path": path} for path in corpora]}
    if answers["pairs"] != "auto":
        data["pairs"] = _count("--pairs", answers["pairs"])
    data |= settings["data"]
    if corpora == [STARTER]:
        data |= _STARTER_DATA
    training = settings["training"] | {"zero_stage": 2}
    if gpus:
        training["gradient_checkpointing"] = True
    resources: dict[str, Any] = {"workers": gpus or 2}
    if gpus:
        resources["gpus_per_worker"] = 1.0
    return {
        "name": name,
        "base_model": {"path": answers["model"]},
        "sources": sources if sources == "all" else _listed(sources),
        "seeds": [_count("--seeds", seed) for seed in _listed(answers["seeds"])],
        "data": data,
        "training": training,
        "generation": settings["generation"],
        "evaluation": {
            # Gains over base asked in the same way show what tuning adds.
            "baseline_style": "instruction",
            "benchmarks": _benchmarks(answers["benchmarks"], is_small=is_small),
        },
        "resources": resources,
        "storage": {"path": answers["storage"]},
    }


def _benchmarks(answer: str, *, is_small: bool) -> list[str]:
    """Return the named benchmarks, or the first of each language that fits the model."""
    if answer != "auto":
        return _listed(answer)
    chosen = []
    for name in LANGUAGES:
        specs = [spec for spec in BENCHMARKS.values() if spec.language == name]
        # The files of the starter's benchmarks are in the package.
        specs.sort(key=lambda spec: spec.file.startswith("/") is not is_small)
        chosen += [spec.name for spec in specs[:1]]
    return chosen


def _listed(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _count(option: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{option} is {text!r}: write whole numbers, as in {option} 2")
    return int(text)
