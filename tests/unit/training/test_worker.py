"""What a training worker loads before its first step."""

import subprocess
import sys

SCRIPT = """
import sys
from codem_ray.training.worker import import_deepspeed

deepspeed = import_deepspeed(has_gpu=False)
from deepspeed.runtime.zero.muon.muon_optimizer import MuonWithAuxAdam

assert deepspeed is sys.modules["deepspeed"]
print("mlflow" in sys.modules, "torch._inductor.compile_fx" in sys.modules)
import mlflow

print(mlflow.__name__, MuonWithAuxAdam.__name__)
"""


def test_deepspeed_comes_without_mlflow_and_without_a_compiler() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-2:] == ["False False", "mlflow MuonWithAuxAdam"]
