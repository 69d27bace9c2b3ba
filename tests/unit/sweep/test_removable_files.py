"""Which files of a sweep can go, from a listing alone."""

from __future__ import annotations

from dataclasses import replace

from codem_ray.sweep.removable_files import PlannedCell, PruneKind, SweepFiles, removable

CELL = PlannedCell(
    trial_id="go-s0",
    execute="trials/go-s0/execute/bench.completion.aaa",
    results="results/go-s0/bench.completion.aaa.parquet",
    generate_key="bbb",
    is_complete=True,
)
LOSS = PlannedCell(
    trial_id="go-s0",
    execute="trials/go-s0/loss/loss-go.instruction.ccc",
    results="results/go-s0/loss-go.instruction.ccc.parquet",
    generate_key=None,
    is_complete=True,
)
NAMES = (
    "trials/go-s0/status.json",
    "trials/go-s0/export/manifest.json",
    "trials/go-s0/track/uri/manifest.json",
    "trials/go-s0/execute/bench.completion.aaa/manifest.json",
    "trials/go-s0/execute/bench.completion.old/manifest.json",
    "trials/go-s0/generate/bench.completion.bbb/manifest.json",
    "trials/go-s0/loss/loss-go.instruction.ccc/manifest.json",
    "trials/go-s0/loss/loss-go.instruction.old/manifest.json",
    "trials/go-s0/another-stage/x/manifest.json",
    "results/go-s0/loss-go.instruction.ccc.parquet",
    "report/index.html",
)
FILES = SweepFiles(sizes=dict.fromkeys(NAMES, 5), trials={"go-s0"}, cells=[CELL, LOSS])


def found(files: SweepFiles) -> set[tuple[PruneKind, str]]:
    return {(item.kind, item.name) for item in removable(files)}


def test_stages_under_older_keys_and_weights_of_a_complete_trial_can_go() -> None:
    assert found(FILES) == {
        (PruneKind.OLD_KEYS, "trials/go-s0/execute/bench.completion.old"),
        (PruneKind.OLD_KEYS, "trials/go-s0/loss/loss-go.instruction.old"),
        (PruneKind.EXPORTS, "trials/go-s0/export"),
    }
    assert all(item.num_bytes == 5 for item in removable(FILES))


def test_weights_stay_while_a_loss_is_still_to_be_measured() -> None:
    files = replace(FILES, cells=[CELL, replace(LOSS, is_complete=False)])
    assert PruneKind.EXPORTS not in {kind for kind, _ in found(files)}


def test_weights_stay_if_completions_are_missing() -> None:
    sizes = {name: 5 for name in NAMES if "/generate/" not in name}
    assert PruneKind.EXPORTS not in {kind for kind, _ in found(replace(FILES, sizes=sizes))}
