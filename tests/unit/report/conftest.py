"""Makes the synthetic results of tests/unit/analysis importable here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))
