"""The data of a sweep for people: data card, lengths of pairs, dropped rows and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from codem_ray.config import Sweep
from codem_ray.corpora.build import read_dropped
from codem_ray.corpora.pair_index import PairIndex
from codem_ray.corpora.pairs import DroppedRow
from codem_ray.errors import ConfigError
from codem_ray.report.card_tables import card_markdown
from codem_ray.report.figures import render_figure
from codem_ray.report.pair_lengths import lengths_figure
from codem_ray.storage import Storage
from codem_ray.sweep.count_logger import Log
from codem_ray.sweep.facts import BenchmarkFacts
from codem_ray.sweep.planning import SweepInputs, base_tokenizer, prepare_inputs, storage_of
from codem_ray.sweep.preflight import check_settings
from codem_ray.sweep.search_settings import row_name
from codem_ray.sweep.stages import encoding_stage
from codem_ray.sweep.sweep_pairs import SweepPairs, document_tokens, packed_facts
from codem_ray.tokens.examples import Example, examples
from codem_ray.tokens.length_histogram import Histogram, bin_edges, histogram
from codem_ray.tokens.prompt_template import template_key
from codem_ray.tokens.source_draws import language_counts
from codem_ray.tokens.store_encoding import EncodedPairs

FOLDER = "data"
TOKENS, CHARACTERS = "tokens", "characters"
CARD_VERSION = 1
_SUMMED = ("tokens", "target_tokens", "rows", "dropped_too_long")


@dataclass(frozen=True, kw_only=True)
class DataView:
    """The built data of a sweep."""

    sweep: Sweep
    storage: Storage
    inputs: SweepInputs
    pairs: SweepPairs
    card: Mapping[str, Any]

    @property
    def unit(self) -> str:
        """Return the unit of lengths."""
        return CHARACTERS if self.pairs.lengths is None else TOKENS

    @property
    def max_length(self) -> int | None:
        """Return the length above which pairs are not drawn; None if lengths are characters."""
        return None if self.pairs.lengths is None else self.sweep.data.max_tokens

    def histograms(self) -> dict[str, Histogram]:
        """Return the lengths of the kept pairs, by language."""
        index, lengths = self.pairs.store.index, self.pairs.lengths
        sizes: dict[str, list[int]] = {}
        for row in range(len(index)):
            size = (
                index.characters(row)
                if lengths is None
                else lengths.prompts[row] + lengths.answers[row]
            )
            sizes.setdefault(index.language_of(row), []).append(size)
        edges = bin_edges(max(map(max, sizes.values()), default=0), limit=self.max_length)
        return {
            name: histogram(values, edges, limit=self.max_length) for name, values in sizes.items()
        }

    def dropped(self, reason: str | None) -> Iterator[DroppedRow]:
        """Yield the dropped rows, or those of one reason."""
        if self.pairs.folder is not None:
            yield from read_dropped(self.pairs.folder, reason)

    def examples(self, source: str, *, limit: int) -> list[Example]:
        """Return documents of a source as the model sees them, equally many of each phase."""
        phases = self.pairs.draws.phases.get(source)
        if phases is None:
            raise ConfigError(
                f"--examples: {source!r} is not a trained source of {self.sweep.name}: choose one "
                f"of {', '.join(self.pairs.draws.phases)}"
            )
        with ExitStack() as stack:
            encoded = tokenizer = None
            if self.pairs.lengths is not None:
                folder = encoding_stage(self.storage, self.pairs.encoding_key).folder()
                encoded = stack.enter_context(EncodedPairs(folder))
                tokenizer = base_tokenizer(self.sweep)
            per_phase = -(-limit // len(phases))
            return [
                example
                for draw in phases
                for example in examples(
                    self.pairs.store,
                    draw,
                    template=self.sweep.data.template,
                    encoded=encoded,
                    tokenizer=tokenizer,
                    limit=per_phase,
                )
            ]

    def write_files(self) -> list[str]:
        """Write the figure of lengths and the data card; return their URIs."""
        limit = (
            f"; dashed: data.max_tokens={self.max_length}" if self.max_length is not None else ""
        )
        figure = lengths_figure(
            self.histograms(),
            unit=self.unit,
            heading=f"{self.sweep.name}: lengths of the kept pairs{limit}",
            limit=self.max_length,
        )
        for kind in ("svg", "png"):
            self.storage.write_bytes(f"{FOLDER}/lengths.{kind}", render_figure(figure, kind))
        self.storage.write_json(f"{FOLDER}/data_card.json", dict(self.card))
        self.storage.write_bytes(f"{FOLDER}/data_card.md", card_markdown(self.card).encode())
        names = ("lengths.svg", "lengths.png", "data_card.json", "data_card.md")
        return [self.storage.uri(f"{FOLDER}/{name}") for name in names]


def view_data(sweep: Sweep, *, has_tokens: bool, log: Log) -> DataView | None:
    """Build a sweep's corpora and, with `has_tokens`, its tokens; None: it trains nothing."""
    check_settings(sweep)
    storage = storage_of(sweep)
    storage.check_writable()
    load_tokenizer = base_tokenizer if has_tokens else None
    inputs = prepare_inputs(sweep, load_tokenizer=load_tokenizer, log=log)
    if inputs.pairs is None:
        return None
    return DataView(
        sweep=sweep,
        storage=storage,
        inputs=inputs,
        pairs=inputs.pairs,
        card=card_of(sweep, inputs, storage),
    )


