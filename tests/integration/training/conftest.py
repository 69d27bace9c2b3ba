"""A small model, its tokens, and a Ray of two CPUs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from codem_ray.config.models import TrainingConfig
from codem_ray.data.corpora import Pair
from codem_ray.data.tokens import TokensFacts, build_tokens, load_tokenizer
from codem_ray.training.spec import TrainingSpec

STEPS = 11
TRAINING = TrainingConfig(
    epochs=6,
    learning_rate=1e-3,
    batch_sequences=4,
    micro_batch_sequences=1,
    warmup_steps=2,
    zero_stage=2,
    weight_decay=0.1,
    checkpoint_every_steps=2,
)


@dataclass(frozen=True)
class Kit:
    """A random model of a few thousand weights and packed tokens for it."""

    model: Path
    tokens: Path
    facts: TokensFacts
    root: Path

    def spec(
        self, trial_id: str, training: TrainingConfig = TRAINING, **changes: object
    ) -> TrainingSpec:
        """Return a spec on this kit."""
        settings: dict[str, object] = {
            "trial_id": trial_id,
            "base_model": str(self.model),
            "tokens_folders": (str(self.tokens),),
            "training": training,
            "seed": 3,
            "ray_storage_path": str(self.root / "ray"),
            "export_folder": str(self.root / "export" / trial_id),
        }
        return TrainingSpec(**(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """Make the model, the tokenizer and the tokens."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    root = tmp_path_factory.mktemp("training")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*alphabet, "</s>"])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="</s>").save_pretrained(root / "model")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=260,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=256,
    )
    LlamaForCausalLM(config).save_pretrained(root / "model")
    pairs = [
        Pair(
            id=str(n),
            instruction=f"add {n}",
            response=f"def f(a): return a + {n}" * (1 + n % 3),
            language="python",
            origin="test",
        )
        for n in range(17)
    ]
    facts = build_tokens(
        pairs,
        root / "tokens",
        tokenizer=load_tokenizer(str(root / "model")),
        template="{{ instruction }}:",
        max_tokens=128,
    )
    return Kit(root / "model", root / "tokens", facts, root)


@pytest.fixture(scope="session")
def ray_of_two() -> Iterator[None]:
    """Start a Ray of our own; never touch another."""
    import ray

    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    # On a crowded machine the default of a minute is too short.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
    # Socket paths have a limit of 107 characters, so pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
        yield
        ray.shutdown()
