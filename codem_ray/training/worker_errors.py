"""Turn the errors of one rank of a fine-tune into the package's own, with node and cause."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from codem_ray.errors import (
    CodemError,
    EnvironmentLackError,
    LostError,
    NodeDiskError,
    OutOfMemoryError,
    TrialError,
)
from codem_ray.wording import first_line

OUT_OF_MEMORY_MARKS = (
    "OutOfMemoryError",
    "out of memory",
    "DefaultCPUAllocator",
    "can't allocate memory",
    "low on memory",
)
_LOST_MARKS = (
    *("Connection closed by peer", "Connection reset by peer", "Broken pipe"),
    *("Timed out waiting", "timed out after", "Socket Timeout", "ncclRemoteError"),
)
_DISTRIBUTED_ERRORS = {"DistBackendError", "DistNetworkError", "DistStoreError"}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_MIN_FREE_BYTES = 1 << 20
OUT_OF_MEMORY_ADVICE = (
    "lower training.micro_batch_sequences or data.max_tokens, raise training.zero_stage, or set "
    "training.gradient_checkpointing"
)


def worker_error(error: Exception, trial_id: str, place: str) -> CodemError:
    """Return an error of the package, which pickles, for any error of a rank.

    `place` names the rank and its node. An error that already is the package's is kept.
    """
    if isinstance(error, CodemError):
        return error
    text = f"{type(error).__name__}: {first_line(str(error))[:500] or 'no message'}"
    if is_out_of_memory(text):
        return OutOfMemoryError(
            trial_id, f"{place} ran out of memory: {OUT_OF_MEMORY_ADVICE} ({text})"
        )
    if isinstance(error, ImportError):
        return EnvironmentLackError(
            f"{place} cannot import a package ({text}): install the same packages on every node"
        )
    if isinstance(error, OSError) and error.errno in _FULL:
        return NodeDiskError(f"{place} has no space left on its disk ({text}): free some")
    if type(error).__name__ in _DISTRIBUTED_ERRORS or any(mark in text for mark in _LOST_MARKS):
        # Gloo goes on with advice.
        text = text.partition(". ")[0]
        return LostError(f"{trial_id}: {place} lost its connection to the other workers ({text})")
    return TrialError(trial_id, f"training failed on {place}: {text}")


def at_place(error: CodemError, place: str) -> CodemError:
    """Return an error whose message begins with the rank and node that it belongs to."""
    if place in str(error):
        return error
    if isinstance(error, TrialError):
        return type(error)(error.trial_id, f"{place}: {error.cause}")
    return type(error)(f"{place}: {error}")


def is_out_of_memory(text: str) -> bool:
    """Whether a message is that of a process that ran out of memory."""
    return any(mark in text for mark in OUT_OF_MEMORY_MARKS)


@contextmanager
def disk_errors(folder: Path, place: str) -> Iterator[None]:
    """Turn an error of the block into a NodeDiskError if the folder's disk is full.

    torch raises a RuntimeError without the reason when it cannot write a file.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if disk_usage(folder).free > _MIN_FREE_BYTES:
            raise
        raise NodeDiskError(
            f"{place} has no space left for a checkpoint in {folder}: free some, or set TMPDIR to "
            "a larger disk"
        ) from error
