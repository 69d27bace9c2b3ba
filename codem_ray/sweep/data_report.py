"""Builds a sweep's corpora on demand and gathers what there is to see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from codem_ray.config import Sweep
from codem_ray.corpora.build import DroppedRow, read_dropped
from codem_ray.errors import ConfigError
from codem_ray.report.card_tables import card_markdown
from codem_ray.report.figures import render
from codem_ray.report.pair_lengths import lengths_figure
from codem_ray.storage import Storage
from codem_ray.sweep.data_card import card_of
from codem_ray.sweep.inputs import Inputs, gather_inputs, storage_of
from codem_ray.sweep.pairs import Say, SweepPairs
from codem_ray.sweep.stages import encoding_stage
from codem_ray.sweep.tokenising import base_tokenizer, tokenised
from codem_ray.tokens.encoding import EncodedPairs
from codem_ray.tokens.examples import Example, examples
from codem_ray.tokens.length_histogram import Histogram, bin_edges, histogram

FOLDER = "data"
TOKENS, CHARACTERS = "tokens", "characters"


@dataclass(frozen=True, kw_only=True)
class DataView:
    """A sweep's data, built."""

    sweep: Sweep
    storage: Storage
    inputs: Inputs
    pairs: SweepPairs
    card: Mapping[str, Any]

    @property
    def unit(self) -> str:
        """What lengths are counted in."""
        return CHARACTERS if self.pairs.lengths is None else TOKENS

    @property
    def limit(self) -> int | None:
        """Return the length above which pairs are not drawn, where it is in the unit."""
        return None if self.pairs.lengths is None else self.sweep.data.max_tokens

    def histograms(self) -> dict[str, Histogram]:
        """Return how long the kept pairs are, by language."""
        index, lengths = self.pairs.store.index, self.pairs.lengths
        found: dict[str, list[int]] = {}
        for row in range(len(index)):
            size = (
                index.characters(row)
                if lengths is None
                else lengths.prompts[row] + lengths.answers[row]
            )
            found.setdefault(index.language_of(row), []).append(size)
        edges = bin_edges(max(map(max, found.values()), default=0), limit=self.limit)
        return {name: histogram(own, edges, limit=self.limit) for name, own in found.items()}

    def dropped(self, reason: str | None) -> Iterator[DroppedRow]:
        """Yield the rows that were left out, or those of one reason."""
        if self.pairs.folder is not None:
            yield from read_dropped(self.pairs.folder, reason)

    def examples(self, source: str, *, most: int) -> list[Example]:
        """Return documents of a source as the model sees them, the same number of each stage."""
        stages = self.pairs.drawing.phases.get(source)
        if stages is None:
            raise ConfigError(
                f"--examples: {source!r} is no trained source of {self.sweep.name}: choose one of "
                f"{', '.join(self.pairs.drawing.phases)}"
            )
        with ExitStack() as stack:
            encoded = tokenizer = None
            if self.pairs.lengths is not None:
                folder = encoding_stage(self.storage, self.pairs.encoding_key).folder()
                encoded = stack.enter_context(EncodedPairs(folder))
                tokenizer = base_tokenizer(self.sweep)
            share = -(-most // len(stages))
            return [
                example
                for draw in stages
                for example in examples(
                    self.pairs.store,
                    draw,
                    template=self.sweep.data.template,
                    encoded=encoded,
                    tokenizer=tokenizer,
                    most=share,
                )
            ]

    def write_files(self) -> list[str]:
        """Write the figure of lengths and the data card; return where they are."""
        limit = f"; dashed: data.max_tokens={self.limit}" if self.limit is not None else ""
        figure = lengths_figure(
            self.histograms(),
            unit=self.unit,
            heading=f"{self.sweep.name}: lengths of the kept pairs{limit}",
            limit=self.limit,
        )
        for kind in ("svg", "png"):
            self.storage.write_bytes(f"{FOLDER}/lengths.{kind}", render(figure, kind))
        self.storage.write_json(f"{FOLDER}/data_card.json", dict(self.card))
        self.storage.write_bytes(f"{FOLDER}/data_card.md", card_markdown(self.card).encode())
        names = ("lengths.svg", "lengths.png", "data_card.json", "data_card.md")
        return [self.storage.uri(f"{FOLDER}/{name}") for name in names]


def view_data(sweep: Sweep, *, has_tokens: bool, say: Say) -> DataView | None:
    """Build a sweep's corpora and, where asked, its tokens; None: it trains nothing."""
    storage = storage_of(sweep)
    inputs = gather_inputs(sweep, say=say)
    if has_tokens:
        inputs = tokenised(sweep, inputs, storage, say)
    if inputs.pairs is None:
        return None
    return DataView(
        sweep=sweep,
        storage=storage,
        inputs=inputs,
        pairs=inputs.pairs,
        card=card_of(sweep, inputs, storage),
    )
