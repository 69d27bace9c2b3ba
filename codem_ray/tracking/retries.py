"""Retry operations on MLflow while its server does not answer."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from codem_ray.tracking.connection import ServerUnavailableError

T = TypeVar("T")

RETRY_SECONDS = 600.0
"""How long an operation is repeated."""
BRIEF_SECONDS = 10.0
"""How long an operation is repeated once a previous one was given up."""
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 15.0
_LOG = logging.getLogger(__name__)


class Retrier:
    """Repeats idempotent operations; after one was given up, the next ones get less time."""

    def __init__(self, seconds: float = RETRY_SECONDS) -> None:
        self._seconds = seconds
        self._is_unavailable = False

    def call(self, operation: Callable[[], T]) -> T:
        """Return what the operation returns; ServerUnavailableError if the server never answers."""
        seconds = min(BRIEF_SECONDS, self._seconds) if self._is_unavailable else self._seconds
        give_up_at, delay = time.monotonic() + seconds, _FIRST_DELAY
        while True:
            try:
                result = operation()
            except ServerUnavailableError as error:
                left = give_up_at - time.monotonic()
                if left <= 0:
                    self._is_unavailable = True
                    raise
                if delay == _FIRST_DELAY:
                    _LOG.warning("%s; trying again for up to %.0f s", error, left)
                time.sleep(min(left, delay * random.uniform(0.5, 1.0)))
                delay = min(2 * delay, _LONGEST_DELAY)
            else:
                self._is_unavailable = False
                return result
