"""Another package adds a training method by an entry point; no file of codem_ray changes."""

from __future__ import annotations

from pathlib import Path

from outside_package import install, python

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "tests" / "support" / "outside" / "codem_ray_norms.py"
TRAIN = """
import sys
from pathlib import Path
from local_ranks import train_locally
from recorded_training import final_weights, recorded_spec
from safetensors.torch import load_file

spec = recorded_spec(Path(sys.argv[1]), "llama", "norms", method="norms", checkpoint_every_steps=8)
(facts,) = train_locally([spec], workers=1)
base = load_file(Path(spec.base_model) / "model.safetensors")
changed = [name for name, weight in final_weights(spec).items() if not weight.equal(base[name])]
print(facts["steps"], len(changed), all("norm" in name for name in changed))
"""
CHECK = """
from codem_ray.config import TrainingConfig
from codem_ray.training.method_registry import check_method, make_method

check_method(TrainingConfig(method="norms"), has_gpu=False)
for settings in ({"method": "norm"}, {"method": "norms", "lora": {"r": 4}}):
    try:
        check_method(TrainingConfig.model_validate(settings), has_gpu=False)
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_the_docs_page_shows_this_example() -> None:
    assert MODULE.read_text() in (ROOT / "docs" / "how-to" / "add-method.md").read_text()


def test_only_the_weights_that_the_method_chooses_are_trained(tmp_path: Path) -> None:
    install(tmp_path / "site", MODULE, "codem_ray.methods", "METHOD")
    done = python(tmp_path / "site", "-c", TRAIN, str(tmp_path / "work"))
    # Two norms in each of two layers, and the last one.
    assert done.stdout.splitlines()[-1:] == ["20 5 True"], done.stderr[-2000:]


def test_unknown_names_and_settings_of_other_methods_are_refused(tmp_path: Path) -> None:
    install(tmp_path / "site", MODULE, "codem_ray.methods", "METHOD")
    done = python(tmp_path / "site", "-c", CHECK)
    unknown, lora = done.stdout.splitlines()
    assert "did you mean norms? Known: full, lora, qlora, norms" in unknown
    assert "training.method norms does not use it: set training.method to lora or qlora" in lora
