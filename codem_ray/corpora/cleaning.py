"""Decides which pairs are dropped, and for which reason."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING
from zlib import crc32

from codem_ray.config import PROSE, CleaningOptions
from codem_ray.corpora.compact_map import CompactMap, digest64
from codem_ray.corpora.function_digests import function_digests
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.corpora.syntax_flaws import code_to_check, has_open_fence, syntax_flaw
from codem_ray.languages import syntax_trees
from codem_ray.records import Problem

if TYPE_CHECKING:
    from tree_sitter import Tree

    from codem_ray.corpora.decontamination import BenchmarkIndex, Overlap
    from codem_ray.corpora.near_duplicates import NearDuplicates
    from codem_ray.corpora.word_hashes import HashedWords


class Cleaner:
    """Checks one pair after the other against benchmarks, its own syntax and earlier pairs.

    It keeps the digests and the id of each pair that passes, about 350 bytes, and no text.
    """

    def __init__(self, problems: Sequence[Problem], options: CleaningOptions) -> None:
        """Prepare the checks; no pair may share text or code with `problems`."""
        self._options = options
        self._kept_ids: list[str] = []
        self._digests = CompactMap()
        """Digest of each kept pair's text to its position in `_kept_ids`."""
        self._benchmarks: BenchmarkIndex | None = None
        self._near_duplicates: NearDuplicates | None = None
        # Imported here because they load NumPy, which `plan` can do without.
        if problems:
            from codem_ray.corpora.decontamination import BenchmarkIndex

            self._benchmarks = BenchmarkIndex(problems)
        if options.near_duplicates is not None:
            from codem_ray.corpora.near_duplicates import NearDuplicates

            self._near_duplicates = NearDuplicates(options.near_duplicates)
        self._parses_answers = options.max_error_share is not None

    def check(self, pair: Pair) -> DroppedRow | None:
        """Return the dropped row if a check fails; None if the pair is kept.

        Checks in order: empty, too long, contaminated, truncated, does not parse, duplicate,
        near-duplicate. The first of two duplicates is kept.
        """
        if not pair.response.strip():
            return DroppedRow.of(pair, DropReason.EMPTY_ANSWER)
        length, limit = len(pair.instruction) + len(pair.response), self._options.max_characters
        if limit is not None and length > limit:
            return DroppedRow.of(pair, DropReason.TOO_LONG, f"{length} characters")
        text = self._hashed(pair)
        code, tree = self._parsed(pair)
        overlap = self._overlap(pair, text, tree)
        if overlap is not None:
            return DroppedRow.of(
                pair, DropReason.CONTAMINATED, str(overlap), benchmark=overlap.benchmark
            )
        return self._flaw(pair, code, tree) or self._duplicate(pair, text)

    def _hashed(self, pair: Pair) -> HashedWords | None:
        if self._benchmarks is None and self._near_duplicates is None:
            return None
        from codem_ray.corpora.word_hashes import HashedWords

        return HashedWords.of(f"{pair.instruction}\n{pair.response}")

    def _parsed(self, pair: Pair) -> tuple[str, Tree | None]:
        if not self._parses_answers or not syntax_trees.has_grammar(pair.language):
            return "", None
        code = code_to_check(pair.response, pair.language)
        return code, syntax_trees.tree_of(code, pair.language)

    def _overlap(self, pair: Pair, text: HashedWords | None, tree: Tree | None) -> Overlap | None:
        if self._benchmarks is None or text is None:
            return None
        overlaps = self._benchmarks.shared_words(text)
        if tree is not None and self._benchmarks.has_functions(pair.language):
            functions = function_digests(tree, pair.language)
            overlaps = chain(overlaps, self._benchmarks.shared_functions(functions, pair.language))
        return next(overlaps, None)

    def _flaw(self, pair: Pair, code: str, tree: Tree | None) -> DroppedRow | None:
        check_truncated = self._options.truncated
        if check_truncated and pair.language != PROSE and has_open_fence(pair.response):
            return DroppedRow.of(pair, DropReason.TRUNCATED, "a fence is never closed")
        if tree is None or self._options.max_error_share is None:
            return None
        flaw = syntax_flaw(
            code,
            pair.language,
            tree,
            check_truncated=check_truncated,
            max_error_share=self._options.max_error_share,
        )
        return None if flaw is None else DroppedRow.of(pair, *flaw)

    def _duplicate(self, pair: Pair, text: HashedWords | None) -> DroppedRow | None:
        digest = digest64("\0".join(map(_single_spaced, (pair.instruction, pair.response))))
        if self._options.duplicates:
            known = self._digests.get(digest)
            if known is not None:
                return DroppedRow.of(pair, DropReason.DUPLICATE, f"of {self._kept_ids[known]}")
        if self._near_duplicates is not None and text is not None:
            kind = crc32(pair.language.encode())
            near = self._near_duplicates.find_or_add(text.hashes, kind)
            if near is not None:
                number, similarity = near
                detail = f"{similarity:.0%} of {self._kept_ids[number]}"
                return DroppedRow.of(pair, DropReason.NEAR_DUPLICATE, detail)
        self._digests.add(digest, len(self._kept_ids))
        self._kept_ids.append(pair.id)
        return None


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
