"""Loads a sweep: finds the file, applies overrides and validates the result."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from codem_ray.config.absolute_paths import expand_home, with_absolute_paths
from codem_ray.config.submitted_job import submitted_job
from codem_ray.config.sweep_file import Sweep
from codem_ray.config.validation_messages import validation_message
from codem_ray.config.yaml_text import parse_yaml, refuse_endless_nesting
from codem_ray.errors import ConfigError

_BUNDLED = Path(__file__).parent / "sweeps"


def bundled_sweeps() -> dict[str, Path]:
    """Return the sweeps that come with the package, by name."""
    return {path.stem: path for path in sorted(_BUNDLED.glob("*.yaml"))}


def load_sweep(reference: str, overrides: Sequence[str] = ()) -> Sweep:
    """Load a sweep from a path or a bundled name, with `key.path=value` overrides.

    Raises:
        ConfigError: The file, an override or a value is invalid. The message names the file or the
            override and, where there is one, the key.
    """
    path = sweep_file(reference)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    raw = parse_yaml(text, str(path))
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{path}: a sweep file is a mapping of sections, not {type(raw).__name__}"
        )
    return parse_sweep(raw, overrides, str(path))


def parse_sweep(raw: dict[str, Any], overrides: Sequence[str], origin: str) -> Sweep:
    """Return plain data as a sweep with absolute paths.

    Args:
        raw: The data of a sweep file; the overrides are applied to it in place.
        overrides: `key.path=value` each.
        origin: The name of the data in messages.
    """
    for override in overrides:
        _apply(raw, override)
    with refuse_endless_nesting(origin):
        raw = _expand_variables(raw, origin)
    try:
        return with_absolute_paths(Sweep.model_validate(raw))
    except ValidationError as error:
        raise ConfigError(validation_message(origin, error)) from error


def sweep_file(reference: str) -> Path:
    """Return the file of a path or a bundled name; ConfigError if there is none."""
    path = Path(expand_home(reference))
    bundled = bundled_sweeps()
    if path.is_file():
        return path
    if path.suffix in {".yaml", ".yml"}:
        job = submitted_job()
        hint = f"; {job.files_hint()}" if job is not None else ""
        raise ConfigError(f"{path}: no such file; bundled sweeps: {', '.join(bundled)}{hint}")
    if reference in bundled:
        return bundled[reference]
    nearest = difflib.get_close_matches(reference, bundled, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise ConfigError(
        f"{reference!r} is neither a file nor a bundled sweep ({', '.join(bundled)}).{hint}"
    )


def _apply(raw: dict[str, Any], override: str) -> None:
    """Set the key of a `key.path=value` override in plain data."""
    key, sign, text = override.partition("=")
    if not sign or not key.strip():
        raise ConfigError(
            f"--set {override!r}: write key=value, as in --set training.learning_rate=1e-5"
        )
    shown = override if len(override) <= 80 else f"{override[:77]}..."
    plain = text.strip()
    # YAML reserves these characters, and a path may begin with one.
    value = plain if plain.startswith(("%", "@", "`")) else parse_yaml(text, f"--set {shown!r}")
    if isinstance(value, str) and not plain.startswith(("'", '"', "|", ">", "!", "&")):
        # In a file " #" begins a comment; on the command line it is part of the text.
        value = plain
    # YAML 1.1 reads 1e-5, without a dot, as a string.
    if isinstance(value, str) and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", value):
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


def _expand_variables(value: Any, origin: str) -> Any:
    """Replace each `${NAME}`, in capitals, by the value of that environment variable."""
    if isinstance(value, dict):
        return {key: _expand_variables(item, origin) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand_variables(item, origin) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if not os.environ.get(name):
            raise ConfigError(
                f"{origin}: {value!r} needs the environment variable {name}, which is unset or "
                f"empty; set it, as in: {name}=/path/to/it codem-ray run ..."
            )
        return os.environ[name]

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", replace, value)
