"""The unbiased estimate of pass@k for one problem."""

from __future__ import annotations

from math import comb

from codem_ray.errors import ConfigError


def pass_at_k(num_samples: int, num_passed: int, k: int) -> float:
    """Estimate the probability that at least one of k samples passes.

    `1 - C(n - c, k) / C(n, k)`: Chen et al. 2021 (arXiv 2107.03374), equation 1.

    Raises ConfigError unless 1 <= k <= num_samples and 0 <= num_passed <= num_samples.
    """
    if not 1 <= k <= num_samples:
        raise ConfigError(
            f"pass@{k} needs at least {max(k, 1)} samples per problem and k >= 1, "
            f"but there are {num_samples}: lower evaluation.k or raise generation.samples"
        )
    if not 0 <= num_passed <= num_samples:
        raise ConfigError(f"num_passed must be between 0 and {num_samples}, not {num_passed}")
    return 1.0 - comb(num_samples - num_passed, k) / comb(num_samples, k)
