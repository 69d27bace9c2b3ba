"""Read a sweep: find the file, apply overrides, validate, and say clearly what is wrong."""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from codem_ray.config import models
from codem_ray.config.models import ExternalModel, Sweep
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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    raw = _parsed(text, str(path))
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{path}: a sweep file is a mapping of sections, not {type(raw).__name__}"
        )
    return sweep_from(raw, overrides, str(path))


def sweep_from(raw: dict[str, Any], overrides: Sequence[str], origin: str) -> Sweep:
    """Validate plain data as a sweep; `origin` is named in messages."""
    for override in overrides:
        _apply(raw, override)
    with _finite(origin):
        raw = _expand(raw, origin)
    try:
        return with_absolute_paths(Sweep.model_validate(raw))
    except ValidationError as error:
        raise ConfigError(_explain(origin, error)) from error


def sweep_schema() -> str:
    """Return the JSON schema of a sweep file, for editors."""
    schema = Sweep.model_json_schema()
    parts = {**schema["$defs"], Sweep.__name__: schema}
    for section, texts in _field_docstrings().items():
        for name, text in texts.items():
            parts[section]["properties"][name]["description"] = text
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _field_docstrings() -> dict[str, dict[str, str]]:
    """Return what stands below each field of a section, by section and field.

    pydantic can do this itself, but would do it in every start: a tenth of the time of a command.
    """
    tree = ast.parse(inspect.getsource(models))
    found: dict[str, dict[str, str]] = {}
    for section in tree.body:
        if isinstance(section, ast.ClassDef):
            for field, text in pairwise(section.body):
                match field, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(written))),
                    ):
                        found.setdefault(section.name, {})[name] = inspect.cleandoc(written)
    return found


class _Loader(yaml.SafeLoader):
    """YAML in which a key given twice is a mistake, not the last one's right."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return node


@contextlib.contextmanager
def _finite(origin: str) -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ConfigError(
            f"{origin}: nested too deeply, or an alias that contains itself: write it out flat"
        ) from None


def _parsed(text: str, origin: str) -> Any:
    with _finite(origin):
        try:
            # A subclass of SafeLoader: it makes plain data only.
            return yaml.load(text, _Loader)
        except (yaml.YAMLError, ValueError) as error:
            # A date that is none, or a number of thousands of digits, is a ValueError.
            raise ConfigError(f"{origin}: not valid YAML: {error}") from error


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
    value = _parsed(text, f"--set {_shortened(override)!r}")
    # YAML 1.1 reads 1e-5 (no dot) as a string; people mean the number.
    if isinstance(value, str) and re.fullmatch(r"[-+]?[\d.]+[eE][-+]?\d+", value):
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
        if not os.environ.get(name):
            raise ConfigError(
                f"{origin}: {value!r} needs the environment variable {name}, which is not set or "
                f"empty; set it, as in: {name}=/path/to/it codem-ray run ..."
            )
        return os.environ[name]

    return re.sub(r"\$\{([A-Z][A-Z0-9_]*)\}", replace, value)


def _explain(origin: str, error: ValidationError) -> str:
    lines = [f"{origin}: the sweep file is wrong:"]
    for issue in _telling(error.errors()):
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
            message = _MESSAGES.get(issue["type"], issue["msg"].removeprefix("Value error, "))
            if _branch(issue["loc"]) == len(issue["loc"]) - 1:
                message = "must be a language, a list of languages, or {name, model}"
            seen_value = repr(issue.get("input"))
            shown = "" if len(seen_value) > 80 else f" (got {seen_value})"
            text = f"  {where}: {message}{shown}"
        if text not in lines:
            lines.append(text)
    return "\n".join(lines)


_MESSAGES = {
    "tuple_type": "must be a list, as in [a, b]",
    "too_short": "must name at least one",
}
_BRANCHES = ("str", "tuple[str, ...]", "ExternalModel")
"""How pydantic names the forms that a source can take."""


def _branch(location: Sequence[int | str]) -> int | None:
    """Return where a location names the form of a source."""
    return next((at for at, part in enumerate(location) if part in _BRANCHES), None)


def _telling(issues: Sequence[Any]) -> list[Any]:
    """Leave out what only follows from another issue: a list whose items are wrong counts as empty,
    and a source of one form is none of the other forms."""
    places = [issue["loc"] for issue in issues]

    def is_consequence(issue: Any) -> bool:
        own = issue["loc"]
        if issue["type"] == "too_short":
            return any(len(place) > len(own) and place[: len(own)] == own for place in places)
        at = _branch(own)
        return at == len(own) - 1 and any(
            place[:at] == own[:at] and len(place) > len(own) for place in places
        )

    return [issue for issue in issues if not is_consequence(issue)]


def _where(location: Iterable[int | str]) -> str:
    parts = [str(part) for part in location if part not in _BRANCHES]
    return ".".join(parts) or "(file)"


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


def with_absolute_paths(sweep: Sweep) -> Sweep:
    """Return the sweep with its relative paths made absolute, from the working directory.

    Ray's workers change directory, so a relative path must not leave this process. (Of benchmarks
    and corpora, which have names too, those who read them see to it.)
    """
    changes: dict[str, Any] = {
        "base_model": sweep.base_model.model_copy(
            update={"path": absolute_model(sweep.base_model.path)}
        ),
        "sources": tuple(
            source.model_copy(update={"model": absolute_model(source.model)})
            if isinstance(source, ExternalModel)
            else source
            for source in sweep.sources
        ),
        "storage": sweep.storage.model_copy(update={"path": _absolute_folder(sweep.storage.path)}),
    }
    uri = sweep.tracking.uri
    if uri is not None and uri.startswith(_SQLITE):
        uri = _SQLITE + str(Path(uri.removeprefix(_SQLITE)).expanduser().resolve())
        changes["tracking"] = sweep.tracking.model_copy(update={"uri": uri})
    return sweep.model_copy(update=changes)


_SQLITE = "sqlite:///"


def absolute_model(path: str) -> str:
    """Return the absolute path of a model's folder; a hub id or another name stays as it is."""
    if "://" in path or path == "starter":
        return path
    folder = Path(path).expanduser()
    is_path = folder.is_dir() or path.startswith(("./", "../", "~")) or path in {".", ".."}
    return str(folder.resolve()) if is_path else path


def _absolute_folder(path: str) -> str:
    return path if "://" in path else str(Path(path).expanduser().resolve())


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def as_mapping(sweep: Sweep) -> Mapping[str, Any]:
    """Return the sweep as plain data, as written into `plan.json`."""
    return sweep.model_dump(mode="json")
