"""Names of sweeps that score one model."""

from pathlib import Path

import pytest

from codem_ray.config import parse_sweep
from codem_ray.sweep.single_model import model_label


@pytest.mark.parametrize("name", ["base? 5%20 #é", "~x", "模型", ".hidden", "plain"])
def test_any_folder_of_a_model_gives_a_valid_sweep_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    sweep = {
        "name": f"evaluate-{model_label(str(tmp_path / name))}",
        "base_model": {"path": "starter"},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}]},
        "evaluation": {"benchmarks": ["starter-python"]},
    }
    assert parse_sweep(sweep, (), "test").name.startswith("evaluate-")


def test_a_hub_id_is_readable_in_the_name() -> None:
    assert model_label("bigcode/starcoderbase-1b") == "bigcode-starcoderbase-1b"
