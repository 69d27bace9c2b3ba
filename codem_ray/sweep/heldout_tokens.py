"""Packed tokens of the pairs held out of all sources, on which trainings measure their loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from codem_ray.config import Sweep, source_name
from codem_ray.storage import Storage, digest_of
from codem_ray.sweep.count_logger import Log
from codem_ray.sweep.stages import encoding_stage, tokens_stage
from codem_ray.sweep.sweep_pairs import SweepPairs, mixed_languages, pack_draw, tokens_key_of
from codem_ray.tokens.source_draws import Draw, draw_digest, languages_needed


def heldout_draws(pairs: SweepPairs, *, max_tokens: int) -> dict[str, Draw]:
    """Return the held-out pairs of each language that fit into a row, in the order of their choice.

    A language without any has none; no language has any unless `evaluation.loss.pairs` is set.
    """
    lengths, draws = pairs.lengths, {}
    for language, rows in (pairs.held_out.rows if pairs.held_out else {}).items():
        fitting = [row for row in rows if lengths is None or lengths.fits(row, row, max_tokens)]
        if fitting:
            draws[language] = Draw(prompts=fitting, answers=fitting, distinct=len(fitting))
    return draws


def heldout_keys(
    pairs: SweepPairs, draws: Mapping[str, Draw], sweep: Sweep, *, tokenizer_digest: str
) -> dict[str, str]:
    """Return the key of the packed tokens of each language."""
    return {
        language: tokens_key_of(pairs, draw, sweep, tokenizer_digest=tokenizer_digest)
        for language, draw in draws.items()
    }


def make_heldout_tokens(
    pairs: SweepPairs,
    draws: Mapping[str, Draw],
    keys: Mapping[str, str],
    sweep: Sweep,
    storage: Storage,
    *,
    log: Log,
) -> None:
    """Pack the tokens of each language that the cache does not hold."""
    for language, draw in draws.items():
        name = f"held-out {language}"
        pack = partial(
            pack_draw,
            encoding=encoding_stage(storage, pairs.encoding_key),
            name=name,
            draw=draw,
            sweep=sweep,
            is_packed=pairs.is_packed,
            log=log,
        )
        tokens_stage(storage, keys[language]).made_once({"source": name}, pack, log=log)


def own_languages(sweep: Sweep, source: str, held_out: Collection[str]) -> tuple[str, ...]:
    """Return the held-out languages that a source trains on; all if it trains on none of them."""
    chosen = [one for one in sweep.sources if source_name(one) == source]
    trained = languages_needed(chosen, mixed_languages(sweep))
    return tuple(language for language in trained if language in held_out) or tuple(held_out)


def heldout_digest(pairs: SweepPairs, draws: Mapping[str, Draw], own: Collection[str]) -> str:
    """Return a hash of the texts on which a source's loss is measured."""
    index = pairs.store.index
    return digest_of([draw_digest(index, draws[name]) for name in own])
