"""The part of `kubectl kustomize` that the recipes use; any other key is an error."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

KEYS = {"namespace", "resources", "images", "patches", "generatorOptions", "configMapGenerator"}
NO_HASHES = {"disableNameSuffixHash": True}


def build(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that `kubectl apply -k` would send."""
    options = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(options) <= KEYS, set(options) - KEYS
    objects = [item for name in options["resources"] for item in _load(folder / name)]
    for generated in options.get("configMapGenerator", ()):
        # With hashes, the names in Ray's own kinds would no longer be right.
        assert options["generatorOptions"] == NO_HASHES
        data = {name: (folder / name).read_text(encoding="utf-8") for name in generated["files"]}
        metadata = {"name": generated["name"]}
        objects.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
    for patch in options.get("patches", ()):
        target = patch["target"]
        found = [
            at
            for at, item in enumerate(objects)
            if (item["kind"], item["metadata"]["name"]) == (target["kind"], target["name"])
        ]
        assert found, target
        for at in found:
            objects[at] = jsonpatch.apply_patch(objects[at], yaml.safe_load(patch["patch"]))
    images = {image["name"]: image for image in options.get("images", ())}
    for item in objects:
        if "namespace" in options:
            item["metadata"]["namespace"] = options["namespace"]
        _set_images(item, images)
    return objects


def _load(path: Path) -> list[dict[str, Any]]:
    if path.is_dir():
        return build(path)
    # Aliases in the file would be one object, and a patch of one place would change the others.
    loaded = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return [_unshared(item) for item in loaded]


def _unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unshared(item) for item in value]
    return copy.copy(value)


def _set_images(value: Any, images: dict[str, dict[str, str]]) -> None:
    if isinstance(value, list):
        for item in value:
            _set_images(item, images)
    if not isinstance(value, dict):
        return
    for container in (*value.get("containers", ()), *value.get("initContainers", ())):
        if image := images.get(container["image"]):
            container["image"] = f"{image['newName']}:{image['newTag']}"
    for item in value.values():
        _set_images(item, images)
