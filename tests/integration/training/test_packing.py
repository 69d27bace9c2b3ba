"""The loss of packed rows."""

from __future__ import annotations

from itertools import pairwise

import torch

from codem_ray.data.tokens import IGNORED, load_tokens
from codem_ray.hugging_face import import_transformers
from codem_ray.training.model import target_loss_sum

from .conftest import Kit


def test_packed_documents_have_the_loss_that_they_have_alone(kit: Kit) -> None:
    model = import_transformers().AutoModelForCausalLM.from_pretrained(kit.model)
    rows = load_tokens(kit.tokens)
    packed = [
        torch.from_numpy(array.copy()).long()
        for array in (rows.input_ids, rows.labels, rows.position_ids)
    ]
    with torch.no_grad():
        together = target_loss_sum(model, *packed)
        alone = torch.zeros(())
        for ids, labels, positions in zip(*packed, strict=True):
            starts = [*(positions == 0).nonzero().flatten().tolist(), len(ids)]
            for start, end in pairwise(starts):
                logits = model(input_ids=ids[None, start:end]).logits[0, :-1]
                alone += torch.nn.functional.cross_entropy(
                    logits, labels[start + 1 : end], ignore_index=IGNORED, reduction="sum"
                ).nan_to_num()
    assert rows.facts.pairs > rows.facts.rows > 1
    assert abs(together.item() - alone.item()) / rows.facts.target_tokens < 1e-5
