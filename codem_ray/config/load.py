"""Read a sweep: find the file, apply overrides, validate, and say clearly what is wrong."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from codem_ray.config.models import Sweep
from codem_ray.errors import ConfigError

_BUNDLED = Path(__file__).parent / "sweeps"


def bundled_sweeps() -> dict[str, Path]:
    """Return the sweeps that come with the package, by name."""
    return {path.stem: path for path in sorted(_BUNDLED.glob("*.yaml"))}


def load_sweep(reference: str, overrides: Sequence[str] = ()) -> Sweep:
    """Read the sweep that a path or a bundled name means, with `key.path=value` overrides.

    Raises ConfigError that names the file, the key and the nearest allowed value.
    """
    path = _find(reference)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{path}: a sweep file is a mapping of sections, not {type(raw).__name__}"
        )
    return sweep_from(raw, overrides, str(path))


def sweep_from(raw: dict[str, Any], overrides: Sequence[str], origin: str) -> Sweep:
    """Validate plain data as a sweep; `origin` is named in messages."""
    for override in overrides:
        _apply(raw, override)
    raw = _expand(raw, origin)
    try:
        return Sweep.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(_explain(origin, error)) from error


def sweep_schema() -> str:
    """Return the JSON schema of a sweep file, for editors."""
    return json.dumps(Sweep.model_json_schema(), indent=2, sort_keys=True) + "\n"


def _find(reference: str) -> Path:
    path = Path(reference)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        if not path.is_file():
            raise ConfigError(f"{path}: no such file; bundled sweeps: {_names()}")
        return path
    bundled = bundled_sweeps()
    if reference in bundled:
        return bundled[reference]
    near = difflib.get_close_matches(reference, bundled, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ConfigError(f"{reference!r} is neither a file nor a bundled sweep ({_names()}).{hint}")


def _names() -> str:
    return ", ".join(bundled_sweeps())


def _apply(raw: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign or not key.strip():
        raise ConfigError(
            f"--set {override!r}: write key=value, as in --set training.learning_rate=1e-5"
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override!r}: the value is not valid YAML: {error}") from error
    # YAML 1.1 reads 1e-5 (no dot) as a string; people mean the number.
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    *parents, last = key.strip().split(".")
    node = raw
    for parent in parents:
        child = node.get(parent)
        if child is None:
            child = node[parent] = {}
        if not isinstance(child, dict):
            raise ConfigError(f"--set {override!r}: {parent!r} is not a section")
        node = child
    node[last] = value


def _expand(value: Any, origin: str) -> Any:
    """Put the environment's values in the place of `${NAME}`."""
    if isinstance(value, dict):
        return {key: _expand(item, origin) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, origin) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(
                f"{origin}: {value!r} needs the environment variable {name}, which is not set; "
                f"set it, as in: {name}=/path/to/it codem-ray run ..."
            )
        return os.environ[name]

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", replace, value)


def _explain(origin: str, error: ValidationError) -> str:
    lines = [f"{origin}: the sweep file is wrong:"]
    seen: set[str] = set()
    for issue in error.errors():
        where = _where(issue["loc"])
        if issue["type"] == "extra_forbidden":
            *parents, key = issue["loc"]
            allowed = _allowed_keys(parents)
            near = difflib.get_close_matches(str(key), allowed, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(allowed)}"
            text = f"  {where}: unknown key; {hint}"
        elif issue["type"] == "missing":
            text = f"  {where}: missing"
        else:
            message = issue["msg"].removeprefix("Value error, ")
            seen_value = repr(issue.get("input"))
            shown = "" if len(seen_value) > 80 else f" (got {seen_value})"
            text = f"  {where}: {message}{shown}"
        if text not in seen:
            seen.add(text)
            lines.append(text)
    return "\n".join(lines)


def _where(location: Iterable[int | str]) -> str:
    return ".".join(str(part) for part in location) or "(file)"


def _allowed_keys(parents: Sequence[int | str]) -> list[str]:
    model: Any = Sweep
    for part in parents:
        if isinstance(part, int) or not _is_model(model):
            continue
        field = model.model_fields.get(part)
        if field is None:
            continue
        model = _model_in(field.annotation)
    return sorted(model.model_fields) if _is_model(model) else []


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _model_in(annotation: Any) -> Any:
    if _is_model(annotation):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


def as_mapping(sweep: Sweep) -> Mapping[str, Any]:
    """Return the sweep as plain data, as written into `plan.json`."""
    return sweep.model_dump(mode="json")
