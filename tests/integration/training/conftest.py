"""A small model and its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from built_tokens import build_tokens
from example_pairs import make_pair
from tiny_llama import write_tiny_llama

from codem_ray.config import TrainingConfig
from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.tokens.packed_rows import TokensFacts
from codem_ray.tokens.tuning_record import TuningRecord
from codem_ray.training.training_spec import TrainingSpec

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

RECORD = TuningRecord(trial_id="python-s3-0", source="python", template="{{ instruction }}:")


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
            "record": RECORD,
        }
        return TrainingSpec(**(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """Make the model, the tokenizer and the tokens."""
    root = tmp_path_factory.mktemp("training")
    model = write_tiny_llama(root / "model", is_tied=True)
    pairs = [make_pair(n, f"add {n}", f"def f(a): return a + {n}" * (1 + n % 3)) for n in range(17)]
    facts = build_tokens(
        pairs,
        root / "tokens",
        tokenizer=load_tokenizer(str(model)),
        template="{{ instruction }}:",
        max_tokens=128,
    )
    return Kit(model, root / "tokens", facts, root)
