"""A cache of the Hugging Face hub with a model's config and tokenizer, as its client leaves it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from codem_ray.starter.assets import MODELS

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_hub_cache(cache: Path, hub_id: str, config: dict[str, Any]) -> None:
    """Write the config and the starter kit's tokenizer as the branch `main` of a hub id."""
    repository = cache / f"models--{hub_id.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    (snapshot / "config.json").write_text(json.dumps(config))
    for file in Path(MODELS["starter"]()).glob("*token*"):
        shutil.copy(file, snapshot)
