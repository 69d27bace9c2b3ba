"""Similarity of programming languages, from solutions of the same problems in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log2
from typing import TYPE_CHECKING

from codem_ray.languages.syntax_trees import has_grammar, is_comment, tree_of

if TYPE_CHECKING:
    from tree_sitter import Node

_KIND = re.compile(r"_(?:statement|expression|definition|declaration|specifier|clause|literal)$")
"""Last word of a node type. It is dropped: one construct is `if_statement` or `if_expression`."""
TOKENS, NODES = "tokens", "syntax nodes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Similarity:
    """Similarity of each pair of languages, from 0 to 1."""

    name: str
    """`tokens` or `syntax nodes`."""
    languages: tuple[str, ...]
    num_problems: int
    """Problems that have a solution in all languages."""
    values: Mapping[frozenset[str], float]


def language_similarity(references: Mapping[str, Mapping[str, str]]) -> tuple[Similarity, ...]:
    """Compare languages by the tokens and the syntax nodes of their solutions.

    `references` are solutions by language and common name of the problem. Tokens are keywords,
    operators and punctuation; names and literals do not count, because the same problem has the
    same ones in all languages. Nodes are the types of named nodes without their last word, such
    as `statement`. Similarity is one minus the Jensen-Shannon distance of the frequencies
    (Endres and Schindelin 2003). Languages without a grammar take no part. Empty if fewer than
    three languages have solutions of the same problems.
    """
    usable = {name: texts for name, texts in references.items() if texts and has_grammar(name)}
    common = set.intersection(*map(set, usable.values())) if usable else set()
    if len(usable) < 3 or not common:
        return ()
    counts: dict[str, dict[str, Counter[str]]] = {TOKENS: {}, NODES: {}}
    for name, texts in usable.items():
        leaves: Counter[str] = Counter()
        nodes: Counter[str] = Counter()
        for problem in common:
            for node in _walk(tree_of(texts[problem], name).root_node):
                if node.is_named:
                    nodes[_KIND.sub("", node.type)] += 1
                else:
                    leaves[node.type] += 1
        counts[TOKENS][name], counts[NODES][name] = leaves, nodes
    return tuple(
        Similarity(
            name=kind,
            languages=tuple(usable),
            num_problems=len(common),
            values={
                frozenset(pair): 1 - _distance(by_language[pair[0]], by_language[pair[1]])
                for pair in combinations(usable, 2)
            },
        )
        for kind, by_language in counts.items()
    )


def _walk(root: Node) -> Iterator[Node]:
    """Yield the nodes of a tree, comments and what they contain left out."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not is_comment(node):
            yield node
            waiting.extend(node.children)


def _distance(one: Counter[str], other: Counter[str]) -> float:
    """Return the Jensen-Shannon distance of two frequencies, from 0 to 1."""
    total, other_total = one.total(), other.total()
    middle = {
        key: (one[key] / total + other[key] / other_total) / 2 for key in one.keys() | other.keys()
    }
    divergence = (_divergence(one, middle) + _divergence(other, middle)) / 2
    return float(max(0.0, divergence) ** 0.5)


def _divergence(counts: Counter[str], middle: Mapping[str, float]) -> float:
    shares: Iterable[tuple[float, float]] = (
        (count / counts.total(), middle[key]) for key, count in counts.items()
    )
    return sum(share * log2(share / other) for share, other in shares)
