"""Write the files made from code: sweep schema, reference pages, golden plans, image and job.

`--check` writes nothing and fails when one is out of date.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

from codem_ray.cli.plan import plan_text
from codem_ray.config import bundled_sweeps, load_sweep, sweep_schema
from codem_ray.languages import LANGUAGES
from codem_ray.languages.page import languages_page
from codem_ray.sweep.planning import plan_offline
from tools.architecture_drawing import architecture_svg
from tools.image_toolchains import image_file
from tools.ray_job import ray_job_file
from tools.reference_pages import commands_page, sweep_file_page

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "docs" / "sweep.schema.json"
DRAWING = ROOT / "docs" / "explanation" / "layers.svg"
REFERENCE = ROOT / "docs" / "reference"
IMAGE = ROOT / "cluster" / "docker" / "Dockerfile"
KUBERAY = ROOT / "cluster" / "kuberay"
PLANS = ROOT / "tests" / "golden" / "plans"
NEEDS_DATA = "real-small"


def golden_plan(name: str) -> str | None:
    """Return the plan of a bundled sweep as text; None if its data are missing."""
    overrides = []
    data = os.environ.get("CODEM_RAY_DATA")
    if name == NEEDS_DATA:
        if not data:
            return None
        # Its own base model may not have been converted here, and has a longer context.
        overrides = ["base_model.path=starter", "data.max_tokens=512"]
    else:
        os.environ.pop("CODEM_RAY_DATA", None)
    try:
        sweep = load_sweep(name, [*overrides, "storage.path=/nowhere/runs"])
        text = plan_text(plan_offline(sweep).plan, sweep)
    finally:
        if data:
            os.environ["CODEM_RAY_DATA"] = data
    return text.replace(data, "${CODEM_RAY_DATA}") if data else text


def main() -> int:
    """Write or check all generated files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is out of date")
    is_check = parser.parse_args().check
    schema = sweep_schema()
    wanted = {
        SCHEMA: schema,
        DRAWING: architecture_svg(ROOT),
        REFERENCE / "languages.md": languages_page(LANGUAGES.values()),
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "sweep-file.md": sweep_file_page(schema),
        KUBERAY / "job" / "rayjob.yaml": ray_job_file(KUBERAY / "cluster" / "raycluster.yaml"),
        IMAGE: image_file(IMAGE, ROOT / "pyproject.toml", LANGUAGES.values()),
    }
    for name in bundled_sweeps():
        text = golden_plan(name)
        if text is None:
            print(f"generate: {name} left alone, for CODEM_RAY_DATA is not set", file=sys.stderr)
            continue
        wanted[PLANS / f"{name}.txt"] = text
    stale = 0
    for path, text in wanted.items():
        current = path.read_text(encoding="utf-8") if path.is_file() else ""
        if current == text:
            continue
        stale += 1
        if is_check:
            lines = difflib.unified_diff(
                current.splitlines(), text.splitlines(), str(path), "now", lineterm="", n=1
            )
            print("\n".join(list(lines)[:40]))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    if is_check and stale:
        print(f"{stale} generated files are out of date: run python -m tools.generate")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
