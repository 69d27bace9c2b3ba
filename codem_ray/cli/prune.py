"""List the files in a sweep's folder, its storage's cache and this node's cache that no resume
needs, with their size; delete them with --yes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from codem_ray.cli.options import add_folder, add_json
from codem_ray.cli.output import log, print_json, size_text
from codem_ray.errors import ExitCode
from codem_ray.storage import Storage
from codem_ray.sweep.removable_files import DEFAULT_KINDS, PruneKind, Removable
from codem_ray.sweep.sweep_prune import find_prunable, prune
from codem_ray.wording import plural, text_table

EXAMPLES = """\
examples:
  codem-ray prune runs/quickstart                        what could be freed
  codem-ray prune runs/quickstart --yes                  free it
  codem-ray prune s3://bucket/runs/my-sweep --kind exports --yes

kinds, the first four by default:
  old-keys    completions, verdicts and results of a cell that is stored under a newer key
  leftovers   files of killed processes, checkpoints of trainings that are done
  cache       pairs and tokens that all sweeps of the storage share; made again when needed
  node-cache  copies of remote files on this machine that were not used for an hour
  exports     weights of complete, logged trials: a benchmark added later trains them again, and
              models that MLflow holds by reference lose their weights
  unplanned   trials and cells that no stored plan names: those of other settings
"""
_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    parser.add_argument(
        "--kind",
        action="append",
        choices=tuple(map(str, PruneKind)),
        help="only this kind; may be repeated",
    )
    parser.add_argument("--yes", action="store_true", help="delete; without it nothing is deleted")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List or delete; ConfigError for --yes while a run is active."""
    storage = Storage(args.folder)
    kinds = [PruneKind(kind) for kind in args.kind] if args.kind else list(DEFAULT_KINDS)
    findings = find_prunable(storage)
    if args.yes:
        items = prune(storage, kinds)
    else:
        items = [item for item in findings.items if item.kind in kinds]
    others = [item for item in findings.items if item.kind not in kinds]
    for sentence in findings.kept:
        log(f"kept: {sentence}")
    if findings.is_active:
        log(f"a run is active in {storage.root}: nothing can be deleted until it ends")
    if args.json:
        print_json(
            {
                "is_deleted": args.yes,
                "items": [asdict(item) for item in items],
                "others": [asdict(item) for item in others],
            }
        )
    else:
        print(_text(items, others, is_deleted=args.yes), end="")
    return ExitCode.COMPLETE


def _text(items: Sequence[Removable], others: Sequence[Removable], *, is_deleted: bool) -> str:
    rows: list[tuple[str, str, str]] = []
    for kind in PruneKind:
        of_kind = [item for item in items if item.kind is kind]
        rows += [(kind, item.name, size_text(item.num_bytes)) for item in of_kind[:_SHOWN]]
        if rest := of_kind[_SHOWN:]:
            rows.append((kind, f"and {len(rest)} more", size_text(_bytes(rest))))
    table = text_table(("kind", "what", "size"), rows, left=2) + "\n" if rows else ""
    total = size_text(_bytes(items))
    sentence = (
        f"freed {total}"
        if is_deleted
        else f"would free {total}; add --yes to delete"
        if items
        else "nothing to free"
    )
    left_out = [
        f"not included: --kind {kind}: {plural(len(left), 'item')}, {size_text(_bytes(left))}\n"
        for kind in PruneKind
        if (left := [item for item in others if item.kind is kind])
    ]
    return f"{table}{sentence}\n{''.join(left_out)}"


def _bytes(items: Sequence[Removable]) -> int:
    return sum(item.num_bytes for item in items)
