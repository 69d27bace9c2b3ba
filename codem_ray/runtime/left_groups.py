"""Remove the placement group of a fine-tune whose controller was killed.

Ray Train's own cleaner asks the dashboard, which a laptop's Ray does not have. Without either, the
CPUs or GPUs of the group would never be free again.
"""

from __future__ import annotations

from typing import Any

import ray
from ray.util.placement_group import PlacementGroup, remove_placement_group

from codem_ray.storage import Storage

_RECORD = "placement-group"


def record_group(uri: str, group: Any) -> None:
    """Record the placement group of the workers in the folder or URI of a fine-tune."""
    Storage(uri).write_bytes(_RECORD, group.id.hex().encode())


def remove_left_group(uri: str) -> None:
    """Remove the placement group that is recorded, if it still exists."""
    storage = Storage(uri)
    found = storage.read_optional(_RECORD)
    if found is not None:
        group_id = ray.PlacementGroupID(bytes.fromhex(found.decode()))
        remove_placement_group(PlacementGroup(group_id))
        storage.remove(_RECORD)
