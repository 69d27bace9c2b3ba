"""Drops pairs that must not be trained on, and says why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING
from zlib import crc32

from codem_ray.config import PROSE, CleaningOptions
from codem_ray.corpora import syntax_trees
from codem_ray.corpora.compact_map import DigestMap, Names, digest64
from codem_ray.corpora.function_digests import function_digests
from codem_ray.corpora.pairs import Dropped, DropReason, Pair
from codem_ray.corpora.syntax_flaws import code_to_check, flaw_of, is_fence_open
from codem_ray.records import Problem

if TYPE_CHECKING:
    from tree_sitter import Tree

    from codem_ray.corpora.decontamination import BenchmarkIndex, Overlap
    from codem_ray.corpora.near_duplicates import NearDuplicates
    from codem_ray.corpora.word_hashes import HashedWords

_log = logging.getLogger(__name__)


def sift(
    pairs: Iterable[Pair], *, problems: Iterable[Problem], options: CleaningOptions
) -> Iterator[tuple[Pair, Dropped | None]]:
    """Yield every pair, in order, with why it is dropped, or None.

    A pair has one reason, the first of: empty, too long, contaminated, breaks off, does not parse,
    duplicate, near duplicate. Of a pair that passes only digests are kept.

    Args:
        pairs: In the order that decides which of two duplicates stays.
        problems: Benchmarks that nothing may be shared with; none: nothing is compared.
        options: What is looked for.
    """
    sieve = _Sieve(problems, options)
    for pair in pairs:
        yield pair, sieve.drop(pair)


class _Sieve:
    """What has been seen so far."""

    def __init__(self, problems: Iterable[Problem], options: CleaningOptions) -> None:
        self._options = options
        self._kept = Names()
        self._digests = DigestMap()
        self._benchmarks: BenchmarkIndex | None = None
        self._near: NearDuplicates | None = None
        self._take_apart: Callable[[str], HashedWords] | None = None
        wanted = tuple(problems)
        # What compares texts loads NumPy, and `plan` answers without it where nothing is compared.
        if wanted or options.near_duplicates is not None:
            from codem_ray.corpora.word_hashes import HashedWords

            self._take_apart = HashedWords.of
        if wanted:
            from codem_ray.corpora.decontamination import BenchmarkIndex

            self._benchmarks = BenchmarkIndex(wanted)
        if options.near_duplicates is not None:
            from codem_ray.corpora.near_duplicates import NearDuplicates

            self._near = NearDuplicates(options.near_duplicates)
        self._can_parse = options.max_error_share is not None and syntax_trees.is_installed()
        if options.max_error_share is not None and not self._can_parse:
            _log.warning(
                "answers are not parsed, nor their functions compared with the benchmarks', for "
                "tree-sitter is not installed: pip install 'codem-ray[train]'"
            )

    def drop(self, pair: Pair) -> Dropped | None:
        """Return why a pair is dropped, or keep it in mind."""
        if not pair.response.strip():
            return Dropped(pair.id, DropReason.EMPTY_ANSWER)
        length, limit = len(pair.instruction) + len(pair.response), self._options.max_characters
        if limit is not None and length > limit:
            return Dropped(pair.id, DropReason.TOO_LONG, f"{length} characters")
        text = self._take_apart and self._take_apart(f"{pair.instruction}\n{pair.response}")
        code, tree = self._parsed(pair)
        shared = self._shared(pair, text, tree)
        if shared is not None:
            return Dropped(
                pair.id, DropReason.CONTAMINATED, str(shared), benchmark=shared.benchmark
            )
        return self._flaw(pair, code, tree) or self._repeated(pair, text)

    def _parsed(self, pair: Pair) -> tuple[str, Tree | None]:
        if not self._can_parse or not syntax_trees.has_grammar(pair.language):
            return "", None
        code = code_to_check(pair.response, pair.language)
        return code, syntax_trees.tree_of(code, pair.language)

    def _shared(self, pair: Pair, text: HashedWords | None, tree: Tree | None) -> Overlap | None:
        if self._benchmarks is None or text is None:
            return None
        found = self._benchmarks.shared_words(text)
        if tree is not None and self._benchmarks.has_functions(pair.language):
            shapes = function_digests(tree, pair.language)
            found = chain(found, self._benchmarks.shared_functions(shapes, pair.language))
        return next(found, None)

    def _flaw(self, pair: Pair, code: str, tree: Tree | None) -> Dropped | None:
        if self._options.truncated and pair.language != PROSE and is_fence_open(pair.response):
            return Dropped(pair.id, DropReason.TRUNCATED, "a fence is never closed")
        if tree is None or self._options.max_error_share is None:
            return None
        flaw = flaw_of(
            code,
            pair.language,
            tree,
            is_cut_refused=self._options.truncated,
            max_error_share=self._options.max_error_share,
        )
        return None if flaw is None else Dropped(pair.id, *flaw)

    def _repeated(self, pair: Pair, text: HashedWords | None) -> Dropped | None:
        digest = digest64("\0".join(map(_squeezed, (pair.instruction, pair.response))))
        if self._options.duplicates:
            known = self._digests.get(digest)
            if known is not None:
                return Dropped(pair.id, DropReason.DUPLICATE, f"of {self._kept[known]}")
        if self._near is not None and text is not None:
            near = self._near.find_or_add(text.hashes, crc32(pair.language.encode()))
            if near is not None:
                number, likeness = near
                detail = f"{likeness:.0%} of {self._kept[number]}"
                return Dropped(pair.id, DropReason.NEAR_DUPLICATE, detail)
        self._digests.add(digest, len(self._kept))
        self._kept.append(pair.id)
        return None


def _squeezed(text: str) -> str:
    return " ".join(text.split())
