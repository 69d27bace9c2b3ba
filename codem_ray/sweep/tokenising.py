"""Makes the tokens of all that a sweep trains on, and the plan that follows from them."""

from __future__ import annotations

from typing import Any

from codem_ray.config import MAX_COUNT, Sweep
from codem_ray.models.resolve import resolve_base_model
from codem_ray.storage import Storage
from codem_ray.sweep.inputs import Inputs, planned_again
from codem_ray.sweep.pairs import Say, make_tokens, with_lengths
from codem_ray.sweep.preflight import check_models


def base_tokenizer(sweep: Sweep) -> Any:
    """Load the base model's tokenizer; raise as `check_models` does for a model that is not had."""
    from codem_ray.models.tokenizer import load_tokenizer

    check_models(sweep)
    tokenizer = load_tokenizer(
        resolve_base_model(sweep.base_model),
        revision=sweep.base_model.revision,
        trust_remote_code=sweep.base_model.trust_remote_code,
    )
    # Pairs that are too long for the model are counted and left out: no warning is needed.
    tokenizer.model_max_length = MAX_COUNT
    return tokenizer


def tokenised(sweep: Sweep, inputs: Inputs, storage: Storage, say: Say) -> Inputs:
    """Return the inputs with tokens made for every trained source, and the plan that follows.

    Where the cache holds them already no tokenizer is loaded.
    """
    if inputs.pairs is None:
        return inputs
    pairs = with_lengths(
        inputs.pairs,
        sweep,
        storage,
        tokenizer_digest=inputs.base_digest,
        load_tokenizer=lambda: base_tokenizer(sweep),
        say=say,
    )
    make_tokens(pairs, sweep, storage, say=say)
    return planned_again(sweep, inputs, pairs)
