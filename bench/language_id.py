"""Measures how well the language of code is told when nothing names it.

`python bench/language_id.py` makes a labelled set of the Exercism tracks and the benchmarks'
references under CODEM_RAY_DATA, hides all labels (field, file name, fence, instruction), and prints
a confusion matrix; then the accuracy with the instruction given, by half of the set: rules were
written by looking at one half only. Last, CodeAlpaca by language and by evidence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codem_ray.benchmarks import BENCHMARKS, load
from codem_ray.corpora.language_detection import LanguageLabel
from codem_ray.corpora.language_labels import label_language
from codem_ray.languages import LANGUAGES

FAMILIES = ("humaneval-x-", "humaneval-c", "mceval-")
OTHER, UNKNOWN = "other", "unknown"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Code whose language is known."""

    language: str
    name: str
    instruction: str
    code: str

    @property
    def is_held_out(self) -> bool:
        """Whether it is of the half that no rule was written by."""
        key = self.name.rsplit("/", 1)[-1]
        return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2 == 1


def labelled_set(data: Path) -> Iterator[Labelled]:
    """Yield the solutions of the Exercism tracks and the benchmarks' references."""
    for spec in LANGUAGES.values():
        path = data / "instruct" / "exercism" / f"{spec.name}.jsonl"
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Labelled(
                spec.name,
                f"exercism/{row['slug']}",
                f"Solve this exercise in {spec.title}.\n\n{row['instruction']}",
                "\n\n".join(row["solution"].values()),
            )
    for name in BENCHMARKS:
        if not name.startswith(FAMILIES):
            continue
        for problem in load(name, data_dir=data):
            if problem.reference is not None:
                yield Labelled(
                    problem.language,
                    f"{name}/{problem.task_id}",
                    problem.instruction,
                    problem.prompt + problem.reference,
                )


def confusion(
    items: Iterable[Labelled], tell: Callable[[Labelled], LanguageLabel]
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Return counts by (true, told) and a line per mistake."""
    found: Counter[tuple[str, str]] = Counter()
    wrong = []
    for item in items:
        told = tell(item)
        name = told.language or (OTHER if told.is_other else UNKNOWN)
        found[item.language, name] += 1
        if name != item.language:
            wrong.append(f"{item.language} {item.name}: {name} ({told.evidence})")
    return found, wrong


def accuracy(found: Counter[tuple[str, str]]) -> float:
    """Return the share that is right."""
    return sum(n for (true, told), n in found.items() if true == told) / found.total()


def print_matrix(found: Counter[tuple[str, str]]) -> None:
    """Print rows of true languages, columns of what was told."""
    names = [name for name in LANGUAGES if any(true == name for true, _ in found)]
    columns = [*names, OTHER, UNKNOWN]
    print(f"{'':12}" + "".join(f"{name[:10]:>11}" for name in columns))
    for true in names:
        print(f"{true:12}" + "".join(f"{found[true, told]:>11}" for told in columns))


def print_corpus(path: Path, limit: int | None) -> None:
    """Print an Alpaca corpus by language and by evidence."""
    by_language: Counter[str] = Counter()
    by_evidence: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines()[:limit]:
        row = json.loads(line)
        instruction = f"{row['instruction']}\n\n{row['input']}".strip()
        told = label_language(instruction, row["output"])
        name = told.language or (OTHER if told.is_other else UNKNOWN)
        by_language[name] += 1
        by_evidence[name, _kind(told.evidence)] += 1
    print(f"\n{path.name}: {by_language.total()} pairs")
    for name, count in by_language.most_common():
        print(f"{count:>7} {name}")
        own = {kind: n for (told, kind), n in by_evidence.items() if told == name}
        for kind, n in sorted(own.items(), key=lambda one: -one[1])[:8]:
            print(f"        {n:>6} {kind}")


def _kind(evidence: str) -> str:
    """Return evidence without what is of this pair alone."""
    kind = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "_", evidence)
    kind = re.sub(r"words? _(?:, _)*", lambda m: "words" if "," in m[0] else "word", kind)
    return re.sub(r"\d+%", "N%", kind)


def main() -> int:
    """Print all tables; fail under 98 %."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, help="rows of CodeAlpaca; default: all")
    limit = parser.parse_args().limit
    folder = os.environ.get("CODEM_RAY_DATA")
    if not folder:
        print("set CODEM_RAY_DATA to the folder that holds the data", file=sys.stderr)
        return 3
    items = list(labelled_set(Path(folder)))
    print(f"{len(items)} programs, all labels hidden")
    found, wrong = confusion(items, lambda item: label_language("", item.code))
    print_matrix(found)
    print("\n".join(wrong))
    print(f"right: {accuracy(found):.2%}")
    for half in (False, True):
        part = [item for item in items if item.is_held_out is half]
        name = "held-out half" if half else "half that the rules were written by"
        hidden, _ = confusion(part, lambda item: label_language("", item.code))
        shown, _ = confusion(part, lambda item: label_language(item.instruction, item.code))
        print(
            f"{name}: {len(part)} programs, {accuracy(hidden):.2%} by code alone, "
            f"{accuracy(shown):.2%} with the instruction"
        )
    print_corpus(Path(folder) / "instruct" / "codealpaca-20k.jsonl", limit)
    return 0 if accuracy(found) >= 0.98 else 4


if __name__ == "__main__":
    sys.exit(main())
