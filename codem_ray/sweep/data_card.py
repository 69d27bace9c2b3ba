"""What a sweep's data are made of, as plain data for the report and MLflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.benchmarks import BENCHMARKS
from codem_ray.config import Sweep
from codem_ray.corpora.pair_index import PairIndex
from codem_ray.storage import Storage
from codem_ray.sweep.inputs import Inputs
from codem_ray.sweep.pairs import SweepPairs, document_tokens, packed_facts
from codem_ray.sweep.plan import BenchmarkFacts
from codem_ray.tokens.drawing import language_counts

CARD_VERSION = 1
_SUMMED = ("tokens", "target_tokens", "rows", "dropped_too_long")


def card_of(sweep: Sweep, inputs: Inputs, storage: Storage) -> dict[str, Any]:
    """Return the data card of a sweep; without corpora it holds the benchmarks alone."""
    card: dict[str, Any] = {
        "card_version": CARD_VERSION,
        "sweep": sweep.name,
        "base_model": {"path": sweep.base_model.path, "digest": inputs.base_digest},
        "benchmarks": [_benchmark(one, sweep, inputs.pairs) for one in inputs.plan.benchmarks],
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
            "template": data.template,
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
        "sources": [source_row(pairs, name, storage) for name in pairs.drawing.phases],
    }


def _budget(sweep: Sweep, pairs: SweepPairs) -> str:
    drawing = pairs.drawing
    if sweep.data.pairs is None and sweep.data.target_tokens is None:
        return f"{drawing.amount:,} {drawing.unit}, as many as the smallest source has"
    return f"{drawing.amount:,} {drawing.unit} for each source"


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


def source_row(pairs: SweepPairs, name: str, storage: Storage) -> dict[str, Any]:
    """Return what a source is trained on, all its stages together."""
    stages = pairs.drawing.phases[name]
    row: dict[str, Any] = {
        "source": name,
        "pairs": sum(len(draw.prompts) for draw in stages),
        "distinct_pairs": sum(draw.distinct for draw in stages),
        "repeats": round(max(draw.repeats for draw in stages), 2),
        "languages": _languages(pairs.store.index, stages),
    }
    packed = packed_facts(storage, pairs.tokens_keys[name])
    if packed is not None:
        total = {name: sum(int(one[name]) for one in packed) for name in _SUMMED}
        positions = sum(int(one["rows"]) * int(one["max_tokens"]) for one in packed)
        row["tokens"], row["target_tokens"] = total["tokens"], total["target_tokens"]
        row["rows"] = total["rows"]
        row["filling"] = round(total["tokens"] / positions, 4)
        # A `shuffled` document has another pair's answer, and may be too long with it.
        row["dropped_too_long"] = total["dropped_too_long"]
    elif pairs.lengths is not None:
        row["tokens"], row["target_tokens"] = document_tokens(pairs.lengths, stages)
    return row


def _languages(index: PairIndex, stages: Sequence[Any]) -> dict[str, int]:
    total: dict[str, int] = {}
    for draw in stages:
        for name, count in language_counts(index, draw).items():
            total[name] = total.get(name, 0) + count
    return total


def _benchmark(facts: BenchmarkFacts, sweep: Sweep, pairs: SweepPairs | None) -> Mapping[str, Any]:
    known = BENCHMARKS.get(facts.origin)
    removed: int | str = "not compared"
    if pairs is not None and sweep.data.decontaminate:
        removed = pairs.facts.overlap.get(facts.name, 0)
    return {
        "benchmark": facts.name,
        "digest": facts.digest,
        "licence": "not known: a file of yours" if known is None else known.licence,
        "use": "not known: a file of yours" if known is None else known.use,
        "pairs_removed": removed,
    }
