"""Print what `plan` says of tiny models of many architectures, and their packed and unpacked loss.

The losses per target token are of the same documents, in packed rows and in a row each. With
--types it also measures a model of every listed type with transformers' default config, and
compares the result with the lists of `training/architecture.py`.

    bench/architectures.py
    bench/architectures.py --types
"""

from __future__ import annotations

import argparse
import inspect
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import torch  # noqa: E402
import transformers  # noqa: E402
from built_tokens import build_tokens  # noqa: E402
from example_pairs import make_pair  # noqa: E402
from planned_sweeps import plan_of  # noqa: E402
from tiny_models import ARCHITECTURES, write_tiny_model  # noqa: E402

from codem_ray.cli.output import text_table  # noqa: E402
from codem_ray.errors import CodemError  # noqa: E402
from codem_ray.models.tokenizer import load_tokenizer  # noqa: E402
from codem_ray.tokens.packed_rows import load_tokens  # noqa: E402
from codem_ray.training.architecture import NOT_PACKABLE, PACKABLE  # noqa: E402
from codem_ray.training.loss import packed_loss_sum, separate_loss_sum  # noqa: E402
from codem_ray.training.packing_check import measure_architecture, measure_packing  # noqa: E402

PAIRS = [make_pair(n, f"add {n}", f"def f(a): return a + {n}" * (1 + n % 3)) for n in range(17)]


def loss_per_target(model: torch.nn.Module, folder: Path, rows: Path, *, is_packed: bool) -> float:
    """Return the loss of PAIRS per target token, in the form in which a worker trains on them."""
    tokenizer = load_tokenizer(str(folder))
    options = {"tokenizer": tokenizer, "template": "{{ instruction }}:", "max_tokens": 128}
    build_tokens(PAIRS, rows, is_packed=is_packed, **options)
    tokens = load_tokens(rows)
    rows_of = (tokens.input_ids, tokens.labels, tokens.position_ids)
    loss_sum = packed_loss_sum if is_packed else separate_loss_sum
    with torch.no_grad():
        loss = loss_sum(model, *(torch.from_numpy(array.copy()).long() for array in rows_of))
    return float(loss) / tokens.facts.target_tokens


def plan_says(folder: Path, *, engine: str) -> str:
    """Return what `plan` says of a model: the refusal, the note on rows, or that it packs."""
    try:
        plan = plan_of(base_model__path=str(folder), sources=["python"], generation__engine=engine)
    except CodemError as error:
        return f"refused: {error}".replace(f"{folder}: ", "")
    notes = [note for note in plan.notes if "a row of its own" in note]
    return notes[0].split(", because")[0] if notes else "packed"


def row_of(name: str, folder: Path) -> tuple[str, ...]:
    """Return the row of one architecture."""
    write_tiny_model(folder, name)
    measured = measure_architecture(str(folder))
    with torch.random.fork_rng(devices=[]):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder).train()
    alone = loss_per_target(model, folder, folder / "one", is_packed=False)
    packed = difference = "-"
    if "position_ids" in inspect.signature(model.forward).parameters:
        loss = loss_per_target(model, folder, folder / "rows", is_packed=True)
        packed, difference = f"{loss:.6f}", f"{abs(loss - alone):.1e}"
    engine = "vllm" if measured.is_recurrent else "transformers"
    said = plan_says(folder, engine=engine)
    if measured.is_recurrent:
        said += f" (vllm); {plan_says(folder, engine='transformers')}"
    result = measured.obstacle or "exact"
    return name, packed, f"{alone:.6f}", difference, result, said


def check_types() -> int:
    """Measure a model of every listed type; return the number of types that are listed wrongly."""
    wrong = 0
    for kind in sorted(PACKABLE | NOT_PACKABLE):
        try:
            measure = measure_packing(transformers.AutoConfig.for_model(kind))
        except ValueError as error:
            print(f"{kind:20} not in this transformers: {str(error)[:60]}")
            continue
        is_wrong = (not measure.obstacle) is not (kind in PACKABLE)
        wrong += is_wrong
        print(f"{kind:20} {measure.obstacle or 'exact'}{'  LISTED WRONGLY' if is_wrong else ''}")
    return wrong


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--types", action="store_true", help="also measure every listed type")
    arguments = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="codem-ray-bench-") as scratch:
        rows = [row_of(name, Path(scratch) / name) for name in ARCHITECTURES]
    heads = ("architecture", "packed", "one a row", "difference", "measured", "plan says")
    print(text_table(heads, rows, left=1))
    return check_types() if arguments.types else 0


if __name__ == "__main__":
    sys.exit(main())
