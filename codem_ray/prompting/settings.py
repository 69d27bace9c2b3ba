"""Settings with which a logged model is asked: template, decoding, ends of answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .templates import CHAT_DATE

SETTINGS = "codem_ray_answering.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """Settings of an evaluation in the prompt style `instruction`."""

    template: str = "alpaca"
    chat_date: str = CHAT_DATE.isoformat()
    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ("\n### Instruction", "\n### Response")

    def write(self, folder: Path) -> None:
        """Write the settings into the folder of a logged model."""
        (folder / SETTINGS).write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Answering:
        """Read the settings in the folder of a logged model."""
        raw = json.loads((folder / SETTINGS).read_text())
        return cls(**raw | {"stop": tuple(raw["stop"])})

    def generation_config(self, model: Any, tokenizer: Any) -> Any:
        """Return the same decoding as settings of transformers."""
        import transformers

        sampling = {"do_sample": True, "temperature": self.temperature, "top_p": self.top_p}
        return transformers.GenerationConfig(
            max_new_tokens=self.max_new_tokens,
            eos_token_id=sorted(end_tokens(model, tokenizer)),
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            **({**sampling, "top_k": 0} if self.temperature > 0 else {"do_sample": False}),
        )


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a completion, by the model's configuration or its tokenizer."""
    found: set[int] = set()
    for source in (model.generation_config, model.config, tokenizer):
        value = getattr(source, "eos_token_id", None)
        if value is not None:
            found.update([value] if isinstance(value, int) else map(int, value))
    return frozenset(found)
