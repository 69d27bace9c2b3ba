"""Makes rows of losses with known effects of source, target and pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from codem_ray.records import PromptStyle

LANGUAGES = ("python", "javascript", "typescript", "c", "cpp", "java", "go")
RELATED = (frozenset(("c", "cpp")), frozenset(("javascript", "typescript")))


def planted_losses(
    effect: Callable[[str, str], float],
    *,
    sources: Sequence[str] = LANGUAGES,
    targets: Sequence[str] = LANGUAGES,
    seeds: int = 1,
    num_problems: int = 30,
    noise: float = 0.1,
    seed_deviation: float = 0.0,
    is_shared: bool = True,
    number: int = 0,
) -> pd.DataFrame:
    """Return losses of `base` and of tuned models, which are lower by `effect(source, target)`.

    `is_shared`: all targets have the same problems. Each seed of a source has an effect on each
    target with the standard deviation `seed_deviation`.
    """
    generator = np.random.default_rng(number)
    difficulty = generator.normal(2.0, 0.5, num_problems)
    frames = []
    for source in ("base", *sources):
        for seed in range(1 if source == "base" else seeds):
            for target in targets:
                gain = 0.0
                if source != "base":
                    gain = effect(source, target) + seed_deviation * generator.normal()
                names = [f"{target}/{problem}" for problem in range(num_problems)]
                losses = difficulty - gain + generator.normal(0, noise, num_problems)
                frames.append(
                    pd.DataFrame(
                        {
                            "trial_id": f"{source}-{seed}",
                            "source": source,
                            "seed": seed,
                            "target": target,
                            "benchmark": f"loss-{target}",
                            "benchmark_digest": f"digest-{target}",
                            "prompt_style": PromptStyle.INSTRUCTION,
                            "task_id": names,
                            "group": "",
                            "loss": losses,
                            "tokens": 10,
                            "is_left_out": False,
                            "is_limited": False,
                            "common_id": [
                                f"set/{i}" if is_shared else "" for i in range(len(names))
                            ],
                        }
                    )
                )
    return pd.concat(frames, ignore_index=True)
