"""Fine-tunes that are killed again and again end with the weights of one that nobody disturbed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "support" / "kill_training.py"


@pytest.mark.ray
@pytest.mark.slow
def test_a_kill_of_each_kind_changes_no_bit_of_the_weights(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path), "--kills", "5", "--seconds", "600"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=os.environ | {"RAY_AUTH_MODE": "disabled"},
        timeout=900,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-3000:]
