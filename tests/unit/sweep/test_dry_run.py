"""What the dry run of a sweep keeps and what it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.config import Sweep, load_sweep
from codem_ray.errors import ConfigError
from codem_ray.storage import Storage
from codem_ray.sweep.dry_run import DryRun, _empty, dry_run_of


def dry_run(sweep: Sweep, *, has_gpus: bool = False, has_engine: bool = False) -> DryRun:
    return dry_run_of(sweep, model=Path("/models/tiny"), has_gpus=has_gpus, has_engine=has_engine)


def test_all_keys_stay_but_those_that_are_listed() -> None:
    real = load_sweep("codem-7b", ["training.extra={adam_beta1: 0.8}", "training.neftune_noise=5"])
    small = dry_run(real, has_gpus=True, has_engine=True)
    listed = {line.split(" is ")[0] for line in small.changes}
    before, after = flat(real), flat(small.sweep)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed - listed == {"name", "base_model.path", "base_model.revision"}
    assert listed <= changed
    assert small.sweep.name == "codem-7b-dry-run"
    assert small.sweep.resources == real.resources
    assert small.sweep.training.zero_stage == real.training.zero_stage


def test_a_machine_without_gpus_trains_on_its_cpus_with_the_engine_that_is_there() -> None:
    small = dry_run(load_sweep("codem-15b", ["training.method=qlora", "training.precision=fp16"]))
    assert small.sweep.resources.gpus_per_worker == 0
    assert small.sweep.resources.workers == 2
    assert small.sweep.generation.engine == "transformers"
    assert small.sweep.training.method == "lora"
    assert "training.precision is fp32 instead of fp16: fp16 needs a GPU" in small.changes


def test_a_search_tries_few_settings_by_its_own_method_where_it_can() -> None:
    space = "search.space={training.learning_rate: [1.0e-5, 2.0e-5, 4.0e-5]}"
    grid = dry_run(load_sweep("quickstart", [space])).sweep.search
    assert (grid.method, grid.samples) == ("random", 2)
    drawn = load_sweep("quickstart", [space, "search.method=optuna", "search.samples=9"])
    assert (dry_run(drawn).sweep.search.method, dry_run(drawn).sweep.search.samples) == (
        "optuna",
        2,
    )


def test_models_that_exist_already_are_left_out_and_cannot_be_all() -> None:
    one = "{name: theirs, model: some/model}"
    small = dry_run(load_sweep("quickstart", [f"sources=[python, {one}]"]))
    assert small.sweep.sources == ("python",)
    assert any(line.startswith("sources has no theirs") for line in small.changes)
    with pytest.raises(ConfigError, match="nothing to train"):
        dry_run(load_sweep("quickstart", [f"sources=[{one}]"]))


def test_only_the_files_of_an_earlier_dry_run_are_removed(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "runs"))
    _empty(storage)
    storage.write_json("trials/python/manifest.json", {})
    _empty(storage)
    assert list(storage.files("")) == ["dry-run.json"]
    other = Storage(str(tmp_path / "other"))
    other.write_json("plan.json", {})
    with pytest.raises(ConfigError, match="something else has written it"):
        _empty(other)


def flat(sweep: Sweep) -> dict[str, object]:
    """Return the values of a sweep by dotted key."""
    found: dict[str, object] = {}

    def walk(values: dict[str, object], prefix: str) -> None:
        for key, value in values.items():
            if isinstance(value, dict) and value:
                walk(value, f"{prefix}{key}.")
            else:
                found[f"{prefix}{key}"] = value

    walk(sweep.model_dump(mode="json"), "")
    return found
