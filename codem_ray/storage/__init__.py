"""Files and stages of a sweep on any fsspec URI, with atomic writes."""

from codem_ray.storage.files import (
    digest_of,
    file_digest,
    replacing,
    replacing_folder,
    storage_errors,
)
from codem_ray.storage.stage_folders import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    Stage,
    StageWriter,
    local_folder,
)
from codem_ray.storage.storage import Storage

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "Manifest",
    "Stage",
    "StageWriter",
    "Storage",
    "digest_of",
    "file_digest",
    "local_folder",
    "replacing",
    "replacing_folder",
    "storage_errors",
]
