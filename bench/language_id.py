"""Measure the accuracy of language labels for code without any hint of its language.

`python bench/language_id.py` takes the Exercism tracks and the benchmarks' references under
CODEM_RAY_DATA, hides all labels (field, file name, fence, instruction), and prints a confusion
matrix. Then it prints the accuracy with and without the instruction for each half of the set,
because the rules were developed on one half only, and CodeAlpaca by language and evidence.
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
    """Code in a known language."""

    language: str
    name: str
    instruction: str
    code: str

    @property
    def is_held_out(self) -> bool:
        """Whether it belongs to the half that no rule was developed on."""
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
    items: Iterable[Labelled], label: Callable[[Labelled], LanguageLabel]
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Return counts by (true, predicted) language and a line for each mistake."""
    found: Counter[tuple[str, str]] = Counter()
    wrong = []
    for item in items:
        found_label = label(item)
        name = found_label.language or (OTHER if found_label.is_other else UNKNOWN)
        found[item.language, name] += 1
        if name != item.language:
            wrong.append(f"{item.language} {item.name}: {name} ({found_label.evidence})")
    return found, wrong


def accuracy(found: Counter[tuple[str, str]]) -> float:
    """Return the share of correct labels."""
    return sum(n for (true, predicted), n in found.items() if true == predicted) / found.total()


def print_matrix(found: Counter[tuple[str, str]]) -> None:
    """Print a row for each true language and a column for each predicted one."""
    names = [name for name in LANGUAGES if any(true == name for true, _ in found)]
    columns = [*names, OTHER, UNKNOWN]
    print(f"{'':12}" + "".join(f"{name[:10]:>11}" for name in columns))
    for true in names:
        print(f"{true:12}" + "".join(f"{found[true, predicted]:>11}" for predicted in columns))


def print_corpus(path: Path, limit: int | None) -> None:
    """Print an Alpaca corpus by language and by evidence."""
    by_language: Counter[str] = Counter()
    by_evidence: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines()[:limit]:
        row = json.loads(line)
        instruction = f"{row['instruction']}\n\n{row['input']}".strip()
        found = label_language(instruction, row["output"])
        name = found.language or (OTHER if found.is_other else UNKNOWN)
        by_language[name] += 1
        by_evidence[name, _kind(found.evidence)] += 1
    print(f"\n{path.name}: {by_language.total()} pairs")
    for name, count in by_language.most_common():
        print(f"{count:>7} {name}")
        kinds = Counter({kind: n for (label, kind), n in by_evidence.items() if label == name})
        for kind, n in kinds.most_common(8):
            print(f"        {n:>6} {kind}")


def _kind(evidence: str) -> str:
    """Return evidence without the parts that quote the pair."""
    kind = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "_", evidence)
    kind = re.sub(r"words? _(?:, _)*", lambda m: "words" if "," in m[0] else "word", kind)
    return re.sub(r"\d+%", "N%", kind)


def main() -> int:
    """Print all tables; exit with 4 below 98 % accuracy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, help="rows of CodeAlpaca; default: all")
    limit = parser.parse_args().limit
    folder = os.environ.get("CODEM_RAY_DATA")
    if not folder:
        print("set CODEM_RAY_DATA to the data folder", file=sys.stderr)
        return 3
    items = list(labelled_set(Path(folder)))
    print(f"{len(items)} programs, all labels hidden")
    found, wrong = confusion(items, lambda item: label_language("", item.code))
    print_matrix(found)
    print("\n".join(wrong))
    print(f"correct: {accuracy(found):.2%}")
    for half in (False, True):
        part = [item for item in items if item.is_held_out is half]
        name = "held-out half" if half else "development half"
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
