"""Adapters: the base model that each belongs to, and loading the two as one model."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from codem_ray.errors import ModelLoadError
from codem_ray.models.digest import model_digest
from codem_ray.models.inspect import read_json_object, read_weight_header
from codem_ray.models.resolve import is_local
from codem_ray.starter.assets import MODELS
from codem_ray.storage import replacing_folder
from codem_ray.storage.node_cache import cached_folder

ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
BASE = "adapter_base.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class AdapterBase:
    """The base model of an adapter."""

    model: str
    """Folder or hub id."""
    revision: str | None = None
    digest: str | None = None
    """Digest of its files; None: not recorded, as in adapters of other tools."""
    trust_remote_code: bool = False


def is_adapter(path: str | Path) -> bool:
    """Whether a path is a folder that holds an adapter."""
    return (Path(path).expanduser() / ADAPTER).is_file()


def write_adapter_base(folder: Path, base: AdapterBase) -> None:
    """Write into an adapter's folder which model it belongs to."""
    (folder / BASE).write_text(json.dumps(asdict(base), indent=2) + "\n")


def read_adapter_base(folder: Path) -> AdapterBase:
    """Return the base model of an adapter, found on this machine by its path or its digest.

    Raises ModelLoadError if it is not here, or if the model at its path has changed.
    """
    base = _recorded_base(folder)
    if not is_local(base.model) or base.digest is None:
        return base
    places = [base.model, *(str(path()) for path in MODELS.values())]
    for place in places:
        if Path(place).is_dir() and model_digest(place) == base.digest:
            return AdapterBase(**(asdict(base) | {"model": place}))
    state = "has other files now" if Path(base.model).is_dir() else "does not exist here"
    raise ModelLoadError(
        f"{folder} is an adapter of the model {base.model} (digest {base.digest}), which {state}: "
        f"restore that model, or write its folder into {BASE}"
    )


def _recorded_base(folder: Path) -> AdapterBase:
    if (folder / BASE).is_file():
        raw = read_json_object(folder / BASE)
    else:
        settings = read_json_object(folder / ADAPTER)
        raw = {
            "model": settings.get("base_model_name_or_path"),
            "revision": settings.get("revision"),
        }
    try:
        return TypeAdapter(AdapterBase).validate_python(raw)
    except ValidationError as error:
        raise ModelLoadError(
            f"{folder} is an adapter that does not name its base model: set "
            f"base_model_name_or_path in {ADAPTER}"
        ) from error


def check_adapter(folder: Path) -> None:
    """Refuse an adapter that is damaged, incomplete or without its base model.

    Raises ModelLoadError.
    """
    if list(folder.glob("model*.safetensors")):
        raise ModelLoadError(
            f"{folder} holds both a model and an adapter ({ADAPTER}), and transformers applies the "
            f"adapter or not depending on installed packages: delete {ADAPTER} or the weights"
        )
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise ModelLoadError(f"{folder} is an adapter without {ADAPTER_WEIGHTS}: download it again")
    if not read_weight_header(folder / ADAPTER_WEIGHTS):
        raise ModelLoadError(f"{folder / ADAPTER_WEIGHTS} holds no weights: download it again")
    if not (folder / "config.json").is_file():
        raise ModelLoadError(
            f"{folder} is an adapter without config.json: copy config.json and the tokenizer of "
            "its base model into it"
        )
    read_adapter_base(folder)


def load_causal_model(path: str, **options: Any) -> Any:
    """Load a causal language model by transformers; an adapter is merged into its base model.

    Raises the errors of transformers and peft, and ModelLoadError as `read_adapter_base`.
    """
    import transformers

    load = transformers.AutoModelForCausalLM.from_pretrained
    if not is_adapter(path):
        return load(path, **options)
    try:
        import peft
    except ImportError as error:
        raise ModelLoadError(
            f'{path} is an adapter, which needs the package peft: pip install "codem-ray[train]"'
        ) from error
    base = read_adapter_base(Path(path))
    changes = {"revision": base.revision, "trust_remote_code": base.trust_remote_code}
    model = load(base.model, **(options | changes))
    return peft.PeftModel.from_pretrained(model, path).merge_and_unload()


def merge_adapter(adapter: Path, target: Path) -> Path:
    """Write an adapter merged into its base model as a model folder, in the base's precision."""
    from codem_ray.models.generation_settings import make_saveable, reduced_generation_config

    base = read_adapter_base(adapter)
    model = load_causal_model(
        str(adapter),
        dtype="auto",
        use_safetensors=True,
        generation_config=reduced_generation_config(base.model, revision=base.revision),
    )
    make_saveable(model)
    with replacing_folder(target) as partial:
        model.save_pretrained(partial)
        _copy_others(adapter, partial)
    return target


def merged_copy(adapter: Path) -> Path:
    """Return an adapter merged into its base model, in this node's cache."""
    key = f"merged-{model_digest(str(adapter))}"

    def fill(folder: Path) -> None:
        merge_adapter(adapter, folder / "model")

    return cached_folder(key, fill) / "model"


def _copy_others(adapter: Path, target: Path) -> None:
    """Copy the tokenizer and the tuning record."""
    for file in adapter.iterdir():
        if file.is_file() and not file.name.startswith("adapter_") and file.name != "config.json":
            shutil.copyfile(file, target / file.name)