def card_of(sweep: Sweep, inputs: SweepInputs, storage: Storage) -> dict[str, Any]:
    """Return the data card of a sweep; without trained sources it holds the benchmarks alone."""
    card: dict[str, Any] = {
        "card_version": CARD_VERSION,
        "sweep": sweep.name,
        "base_model": {"path": sweep.base_model.path, "digest": inputs.base_digest},
        "benchmarks": [_benchmark(facts, sweep, inputs.pairs) for facts in inputs.plan.benchmarks],
        "notes": list(inputs.plan.notes),
    }
    pairs = inputs.pairs
    if pairs is None:
        return card
    data, facts = sweep.data, pairs.facts
    return card | {
        "build": pairs.key,
        "settings": {
            "budget": _budget(sweep, pairs),
            "shortage": data.shortage,
            "mixture": data.mixture or "equal shares",
            "seed": data.seed,
            "template": template_key(data),
            "max_tokens": data.max_tokens,
            "decontaminate": data.decontaminate,
            "html_strip_scripts": data.html_strip_scripts,
        },
        "corpora": [_corpus(sweep, pairs, number) for number in range(len(data.corpora))],
        "dropped": facts.dropped_by_reason(),
        "languages": [
            {"language": name, "pairs": count, "evidence": facts.evidence.get(name, {})}
            for name, count in facts.kept_by_language().items()
        ],
        "overlap": dict(facts.overlap),
        "sources": [
            _source_row(group.pairs, source, storage)
            | {"source": row_name(sweep, source, group.setting)}
            for group in inputs.drawn
            for source in dict.fromkeys(row.source for row in group.rows)
        ],
    }


def _budget(sweep: Sweep, pairs: SweepPairs) -> str:
    draws = pairs.draws
    if sweep.data.pairs is None and sweep.data.target_tokens is None:
        return f"{draws.amount:,} {draws.unit}, as many as the smallest source has"
    return f"{draws.amount:,} {draws.unit} for each source"


def _corpus(sweep: Sweep, pairs: SweepPairs, number: int) -> dict[str, Any]:
    corpus, facts, key = sweep.data.corpora[number], pairs.facts, str(number)
    row = {
        "corpus": corpus.path,
        "revision": corpus.revision or "",
        "digest": facts.digests[number],
        "licence": " and ".join(facts.licences.get(key, {})) or corpus.licence,
        "rows": facts.rows.get(key, 0),
        "kept": sum(facts.kept.get(key, {}).values()),
        "dropped": dict(facts.dropped.get(key, {})),
        "languages": dict(facts.kept.get(key, {})),
    }
    if pairs.lengths is not None:
        index, lengths = pairs.store.index, pairs.lengths
        rows = [row for row in range(len(index)) if index.corpus[row] == number]
        row["tokens"] = sum(lengths.prompts[r] + lengths.answers[r] for r in rows)
        row["target_tokens"] = sum(lengths.answers[r] for r in rows)
    return row


def _source_row(pairs: SweepPairs, name: str, storage: Storage) -> dict[str, Any]:
    """Describe the training data of a source, summed over its phases."""
    phases = pairs.draws.phases[name]
    row: dict[str, Any] = {
        "source": name,
        "pairs": sum(len(draw.prompts) for draw in phases),
        "distinct_pairs": sum(draw.distinct for draw in phases),
        "repeats": round(max(draw.repeats for draw in phases), 2),
        "languages": _languages(pairs.store.index, phases),
    }
    packed = packed_facts(storage, pairs.tokens_keys[name])
    if packed is not None:
        total = {name: sum(int(phase[name]) for phase in packed) for name in _SUMMED}
        positions = sum(int(phase["rows"]) * int(phase["max_tokens"]) for phase in packed)
        row |= {name: total[name] for name in ("tokens", "target_tokens", "rows")}
        row["filling"] = round(total["tokens"] / positions, 4)
        # A `shuffled` document has the answer of another pair, which may make it too long.
        row["dropped_too_long"] = total["dropped_too_long"]
    elif pairs.lengths is not None:
        row["tokens"], row["target_tokens"] = document_tokens(pairs.lengths, phases)
    return row


def _languages(index: PairIndex, phases: Sequence[Any]) -> dict[str, int]:
    total: dict[str, int] = {}
    for draw in phases:
        for name, count in language_counts(index, draw.prompts).items():
            total[name] = total.get(name, 0) + count
    return total


def _benchmark(facts: BenchmarkFacts, sweep: Sweep, pairs: SweepPairs | None) -> Mapping[str, Any]:
    removed: int | str = "not compared"
    if pairs is not None and sweep.data.decontaminate:
        removed = pairs.facts.overlap.get(facts.name, 0)
    return {
        "benchmark": facts.name,
        "digest": facts.digest,
        **facts.terms,
        "pairs_removed": removed,
    }
