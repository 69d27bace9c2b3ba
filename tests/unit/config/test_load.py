"""Reading sweep files: every mistake has one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.config import bundled_sweeps, load_sweep
from codem_ray.errors import ConfigError

GOOD = """
name: tiny
base_model: {path: starter}
sources: [base, python]
data: {corpora: [{path: starter}]}
evaluation: {benchmarks: [starter-python]}
"""


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return str(path)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    sweep = load_sweep(write(tmp_path, GOOD))
    assert sweep.sources == ("base", "python")
    assert sweep.training.zero_stage == 2


def test_a_misspelt_key_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "training: {learning_rat: 1.0e-5}\n")
    with pytest.raises(
        ConfigError, match=r"training\.learning_rat: unknown key; did you mean 'learning_rate'"
    ):
        load_sweep(path)


def test_a_misspelt_section_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"trainin: unknown key; did you mean 'training'"):
        load_sweep(write(tmp_path, GOOD + "trainin: {}\n"))


def test_a_misspelt_key_inside_a_list_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("{path: starter}]}", "{path: starter, formt: auto}]}"))
    with pytest.raises(ConfigError, match=r"data\.corpora\.0\.formt: .*'format'"):
        load_sweep(path)


def test_a_wrong_type_shows_what_was_seen(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"training\.epochs: .*'many'"):
        load_sweep(write(tmp_path, GOOD + "training: {epochs: many}\n"))


def test_an_unknown_language_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyton.*python"):
        load_sweep(write(tmp_path, GOOD.replace("python]", "pyton]", 1)))


def test_a_source_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="named twice: python"):
        load_sweep(write(tmp_path, GOOD.replace("[base, python]", "[python, py]")))


def test_k_above_the_samples_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("[starter-python]}", "[starter-python], k: [10]}"))
    with pytest.raises(ConfigError, match=r"k has 10, but generation\.samples is 1"):
        load_sweep(path)


def test_samples_that_would_all_be_the_same_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="samples > 1 needs temperature > 0"):
        load_sweep(write(tmp_path, GOOD), ["generation.samples=4"])
    sweep = load_sweep(
        write(tmp_path, GOOD),
        ["generation.samples=4", "generation.temperature=0.8", "evaluation.k=[1, 4]"],
    )
    assert sweep.evaluation.k == (1, 4)


def test_overrides_reach_any_key_and_read_scientific_numbers(tmp_path: Path) -> None:
    sweep = load_sweep(
        write(tmp_path, GOOD), ["training.learning_rate=1e-5", "seeds=[0, 1]", "name=other"]
    )
    assert sweep.training.learning_rate == pytest.approx(1e-5)
    assert (sweep.seeds, sweep.name) == ((0, 1), "other")


def test_a_misspelt_override_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"training\.lr"):
        load_sweep(write(tmp_path, GOOD), ["training.lr=1"])


def test_an_unset_environment_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_DATA", raising=False)
    path = write(tmp_path, GOOD.replace("path: starter}]", 'path: "${NO_SUCH_DATA}/x.jsonl"}]'))
    with pytest.raises(ConfigError, match="environment variable NO_SUCH_DATA, which is not set"):
        load_sweep(path)


def test_a_file_that_is_not_there_lists_the_bundled_ones() -> None:
    with pytest.raises(ConfigError, match="quickstart"):
        load_sweep("missing.yaml")


def test_a_misspelt_bundled_name_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'quickstart'"):
        load_sweep("quikstart")


@pytest.mark.parametrize("name", sorted(bundled_sweeps()))
def test_every_bundled_sweep_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEM_RAY_DATA", "/data")
    assert load_sweep(name).name == name
    opening = bundled_sweeps()[name].read_text()
    assert opening.startswith("# Shows: ")
    assert "# Costs: " in opening
