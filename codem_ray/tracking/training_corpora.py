"""The corpus of a source, as the dataset that MLflow shows as a trial's training input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codem_ray.storage import digest_of

_COLUMNS = ("instruction", "response")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingCorpus:
    """The pairs that a source trains on."""

    name: str
    digest: str
    origins: tuple[Mapping[str, Any], ...]
    """Corpora of the sweep file: path, revision, digest, licence."""
    profile: Mapping[str, Any]
    """Numbers of pairs and tokens, and how the pairs were chosen."""

    def dataset_input(self) -> Any:
        """Return MLflow's entity."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        columns = [{"type": "string", "name": name, "required": True} for name in _COLUMNS]
        return DatasetInput(
            dataset=Dataset(
                name=self.name,
                digest=self.digest,
                source_type="local",
                source=json.dumps(
                    {"uri": ", ".join(str(origin["path"]) for origin in self.origins)}
                ),
                schema=json.dumps({"mlflow_colspec": columns}),
                profile=json.dumps({**self.profile, "corpora": list(self.origins)}),
            ),
            tags=[InputTag("mlflow.data.context", "training")],
        )


def training_corpus(card: Mapping[str, Any], source: str) -> TrainingCorpus | None:
    """Return the corpus of a source from the sweep's data card; None if it is not trained here."""
    row = next((row for row in card.get("sources", ()) if row["source"] == source), None)
    if row is None:
        return None
    settings, build = card["settings"], card["build"]
    return TrainingCorpus(
        name=f"{source} pairs",
        digest=digest_of([build, settings, row]),
        origins=tuple(
            {
                "path": corpus["corpus"],
                **{key: corpus[key] for key in ("revision", "digest", "licence") if corpus[key]},
            }
            for corpus in card["corpora"]
        ),
        profile={
            "num_rows": row["pairs"],
            **{key: value for key, value in row.items() if key not in ("source", "pairs")},
            "build": build,
            "settings": settings,
        },
    )
