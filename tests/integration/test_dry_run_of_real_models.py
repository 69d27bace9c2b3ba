"""`run --dry-run` of sweeps of real models, where neither the models nor GPUs are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_cache import write_hub_cache

pytestmark = pytest.mark.slow

WIDTHS = {"codem-7b": (4096, 32, 42), "codem-15b": (6144, 48, 40)}
HUB_IDS = {"codem-7b": "bigcode/starcoderbase-7b", "codem-15b": "bigcode/starcoderbase"}


@pytest.mark.parametrize("name", sorted(WIDTHS))
def test_a_dry_run_takes_the_whole_path_to_the_matrix(name: str, tmp_path: Path) -> None:
    width, heads, layers = WIDTHS[name]
    config = {
        "model_type": "gpt_bigcode",
        "architectures": ["GPTBigCodeForCausalLM"],
        "n_embd": width,
        "n_head": heads,
        "n_inner": 4 * width,
        "n_layer": layers,
        "n_positions": 8192,
        "vocab_size": 49152,
        "multi_query": True,
        "attn_pdrop": 0.1,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    write_hub_cache(tmp_path / "hub", HUB_IDS[name], config)
    corpora = [{"path": "starter", "licence": "Apache-2.0"}]
    command = [sys.executable, "-m", "codem_ray", "run", name, "--dry-run", "--json"]
    settings = [f"storage.path={tmp_path / 'runs'}", f"data.corpora={json.dumps(corpora)}"]
    if "CODEM_RAY_DATA" not in os.environ:
        targets = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")
        settings.append(f"evaluation.benchmarks={json.dumps([f'starter-{t}' for t in targets])}")
    for setting in settings:
        command += ["--set", setting]
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["incomplete"] == []
    rows = {cell["source"] for cell in result["report"]["cells"]}
    assert len(rows) == 10
    assert "training.zero_stage" not in done.stderr
    assert "resources.gpus_per_worker is 0.0 instead of 1.0" in done.stderr
    assert "dry run complete" in done.stderr
